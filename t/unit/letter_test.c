/*
 * letter_test.c: what letters to accounts carry: the same at each try, another for each letter and each installation.
 */
#include "model/letter.h"

#include <check.h>
#include <ctype.h>
#include <string.h>

Suite *letter_suite(void);

#define ONE "01942f3a-6f00-7a10-8c01-5d2e9b4f7c01"
#define OTHER "01942f3a-6f00-7a10-8c01-5d2e9b4f7c02"

struct made {
	char token[TOKEN_TEXT_SIZE], code[LETTER_CODE_SIZE];
};

static struct made
make(const char *secret, const char *id)
{
	struct made m;

	letter_make(str_of(secret), id, m.token, m.code);
	return m;
}

START_TEST(letter_is_the_same_at_each_try)
{
	struct made first = make("secret", ONE), again = make("secret", ONE);

	ck_assert_str_eq(first.token, again.token);
	ck_assert_str_eq(first.code, again.code);
	ck_assert(token_is(TOKEN_LETTER, str_of(first.token)));
	ck_assert_uint_eq(strlen(first.code), LETTER_CODE_SIZE - 1);
	for (const char *c = first.code; *c != '\0'; c++)
		ck_assert(isdigit((unsigned char)*c));
}
END_TEST

START_TEST(letter_is_of_its_job_and_its_installation)
{
	struct made m = make("secret", ONE), other = make("secret", OTHER),
		    elsewhere = make("another", ONE);

	ck_assert_str_ne(m.token, other.token);
	ck_assert_str_ne(m.code, other.code);
	ck_assert_str_ne(m.token, elsewhere.token);
	ck_assert_str_ne(m.code, elsewhere.code);
}
END_TEST

/* clang-format off */
static const struct {
	const char *secret, *typed;
	bool same;	/* as "123456" under "secret" */
} codes[] = {
	{ "secret", "123456", true },
	{ "secret", " 123 456 ", true },
	{ "secret", "123-456", true },
	{ "secret", "123457", false },
	{ "secret", "12345", false },
	{ "secret", "", false },
	{ "another", "123456", false },
};
/* clang-format on */

START_TEST(letter_code_is_known_by_its_digits)
{
	char expected[SHA256_HEX_SIZE], hash[SHA256_HEX_SIZE];

	letter_code_hash(STR("secret"), STR("123456"), expected);
	letter_code_hash(str_of(codes[_i].secret), str_of(codes[_i].typed), hash);
	ck_assert_uint_eq(strlen(hash), SHA256_HEX_SIZE - 1);
	ck_assert_int_eq(strcmp(hash, expected) == 0, codes[_i].same);
}
END_TEST

Suite *
letter_suite(void)
{
	Suite *s = suite_create("letter");
	TCase *t = tcase_create("letter");

	tcase_add_test(t, letter_is_the_same_at_each_try);
	tcase_add_test(t, letter_is_of_its_job_and_its_installation);
	tcase_add_loop_test(t, letter_code_is_known_by_its_digits, 0,
			    sizeof(codes) / sizeof(codes[0]));
	suite_add_tcase(s, t);
	return s;
}
