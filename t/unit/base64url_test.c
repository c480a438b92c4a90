/*
 * base64url_test.c: lib/crypto/base64url, one text for each run of bytes.
 */
#include <check.h>
#include <string.h>

#include "crypto/base64url.h"

Suite *base64url_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define T(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static struct arena a;

static void
set_up(void)
{
	arena_init(&a, 1024);
}

static void
tear_down(void)
{
	arena_release(&a);
}

/* RFC 4648 section 10 without its padding, and the two digits that differ. */
/* clang-format off */
static const struct {
	struct str bytes, text;
} cases[] = {
	{ T(""), T("") }, { T("f"), T("Zg") },
	{ T("fo"), T("Zm8") }, { T("foo"), T("Zm9v") },
	{ T("foob"), T("Zm9vYg") }, { T("fooba"), T("Zm9vYmE") },
	{ T("foobar"), T("Zm9vYmFy") },
	{ T("\xfb\xff\xfe"), T("-__-") }, { T("\0\0\0"), T("AAAA") },
	{ T("\0"), T("AA") },
};
/* clang-format on */

START_TEST(bytes_become_text_and_bytes_again)
{
	struct str text = base64url_encode(&a, cases[_i].bytes), bytes;

	ck_assert(str_eq(text, cases[_i].text));
	ck_assert_int_eq(text.ptr[text.len], '\0');
	ck_assert(base64url_decode(&a, text, &bytes));
	ck_assert(str_eq(bytes, cases[_i].bytes));
}
END_TEST

START_TEST(every_length_comes_back)
{
	char bytes[100];
	struct str back;

	for (int i = 0; i < 100; i++)
		bytes[i] = (char)(i * 37 + 200);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct str s = { bytes, len };

		ck_assert(base64url_decode(&a, base64url_encode(&a, s), &back));
		ck_assert(str_eq(back, s));
	}
}
END_TEST

/* clang-format off */
static const struct str refused[] = {
	T("A"), T("AAAAA"),			/* no bytes have this length */
	T("Zh"), T("Zm9"), T("AB"), T("__"), T("Zm9vYh"),	/* bits left over */
	T("Zg=="), T("Zm8="), T("===="),	/* padding */
	T("Zm+v"), T("Zm/v"), T("Zm9 "), T(" Zm9v"), T("Zm9v\n"),
	T("Zm\0v"), T("Zm\xc3\xa4"),
};
/* clang-format on */

START_TEST(what_encoding_would_not_make_is_refused)
{
	struct str out = STR("untouched");

	ck_assert(!base64url_decode(&a, refused[_i], &out));
	ck_assert(str_is(out, "untouched"));
}
END_TEST

/* clang-format off */
static const struct {
	struct str bytes, text;
} padded[] = {
	{ T(""), T("") }, { T("f"), T("Zg==") },
	{ T("fo"), T("Zm8=") }, { T("foo"), T("Zm9v") },
	{ T("foob"), T("Zm9vYg==") }, { T("fooba"), T("Zm9vYmE=") },
	{ T("\xfb\xff\xfe"), T("+//+") },
};

static const struct str badly_padded[] = {
	T("Zg"), T("Zg="), T("Zg==="), T("Zm8"), T("Zm8=="), T("Zm9v="), T("Zm9v===="),
	T("="), T("=="), T("==="), T("===="), T("A==="), T("AAAAA==="), T("Zg==Zg=="),
	T("Zh=="), T("Zm9="),			/* bits left over */
	T("-__-"), T("Zm9 "), T("Zm9v\n"), T("Zm9v\n\n\n\n"), T("Zm\0v"),
};
/* clang-format on */

START_TEST(padded_text_becomes_bytes)
{
	struct str bytes;

	ck_assert(base64_decode(&a, padded[_i].text, &bytes));
	ck_assert(str_eq(bytes, padded[_i].bytes));
}
END_TEST

START_TEST(text_padded_otherwise_is_refused)
{
	struct str out = STR("untouched");

	ck_assert(!base64_decode(&a, badly_padded[_i], &out));
	ck_assert(str_is(out, "untouched"));
}
END_TEST

Suite *
base64url_suite(void)
{
	Suite *s = suite_create("base64url");
	TCase *t = tcase_create("base64url");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, bytes_become_text_and_bytes_again, 0, COUNT(cases));
	tcase_add_test(t, every_length_comes_back);
	tcase_add_loop_test(t, what_encoding_would_not_make_is_refused, 0,
			    COUNT(refused));
	tcase_add_loop_test(t, padded_text_becomes_bytes, 0, COUNT(padded));
	tcase_add_loop_test(t, text_padded_otherwise_is_refused, 0, COUNT(badly_padded));
	suite_add_tcase(s, t);
	return s;
}
