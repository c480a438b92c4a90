/* share_code_test.c: codes that people read to each other. */
#include "crypto/share_code.h"

#include <check.h>
#include <string.h>

Suite *share_code_suite(void);

START_TEST(a_new_code_has_three_groups_and_reads_as_itself)
{
	char text[SHARE_CODE_TEXT_SIZE], other[SHARE_CODE_TEXT_SIZE],
		code[SHARE_CODE_SIZE];

	share_code_new(text);
	share_code_new(other);
	ck_assert_uint_eq(strlen(text), 14);
	ck_assert(text[4] == '-' && text[9] == '-');
	ck_assert_str_ne(text, other);
	ck_assert(share_code_read(str_of(text), code));
	ck_assert_uint_eq(strlen(code), SHARE_CODE_CHARS);
}
END_TEST

static const struct {
	const char *typed, *code; /* NULL: none */
} cases[] = {
	{ "7K3D-MN0Q-X4VB", "7K3DMN0QX4VB" },
	{ "7k3dmn0qx4vb", "7K3DMN0QX4VB" },
	{ " 7k3d mn-oq x4vb ", "7K3DMN0QX4VB" },
	{ "iL0O-iL0O-iL0O", "110011001100" },
	{ "7K3D-MN0Q-X4V", NULL },
	{ "7K3D-MN0Q-X4VB0", NULL },
	{ "7K3D-MN0Q-X4VU", NULL },
	{ "7K3D-MN0Q-X4V\xc3\xa4", NULL },
	{ "", NULL },
};

START_TEST(what_people_type_is_understood)
{
	char code[SHARE_CODE_SIZE];
	bool good = share_code_read(str_of(cases[_i].typed), code);

	ck_assert_int_eq(good, cases[_i].code != NULL);
	if (good)
		ck_assert_str_eq(code, cases[_i].code);
}
END_TEST

Suite *
share_code_suite(void)
{
	Suite *s = suite_create("share_code");
	TCase *t = tcase_create("all");

	tcase_add_test(t, a_new_code_has_three_groups_and_reads_as_itself);
	tcase_add_loop_test(t, what_people_type_is_understood, 0,
			    sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(s, t);
	return s;
}
