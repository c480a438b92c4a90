/* mail_test.c: one valid mail address, and no text that a mailer reads as more. */
#include "model/mail.h"

#include <check.h>
#include <string.h>

Suite *mail_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define X16 "xxxxxxxxxxxxxxxx"
#define X63 X16 X16 X16 "xxxxxxxxxxxxxxx"

/* clang-format off */
static const char *const good[] = { /* and in their one form */
	"a@x", "robin@example.test", "Robin.Goodfellow@example.test", "a+tag@x.example", "o'brien@x.example",
	"!#$%&'*+-/=?^_`{|}~@x.example", "-a@x", "1@2", "a@1-2.example",
	"j\xc3\xb6rg@b\xc3\xbc" "cher.example",			/* joerg@buecher */
	"\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b.example",		/* Chinese */
	"\xe0\xa4\x95\xe0\xa5\x8d@x.example",			/* marks of Devanagari */
	"\xf0\x9f\x8f\xa0@x.example",
	X63 "x@x", "a@" X63 ".example", "a@" X63 "." X63 "." X63 ".x",
};

static const char *const bad[] = {
	"an@xn--mllearv-kjA", /* Punycode of what no domain is written with */
	"", " ", "@", "a", "a@", "@x", "a@b@c", "a@@b",
	/* more than an address, or another one */
	"<a@x>", "a,b@x", "a;b@x", "\"a b\"@x", "\"a\"@x", "a(b)@x", "a@x(b)", "Robin <a@x>", "a:b@x", "a@x,b@y",
	"a@x;", "a[b@x", "a]@x", "a\\b@x", "a@[127.0.0.1]", "a@<x", "a@x>", "a@x:25", "a@x/y", "a@x_y", "a%b@x%y",
	/* dots and hyphens */
	".a@x", "a.@x", "a..b@x", ".@x", "a@.x", "a@x.", "a@x..y", "a@.", "a@-x", "a@x-", "a@x.-y.z", "a@-",
	/* spaces and controls */
	"a b@x", "a@x y", "a @x", "a@ x", "a\t@x", "a\n@x", "a@x\r\nBcc: b@y", "a@x\xc2\xa0", "\u00a0a@x", "a\x01@x", "a\x7f@x",
	"a\xc2\x80@x", "a\xc2\xa0@x", "a@\xe3\x80\x80x", "a\xc2\xad@x",
	/* what is not seen, or is another sign than it looks */
	"a\xe2\x80\x8b@x", "a\xe2\x80\xae@x", "a@x\xef\xbb\xbf", "a@x\xe2\x80\x8b", "a@x\xc2\xady", "a\uff20b@x", "a\uff0cb@x",
	"a\xef\xb8\x8f@x", "a\xe3\x85\xa4@x", "a\xe2\xa0\x80@x", "a\xe1\x85\x9f@x",
	"a\u2024b@x", "a@x\u3002\u3002y",
	"a\xf3\xa0\x81\x81@x", "a\xee\x80\x80@x",
	/* lengths */
	X63 "xx@x", "a@x" X63 ".example", "a@" X63 "." X63 "." X63 "." X63,
};

static const struct {
	const char *typed, *form;
} forms[] = {
	{ " a@x\r\n", "a@x" },
	{ "Anna@Example.ORG", "Anna@example.org" },
	{ "a@xn--bcher-kva.example", "a@b\xc3\xbc" "cher.example" },
	{ "a@B\xc3\x9c" "CHER.example", "a@b\xc3\xbc" "cher.example" },
	{ "a@bu\xcc\x88" "cher.example", "a@b\xc3\xbc" "cher.example" },
	{ "jose\xcc\x81@x", "jos\xc3\xa9@x" },
	{ "a@x\xe3\x80\x82y", "a@x.y" }, { "a@x\xef\xbd\xa1y", "a@x.y" }, { "a@x\xef\xbc\x8ey", "a@x.y" },
	{ "a@stra\xc3\x9f" "e.example", "a@stra\xc3\x9f" "e.example" },
};
/* clang-format on */

static struct arena a;

static void
make(void)
{
	arena_init(&a, 4096);
}

static void
drop(void)
{
	arena_release(&a);
}

START_TEST(an_address_is_a_local_part_and_a_domain)
{
	struct str out;

	ck_assert_msg(mail_read(&a, str_of(good[_i]), &out) && str_is(out, good[_i]),
		      "%s", good[_i]);
}
END_TEST

START_TEST(anything_else_is_no_address)
{
	struct str out;

	ck_assert_msg(!mail_read(&a, str_of(bad[_i]), &out), "%s", bad[_i]);
}
END_TEST

START_TEST(an_address_has_one_form)
{
	struct str out;

	ck_assert_msg(mail_read(&a, str_of(forms[_i].typed), &out), "%s",
		      forms[_i].typed);
	ck_assert_msg(str_is(out, forms[_i].form), "%.*s", STR_FMT(out));
}
END_TEST

Suite *
mail_suite(void)
{
	Suite *s = suite_create("mail");
	TCase *t = tcase_create("mail");

	tcase_add_checked_fixture(t, make, drop);
	tcase_add_loop_test(t, an_address_is_a_local_part_and_a_domain, 0, COUNT(good));
	tcase_add_loop_test(t, anything_else_is_no_address, 0, COUNT(bad));
	tcase_add_loop_test(t, an_address_has_one_form, 0, COUNT(forms));
	suite_add_tcase(s, t);
	return s;
}
