/*
 * mail.c: `hob mail test`: one mail by the settings in force, and in words what became of
 * it. Sends at once; nothing waits in the database and nothing is tried again.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/cli.h"
#include "core/clock.h"
#include "core/rand.h"
#include "mail/smtp.h"
#include "model/mail.h"
#include "model/mail_settings.h"

#define TEXT                                                                         \
	"This mail shows that Hob can send mail.\n\n"                                \
	"Umlauts and other letters arrive as they are: äöü ÄÖÜ ß, é, 家.\n" \
	"Nobody has to answer it.\n"
#define HTML                                                                  \
	"<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"       \
	"<p>This mail shows that <b>Hob</b> can send mail.\n"                 \
	"<p>Umlauts and other letters arrive as they are: äöü ÄÖÜ ß, " \
	"é, 家.\n"                                                          \
	"<p>Nobody has to answer it.\n</html>\n"

/* clang-format off */
static const struct outcome {
	int code;
	const char *what, *next;
} outcomes[] = {
	[SMTP_ACCEPTED] = { 0, "has taken the mail",
		"Look whether it arrives. If it is taken for spam, its sender's domain lacks SPF or DKIM." },
	[SMTP_LATER] = { EX_TEMPFAIL, "has not taken the mail for now",
		"A mail of Hob would be tried again. If it stays so, look whether host and port of mail.server are "
		"right (smtps:// is mostly 465, smtp:// 587) and whether this host may reach them." },
	[SMTP_REFUSED] = { 1, "refuses this mail for good",
		"Another try would end the same: look at the address, and whether the server sends for mail.from." },
	[SMTP_MISCONFIGURED] = { EX_CONFIG, "cannot be used as it is set up",
		"Mails of Hob wait until mail.server, mail.user, mail.password, mail.tls and mail.ca are right." },
};
/* clang-format on */

/* ID@DOMAIN, of the sender's domain. */
static struct str
make_id(struct arena *a, struct str from)
{
	struct str domain = mail_wire_address(a, from);
	unsigned long long chance[2];

	str_cut(&domain, '@');
	rand_bytes(chance, sizeof(chance));
	return str_of(arena_printf(a, "%016llx%016llx@%.*s", chance[0], chance[1],
				   STR_FMT(domain)));
}

static int
tell(const struct config *c, const struct mail *m, const struct smtp *s,
     enum smtp_result result)
{
	const struct outcome *o = &outcomes[result];

	if (result == SMTP_ACCEPTED)
		printf("%s %s, Message-ID <%.*s>.\n%s\n", c->mail_server, o->what,
		       STR_FMT(m->message_id), o->next);
	else
		complain("%s %s: %s\n%s", c->mail_server, o->what, smtp_why(s), o->next);
	return o->code;
}

static int
send_test(struct cli *cli, const struct mail_sender *from, struct str to)
{
	const struct config *c = &cli->config;
	const struct smtp_server server = {
		.url = c->mail_server,
		.user = c->mail_user,
		.password = c->mail_password,
		.ca_file = c->mail_ca,
		.is_plain = !c->mail_tls,
		.timeout_ms = c->mail_timeout_ms,
	};
	const struct mail m = {
		.from = from->address,
		.from_name = from->name,
		.to = to,
		.subject = STR("Hob can send mail"),
		.message_id = make_id(&cli->arena, from->address),
		.date_us = clock_now_us(),
		.text = STR(TEXT),
		.html = STR(HTML),
	};
	struct smtp *s = smtp_new(&server);
	int code = tell(c, &m, s, smtp_send(s, &m));

	smtp_free(s);
	return code;
}

int
cmd_mail(struct cli *cli, int argc, char **argv)
{
	struct mail_sender from;
	struct str to;

	if (argc != 3 || strcmp(argv[1], "test") != 0)
		return complain_usage("mail takes test ADDRESS");
	if (!str_is_utf8(str_of(argv[2])) ||
	    !mail_read(&cli->arena, str_of(argv[2]), &to))
		return complain_usage("\"%s\" is no mail address", argv[2]);
	if (cli->config.mail_server[0] == '\0') {
		complain("mail.server is not set: Hob sends no mail\nSet mail.server and "
			 "mail.from in %s.",
			 cli->conf_path != NULL ? cli->conf_path : CONFIG_PATH);
		return EX_CONFIG;
	}
	/* config_load has seen that it can be read. */
	mail_sender_read(&cli->arena, str_of(cli->config.mail_from), &from);
	return send_test(cli, &from, to);
}
