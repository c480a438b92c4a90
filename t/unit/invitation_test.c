/* invitation_test.c: the code of an invitation: hob-api and hob-jobs make the same, and nobody else. */
#include <check.h>
#include <string.h>

#include "crypto/share_code.h"
#include "model/invitation.h"

Suite *invitation_suite(void);

#define ID "01942f3a-6f00-7a10-8c01-5d2e9b4f7b71"

START_TEST(a_code_is_made_of_the_secret_and_the_id_alone)
{
	char a[SHARE_CODE_TEXT_SIZE], b[SHARE_CODE_TEXT_SIZE];

	invitation_code(STR("secret"), ID, a);
	invitation_code(STR("secret"), ID, b);
	ck_assert_str_eq(a, b);
	invitation_code(STR("another"), ID, b);
	ck_assert_str_ne(a, b);
	invitation_code(STR("secret"), "01942f3a-6f00-7a10-8c01-5d2e9b4f7b72", b);
	ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(it_is_read_as_any_share_code)
{
	char text[SHARE_CODE_TEXT_SIZE], code[SHARE_CODE_SIZE];

	invitation_code(STR("secret"), ID, text);
	ck_assert_uint_eq(strlen(text), SHARE_CODE_TEXT_SIZE - 1);
	ck_assert(share_code_read(str_of(text), code));
}
END_TEST

Suite *
invitation_suite(void)
{
	Suite *s = suite_create("invitation");
	TCase *t = tcase_create("invitation");

	tcase_add_test(t, a_code_is_made_of_the_secret_and_the_id_alone);
	tcase_add_test(t, it_is_read_as_any_share_code);
	suite_add_tcase(s, t);
	return s;
}
