/* mail_test.c: one address that mail can be sent to, and nothing that reads as more. */
#include "model/mail.h"

#include <check.h>
#include <string.h>

Suite *mail_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define X16 "xxxxxxxxxxxxxxxx"
#define X63 X16 X16 X16 "xxxxxxxxxxxxxxx"

/* clang-format off */
static const char *const good[] = {
	"a@x", "robin@example.test", "Robin.Goodfellow@example.test", "a+tag@x.example", "o'brien@x.example",
	"!#$%&'*+-/=?^_`{|}~@x.example", "-a@x", "1@2", "a@1-2.example", "a@xn--bcher-kva.example",
	"j\xc3\xb6rg@b\xc3\xbc" "cher.example",			/* joerg@buecher */
	"\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b.example",		/* Chinese */
	"\xe0\xa4\x95\xe0\xa5\x8d@x.example",			/* marks of Devanagari */
	"\xf0\x9f\x8f\xa0@x.example",
	X63 "x@x", "a@" X63 ".example", "a@" X63 "." X63 "." X63 ".x",
};

static const char *const bad[] = {
	"", "@", "a", "a@", "@x", "a@b@c", "a@@b",
	/* more than an address, or another one */
	"<a@x>", "a,b@x", "a;b@x", "\"a b\"@x", "\"a\"@x", "a(b)@x", "a@x(b)", "Robin <a@x>", "a:b@x", "a@x,b@y",
	"a@x;", "a[b@x", "a]@x", "a\\b@x", "a@[127.0.0.1]", "a@<x", "a@x>", "a@x:25", "a@x/y", "a@x_y", "a%b@x%y",
	/* dots and hyphens */
	".a@x", "a.@x", "a..b@x", ".@x", "a@.x", "a@x.", "a@x..y", "a@.", "a@-x", "a@x-", "a@x.-y.z", "a@-",
	/* blanks and controls */
	"a b@x", " a@x", "a@x ", "a@x y", "a\t@x", "a\n@x", "a@x\r\nBcc: b@y", "a\x01@x", "a\x7f@x",
	"a\xc2\x80@x", "a\xc2\xa0@x", "a@\xe3\x80\x80x", "a\xc2\xad@x",
	/* what is not seen, or is another sign than it looks */
	"a\xe2\x80\x8b@x", "a\xe2\x80\xae@x", "a@x\xef\xbb\xbf", "a\xef\xbc\xa0" "b@x", "a\xef\xbc\x8c" "b@x",
	"a@x\xe3\x80\x82y", "a@x\xef\xbd\xa1y", "a@x\xef\xbc\x8ey", "a@x\xef\xb9\x92y", "a\xe2\x80\xa4" "b@x",
	"a\xf3\xa0\x81\x81@x", "a\xee\x80\x80@x",
	/* not text at all */
	"a\xff@x", "a@\xc3",
	/* lengths */
	X63 "xx@x", "a@x" X63 ".example", "a@" X63 "." X63 "." X63 "." X63,
};
/* clang-format on */

START_TEST(an_address_is_a_local_part_and_a_domain)
{
	ck_assert_msg(mail_is_address(str_of(good[_i])), "%s", good[_i]);
}
END_TEST

START_TEST(anything_else_is_no_address)
{
	ck_assert_msg(!mail_is_address(str_of(bad[_i])), "%s", bad[_i]);
}
END_TEST

START_TEST(a_nul_is_no_part_of_an_address)
{
	ck_assert(!mail_is_address(STR("a\0b@x")));
	ck_assert(!mail_is_address(STR("a@x\0")));
}
END_TEST

Suite *
mail_suite(void)
{
	Suite *s = suite_create("mail");
	TCase *t = tcase_create("mail");

	tcase_add_loop_test(t, an_address_is_a_local_part_and_a_domain, 0, COUNT(good));
	tcase_add_loop_test(t, anything_else_is_no_address, 0, COUNT(bad));
	tcase_add_test(t, a_nul_is_no_part_of_an_address);
	suite_add_tcase(s, t);
	return s;
}
