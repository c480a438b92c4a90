/*
 * pusher.c: lib/push as a filter, for push.test.mjs: a notice of JSON on each line of stdin, what came of it on the
 * same line of stdout, all by one connection as long as it holds.
 *
 *   pusher URL TOPIC TIMEOUT_MS
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/die.h"
#include "json/json.h"
#include "push/push.h"

static struct str
member(const struct json_doc *doc, const char *name)
{
	return str_of(
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc->root, name)));
}

static struct push_notice
read_notice(struct arena *a, struct str line)
{
	struct json_fault fault;
	struct json_doc doc;

	if (json_read(a, line, (struct json_limits){ 1, 100 }, &doc, &fault) != ERR_OK)
		die("no notice: %.*s", STR_FMT(line));
	return (struct push_notice){
		.id = member(&doc, "id"),
		.token = member(&doc, "token"),
		.platform =
			str_is(member(&doc, "platform"), "ios") ? PUSH_IOS : PUSH_ANDROID,
		.priority = PUSH_HIGH,
		.title = member(&doc, "title"),
		.message = member(&doc, "message"),
		.badge = 1,
		.sound = STR("default"),
		.data = member(&doc, "data"),
		.collapse_id = member(&doc, "id"),
	};
}

static void
answer(const struct push_result *r)
{
	struct strbuf b;
	struct json_writer w;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_object(&w);
	json_key(&w, "verdict");
	json_cstring(&w, push_verdict_name(r->verdict));
	json_key(&w, "words");
	json_cstring(&w, r->words);
	json_end_object(&w);
	puts(b.ptr);
	fflush(stdout);
	strbuf_release(&b);
}

int
main(int argc, char **argv)
{
	struct push *p;
	struct arena a;
	int64_t timeout_ms;
	char *line = NULL;
	size_t room = 0;

	if (argc != 4 || !str_to_i64(str_of(argv[3]), &timeout_ms))
		die("usage: pusher URL TOPIC TIMEOUT_MS");
	signal(SIGPIPE, SIG_IGN);
	p = push_new(argv[1], argv[2], (int)timeout_ms);
	while (getline(&line, &room, stdin) > 0) {
		struct push_notice n;
		struct push_result r;

		arena_init(&a, 4096);
		n = read_notice(&a, str_trim(str_of(line)));
		r = push_send(p, &a, &n);
		answer(&r);
		arena_release(&a);
	}
	push_free(p);
	free(line);
	return 0;
}
