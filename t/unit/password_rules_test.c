/* password_rules_test.c: the list of forbidden passwords. */
#include "model/password_rules.h"

#include <check.h>
#include <stdlib.h>

Suite *password_rules_suite(void);

START_TEST(common_passwords_are_known_in_any_case)
{
	ck_assert(password_is_common(STR("password")));
	ck_assert(password_is_common(STR("PassWord1")));
	ck_assert(password_is_common(STR("qwertyuiop")));
}
END_TEST

START_TEST(others_pass)
{
	ck_assert(!password_is_common(STR("demo-household")));
	ck_assert(!password_is_common(STR("passwor")));
	ck_assert(!password_is_common(STR("password-of-mine")));
}
END_TEST

Suite *
password_rules_suite(void)
{
	Suite *s = suite_create("password_rules");
	TCase *t = tcase_create("password_rules");

	tcase_add_test(t, common_passwords_are_known_in_any_case);
	tcase_add_test(t, others_pass);
	suite_add_tcase(s, t);
	return s;
}
