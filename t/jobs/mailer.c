/*
 * mailer.c: lib/mail as a filter, for mail.test.mjs: a mail of JSON on each line of stdin,
 * what became of it on the same line of stdout, all by one connection as long as it holds.
 *
 *   mailer URL CA_FILE USER PASSWORD TIMEOUT_MS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/die.h"
#include "json/json.h"
#include "mail/smtp.h"

static const char *const results[] = {
	[SMTP_ACCEPTED] = "accepted",
	[SMTP_LATER] = "later",
	[SMTP_REFUSED] = "refused",
	[SMTP_MISCONFIGURED] = "misconfigured",
};

static struct str
member(const struct json_doc *doc, const char *name)
{
	const cJSON *c = cJSON_GetObjectItemCaseSensitive(doc->root, name);

	return c != NULL ? str_of(c->valuestring) : STR_NONE;
}

static struct mail
read_mail(struct arena *a, struct str line)
{
	struct json_fault fault;
	struct json_doc doc;

	if (json_read(a, line, (struct json_limits){ 2, 100 }, &doc, &fault) != ERR_OK)
		die("no mail: %.*s", STR_FMT(line));
	return (struct mail){
		.from = member(&doc, "from"),
		.to = member(&doc, "to"),
		.from_name = member(&doc, "from_name"),
		.subject = member(&doc, "subject"),
		.message_id = member(&doc, "message_id"),
		.date_us = 1796464805000000, /* 2026-12-05T10:00:05Z */
		.text = member(&doc, "text"),
		.html = member(&doc, "html"),
		.unsubscribe = member(&doc, "unsubscribe"),
	};
}

static void
answer(const struct smtp *s, enum smtp_result result)
{
	struct strbuf b;
	struct json_writer w;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_object(&w);
	json_key(&w, "result");
	json_cstring(&w, results[result]);
	json_key(&w, "code");
	json_i64(&w, smtp_code(s));
	json_key(&w, "why");
	json_cstring(&w, smtp_why(s));
	json_end_object(&w);
	puts(b.ptr);
	fflush(stdout);
	strbuf_release(&b);
}

int
main(int argc, char **argv)
{
	struct smtp_server server = { 0 };
	struct smtp *s;
	struct arena a;
	char *line = NULL;
	size_t room = 0;

	if (argc != 6 || !str_to_i64(str_of(argv[5]), &server.timeout_ms))
		die("usage: mailer URL CA_FILE USER PASSWORD TIMEOUT_MS");
	server.url = argv[1];
	server.ca_file = argv[2];
	server.user = argv[3];
	server.password = argv[4];
	s = smtp_new(&server);
	while (getline(&line, &room, stdin) > 0) {
		struct mail mail;

		arena_init(&a, 4096);
		mail = read_mail(&a, str_trim(str_of(line)));
		answer(s, smtp_send(s, &mail));
		arena_release(&a);
	}
	smtp_free(s);
	free(line);
	return 0;
}
