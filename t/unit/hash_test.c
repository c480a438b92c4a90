/*
 * hash_test.c: lib/crypto/hash against published vectors.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"

Suite *hash_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define T(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

/* FIPS 180-2 appendix B, and the empty message. */
/* clang-format off */
static const struct {
	struct str message;
	const char *hex;
} sha_cases[] = {
	{ T(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ { NULL, 0 },
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ T("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ T("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ T("\0"), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
};
/* clang-format on */

START_TEST(sha_256_agrees_with_the_published_vectors)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(sha_cases[_i].message, hex);
	ck_assert_str_eq(hex, sha_cases[_i].hex);
}
END_TEST

START_TEST(a_file_is_hashed_whole_wherever_it_stands)
{
	char out[SHA256_HEX_SIZE], expected[SHA256_HEX_SIZE];
	static char bytes[200000];
	FILE *f = tmpfile();
	int64_t size;

	memset(bytes, 'x', sizeof(bytes));
	sha256_hex((struct str){ bytes, sizeof(bytes) }, expected);
	ck_assert_uint_eq(fwrite(bytes, 1, sizeof(bytes), f), sizeof(bytes));
	fflush(f);
	ck_assert(sha256_file(fileno(f), out, &size));
	ck_assert_str_eq(out, expected);
	ck_assert_int_eq(size, sizeof(bytes));
	fclose(f);
	ck_assert(!sha256_file(-1, out, &size));
}
END_TEST

START_TEST(the_hex_form_is_the_bytes)
{
	unsigned char bytes[SHA256_SIZE];

	sha256(STR("abc"), bytes);
	ck_assert_uint_eq(bytes[0], 0xba);
	ck_assert_uint_eq(bytes[1], 0x78);
	ck_assert_uint_eq(bytes[31], 0xad);
}
END_TEST

/* RFC 4231, cases 1, 2 and 6; the empty one was reckoned with another implementation. */
/* clang-format off */
static const struct {
	struct str key, message;
	const char *hex;
} hmac_cases[] = {
	{ T("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
	    "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
	  T("Hi There"),
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ T("Jefe"), T("what do ya want for nothing?"),
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ { NULL, 131 }, T("Test Using Larger Than Block-Size Key - Hash Key First"),
	  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ T(""), T(""),
	  "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
};
/* clang-format on */

START_TEST(hmac_agrees_with_the_published_vectors)
{
	struct str key = hmac_cases[_i].key;
	unsigned char mac[SHA256_SIZE];
	char long_key[131], hex[SHA256_HEX_SIZE];

	if (key.ptr == NULL) {
		memset(long_key, 0xaa, sizeof(long_key));
		key.ptr = long_key;
	}
	hmac_sha256(key, hmac_cases[_i].message, mac);
	for (int i = 0; i < SHA256_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", mac[i]);
	ck_assert_str_eq(hex, hmac_cases[_i].hex);
}
END_TEST

START_TEST(an_absent_key_is_an_empty_one_even_after_another_was_used)
{
	unsigned char a[SHA256_SIZE], b[SHA256_SIZE];

	hmac_sha256(STR(""), STR("x"), a);
	hmac_sha256(STR("key"), STR("x"), b);
	hmac_sha256(STR_NONE, STR("x"), b);
	ck_assert_mem_eq(a, b, sizeof(a));
}
END_TEST

START_TEST(bytes_are_equal_or_not)
{
	ck_assert(bytes_equal(STR("a\0b"), STR("a\0b")));
	ck_assert(!bytes_equal(STR("a\0b"), STR("a\0c")));
	ck_assert(!bytes_equal(STR("ab"), STR("abc")));
	ck_assert(!bytes_equal(STR("xb"), STR("ab")));
	ck_assert(bytes_equal(STR(""), STR_NONE));
}
END_TEST

Suite *
hash_suite(void)
{
	Suite *s = suite_create("hash");
	TCase *t = tcase_create("hash");

	tcase_add_loop_test(t, sha_256_agrees_with_the_published_vectors, 0,
			    COUNT(sha_cases));
	tcase_add_test(t, a_file_is_hashed_whole_wherever_it_stands);
	tcase_add_test(t, the_hex_form_is_the_bytes);
	tcase_add_loop_test(t, hmac_agrees_with_the_published_vectors, 0,
			    COUNT(hmac_cases));
	tcase_add_test(t, an_absent_key_is_an_empty_one_even_after_another_was_used);
	tcase_add_test(t, bytes_are_equal_or_not);
	suite_add_tcase(s, t);
	return s;
}
