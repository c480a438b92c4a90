/* staff_test.c: keys and codes of staff hang on the secret, and are what nothing else makes of it. */
#include "model/staff.h"

#include <check.h>
#include <string.h>

static const struct str secret = { "0123456789abcdef0123456789abcdef", 32 };

START_TEST(key_is_of_the_secret_and_the_nonce)
{
	unsigned char key[STAFF_KEY_SIZE], again[STAFF_KEY_SIZE], other[STAFF_KEY_SIZE];

	staff_totp_key(secret, STR("nonce"), key);
	staff_totp_key(secret, STR("nonce"), again);
	ck_assert_mem_eq(key, again, sizeof(key));
	staff_totp_key(secret, STR("another"), other);
	ck_assert_mem_ne(key, other, sizeof(key));
	staff_totp_key(STR("another secret"), STR("nonce"), other);
	ck_assert_mem_ne(key, other, sizeof(key));
}
END_TEST

/* The purpose and a blank stand before what is hashed. */
START_TEST(recovery_code_is_kept_as_a_hmac)
{
	unsigned char mac[SHA256_SIZE];
	char hmac[SHA256_HEX_SIZE], wanted[SHA256_HEX_SIZE];

	staff_recovery_hmac(secret, "7K3DMN0QX4VB", hmac);
	hmac_sha256(secret, STR("staff recovery 7K3DMN0QX4VB"), mac);
	hash_hex(mac, wanted);
	ck_assert_str_eq(hmac, wanted);
}
END_TEST

Suite *staff_suite(void);
Suite *
staff_suite(void)
{
	Suite *s = suite_create("staff");
	TCase *t = tcase_create("staff");

	tcase_add_test(t, key_is_of_the_secret_and_the_nonce);
	tcase_add_test(t, recovery_code_is_kept_as_a_hmac);
	suite_add_tcase(s, t);
	return s;
}
