/*
 * err_test.c: the names of lib/core/err.
 */
#include <check.h>
#include <string.h>

#include "core/err.h"

Suite *err_suite(void);

START_TEST(every_error_has_a_name_of_its_own_in_lower_case)
{
	const char *name = err_name((enum err)_i);

	ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
	ck_assert_str_ne(name, "unknown");
	for (int other = 0; other < _i; other++)
		ck_assert_str_ne(name, err_name((enum err)other));
}
END_TEST

START_TEST(names_are_the_words_of_the_enum)
{
	ck_assert_str_eq(err_name(ERR_OK), "ok");
	ck_assert_str_eq(err_name(ERR_NOT_FOUND), "not_found");
	ck_assert_str_eq(err_name(ERR_INTERNAL), "internal");
}
END_TEST

START_TEST(what_is_no_error_code_still_has_a_name)
{
	ck_assert_str_eq(err_name(ERR_COUNT), "unknown");
	ck_assert_str_eq(err_name((enum err) - 1), "unknown");
}
END_TEST

Suite *
err_suite(void)
{
	Suite *s = suite_create("err");
	TCase *t = tcase_create("err");

	tcase_add_loop_test(t, every_error_has_a_name_of_its_own_in_lower_case, 0,
			    ERR_COUNT);
	tcase_add_test(t, names_are_the_words_of_the_enum);
	tcase_add_test(t, what_is_no_error_code_still_has_a_name);
	suite_add_tcase(s, t);
	return s;
}
