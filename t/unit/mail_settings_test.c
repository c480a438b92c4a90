/* mail_settings_test.c: what mail.* may say, and what is told of the rest. */
#include "model/mail_settings.h"

#include <check.h>
#include <string.h>

Suite *mail_settings_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static struct arena a;
static struct strbuf why;

static void
make(void)
{
	arena_init(&a, 4096);
	strbuf_init(&why);
}

static void
drop(void)
{
	strbuf_release(&why);
	arena_release(&a);
}

static const struct {
	const char *text;
	bool is_server;
} servers[] = {
	{ "smtp://mail.example.org:587", true },
	{ "smtps://mail.example.org:465", true },
	{ "smtp://127.0.0.1:1025", true },
	{ "smtp://[::1]:25", true },
	{ "mail.example.org:587", false },
	{ "smtp://mail.example.org", false },
	{ "smtp://mail.example.org:", false },
	{ "smtp://:25", false },
	{ "smtp://mail.example.org:0", false },
	{ "smtp://mail.example.org:65536", false },
	{ "smtp://ann:secret@mail.example.org:587", false },
	{ "smtp://mail.example.org:587/x", false },
	{ "smtp://mail example:587", false },
	{ "smtp://[]:25", false },
	{ "SMTP://x:25", false },
	{ "https://x:25", false },
};

START_TEST(a_server_is_a_scheme_a_host_and_a_port)
{
	ck_assert_msg(mail_server_is(str_of(servers[_i].text)) == servers[_i].is_server,
		      "%s", servers[_i].text);
}
END_TEST

static const struct {
	const char *text, *name, *address; /* address NULL: none */
} senders[] = {
	{ "hob@example.org", "", "hob@example.org" },
	{ "<hob@example.org>", "", "hob@example.org" },
	{ "Our Höme <hob@Example.org>", "Our Höme", "hob@example.org" },
	{ " Hob, at home  < hob@example.org > ", "Hob, at home", "hob@example.org" },
	{ "hob", NULL, NULL },
	{ "Hob <hob@example.org", NULL, NULL },
	{ "Hob hob@example.org", NULL, NULL },
	{ "Hob <a@x> <b@x>", NULL, NULL },
	{ "H\x01ob <a@x>", NULL, NULL },
	{ "Hob <a@x>, <b@x>", NULL, NULL },
	{ "Hob <>", NULL, NULL },
};

START_TEST(a_sender_is_an_address_with_or_without_a_name)
{
	struct mail_sender sender;
	bool is_one = mail_sender_read(&a, str_of(senders[_i].text), &sender);

	ck_assert_msg(is_one == (senders[_i].address != NULL), "%s", senders[_i].text);
	if (is_one) {
		ck_assert(str_is(sender.address, senders[_i].address));
		ck_assert(sender.name.len == 0 || str_is(sender.name, senders[_i].name));
		ck_assert_uint_eq(sender.name.len, strlen(senders[_i].name));
	}
}
END_TEST

static const struct {
	const char *server, *from, *user, *password;
	bool tls;
	const char *why; /* "": nothing is wrong */
} settings[] = {
	{ "", "", "", "", true, "" },
	{ "smtp://x:587", "a@x", "", "", true, "" },
	{ "smtp://x:587", "a@x", "ann", "secret", true, "" },
	{ "smtp://x:25", "a@x", "", "", false, "" },
	{ "x", "a@x", "", "", true, "mail.server must be smtp://HOST:PORT" },
	{ "smtp://x:25", "", "", "", true, "mail.server needs mail.from" },
	{ "smtp://x:25", "x", "", "", true, "mail.from must be an address" },
	{ "", "\xff@x", "", "", true, "mail.from must be an address" },
	{ "smtp://x:25", "a@x", "ann", "", true, "mail.user and mail.password" },
	{ "smtp://x:25", "a@x", "", "secret", true, "mail.user and mail.password" },
	{ "smtp://x:25", "a@x", "ann", "secret", 0,
	  "mail.tls must be on with mail.user" },
	{ "smtps://x:25", "a@x", "", "", false, "mail.tls must be on with smtps://" },
};

START_TEST(settings_of_mail_fit_together)
{
	const struct mail_settings m = {
		.server = str_of(settings[_i].server),
		.user = str_of(settings[_i].user),
		.password = str_of(settings[_i].password),
		.from = str_of(settings[_i].from),
		.tls = settings[_i].tls,
	};

	mail_settings_check(&a, &m, &why);
	ck_assert_msg(str_starts(strbuf_str(&why), str_of(settings[_i].why)), "%s",
		      why.ptr);
	ck_assert_msg((why.len == 0) == (settings[_i].why[0] == '\0'), "%s", why.ptr);
}
END_TEST

Suite *
mail_settings_suite(void)
{
	Suite *s = suite_create("mail_settings");
	TCase *t = tcase_create("mail_settings");

	tcase_add_checked_fixture(t, make, drop);
	tcase_add_loop_test(t, a_server_is_a_scheme_a_host_and_a_port, 0, COUNT(servers));
	tcase_add_loop_test(t, a_sender_is_an_address_with_or_without_a_name, 0,
			    COUNT(senders));
	tcase_add_loop_test(t, settings_of_mail_fit_together, 0, COUNT(settings));
	suite_add_tcase(s, t);
	return s;
}
