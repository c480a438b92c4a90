/*
 * token_test.c: the form of keys, lib/crypto/token.
 */
#include <check.h>
#include <string.h>

#include "crypto/token.h"

Suite *token_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define T(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

START_TEST(a_new_key_has_the_form_of_a_key)
{
	char key[TOKEN_TEXT_SIZE];

	token_new(TOKEN_SESSION, key);
	ck_assert_uint_eq(strlen(key), 53);
	ck_assert_mem_eq(key, "hob_", 4);
	ck_assert_uint_eq(strspn(key,
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789-_"),
			  53);
	ck_assert(token_is(TOKEN_SESSION, str_of(key)));
}
END_TEST

START_TEST(no_two_keys_are_the_same)
{
	char keys[100][TOKEN_TEXT_SIZE];

	for (int i = 0; i < 100; i++) {
		token_new(TOKEN_SESSION, keys[i]);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(keys[i], keys[k]);
	}
}
END_TEST

/* Checksums reckoned with another implementation of CRC-32 and base62. */
static const struct {
	struct str key;
	bool is;
} key_cases[] = {
	{ T("hob_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA07aKBN"), true },
	{ T("hob_abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE45BTUe"), true },
	{ T("hob_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA000000"), false },
	{ T("hub_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA07aKBN"), false },
	{ T("hob_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA07aKBN"), false },
	{ T("hob_"), false },
	{ T(""), false },
	{ { NULL, 0 }, false },
};

START_TEST(form_and_checksum_are_what_makes_a_key)
{
	ck_assert_int_eq(token_is(TOKEN_SESSION, key_cases[_i].key), key_cases[_i].is);
}
END_TEST

/* CRC-32 finds every change of up to 32 neighbouring bits. */
START_TEST(one_wrong_character_anywhere_is_found)
{
	char key[TOKEN_TEXT_SIZE];

	token_new(TOKEN_SESSION, key);
	for (int i = 0; i < TOKEN_LENGTH; i++) {
		char right = key[i];

		for (int c = 1; c < 256; c++) {
			key[i] = (char)c;
			ck_assert_int_eq(token_is(TOKEN_SESSION, str_of(key)),
					 (char)c == right);
		}
		key[i] = right;
	}
}
END_TEST

START_TEST(a_longer_or_shorter_text_is_no_key)
{
	char key[TOKEN_TEXT_SIZE + 1];

	token_new(TOKEN_SESSION, key);
	key[TOKEN_LENGTH] = 'x';
	key[TOKEN_LENGTH + 1] = '\0';
	ck_assert(!token_is(TOKEN_SESSION, str_of(key)));
	ck_assert(!token_is(TOKEN_SESSION, (struct str){ key, TOKEN_LENGTH - 1 }));
	ck_assert(!token_is(TOKEN_SESSION, (struct str){ key + 1, TOKEN_LENGTH }));
	ck_assert(token_is(TOKEN_SESSION, (struct str){ key, TOKEN_LENGTH }));
}
END_TEST

START_TEST(token_of_each_kind_is_of_that_kind_alone)
{
	char key[TOKEN_TEXT_SIZE];

	token_new((enum token_kind)_i, key);
	for (int kind = 0; kind < TOKEN_KINDS; kind++)
		ck_assert_int_eq(token_is((enum token_kind)kind, str_of(key)),
				 kind == _i);
	ck_assert_int_eq(strncmp(key, "hob_pat_", 8) == 0, _i == TOKEN_ACCESS);
	key[strlen(key) - 1] ^= 1;
	ck_assert(!token_is((enum token_kind)_i, str_of(key)));
}
END_TEST

START_TEST(the_same_bits_make_the_same_key)
{
	static const unsigned char zeros[TOKEN_SECRET_SIZE];
	char key[TOKEN_TEXT_SIZE];

	token_make(TOKEN_SESSION, zeros, key);
	ck_assert(str_is(key_cases[0].key, key));
}
END_TEST

START_TEST(stored_is_the_sha_256_of_the_whole_key)
{
	char key[TOKEN_TEXT_SIZE], stored[SHA256_HEX_SIZE], wanted[SHA256_HEX_SIZE];

	token_new(TOKEN_SESSION, key);
	token_hash(str_of(key), stored);
	sha256_hex(str_of(key), wanted);
	ck_assert_str_eq(stored, wanted);
}
END_TEST

Suite *
token_suite(void)
{
	Suite *s = suite_create("token");
	TCase *t = tcase_create("token");

	tcase_add_test(t, a_new_key_has_the_form_of_a_key);
	tcase_add_test(t, no_two_keys_are_the_same);
	tcase_add_loop_test(t, form_and_checksum_are_what_makes_a_key, 0,
			    COUNT(key_cases));
	tcase_add_test(t, one_wrong_character_anywhere_is_found);
	tcase_add_test(t, a_longer_or_shorter_text_is_no_key);
	tcase_add_loop_test(t, token_of_each_kind_is_of_that_kind_alone, 0, TOKEN_KINDS);
	tcase_add_test(t, the_same_bits_make_the_same_key);
	tcase_add_test(t, stored_is_the_sha_256_of_the_whole_key);
	suite_add_tcase(s, t);
	return s;
}
