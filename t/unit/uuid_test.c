/*
 * uuid_test.c: the form and order of new UUIDs, and the texts that count as one.
 */
#include <check.h>
#include <string.h>

#include "core/clock.h"
#include "core/uuid.h"

Suite *uuid_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

START_TEST(a_new_uuid_is_of_version_7_and_the_rfc_variant)
{
	char text[UUID_TEXT_SIZE];

	uuid_v7(text);
	ck_assert_uint_eq(strlen(text), 36);
	ck_assert(uuid_is(str_of(text)));
	ck_assert_uint_eq(strspn(text, "0123456789abcdef-"), 36);
	ck_assert_int_eq(text[14], '7');
	ck_assert_ptr_nonnull(strchr("89ab", text[19]));
}
END_TEST

START_TEST(it_begins_with_the_milliseconds_of_the_wall_clock)
{
	char text[UUID_TEXT_SIZE];

	/* The example of RFC 9562 A.6: 0x017F22E279B0. */
	clock_set_for_test(INT64_C(1645557742000) * 1000);
	uuid_v7(text);
	clock_set_for_test(0);
	ck_assert_mem_eq(text, "017f22e2-79b0-7", 15);
}
END_TEST

START_TEST(a_later_millisecond_sorts_later)
{
	char before[UUID_TEXT_SIZE], after[UUID_TEXT_SIZE];

	clock_set_for_test(INT64_C(1763886603999) * 1000 + 999);
	uuid_v7(before);
	clock_set_for_test(INT64_C(1763886604000) * 1000);
	uuid_v7(after);
	clock_set_for_test(0);
	ck_assert_str_lt(before, after);
}
END_TEST

START_TEST(two_of_one_millisecond_differ)
{
	char a[UUID_TEXT_SIZE], b[UUID_TEXT_SIZE];

	clock_set_for_test(1763886603000123);
	uuid_v7(a);
	uuid_v7(b);
	clock_set_for_test(0);
	ck_assert_str_ne(a, b);
}
END_TEST

static const struct {
	const char *text;
	bool is;
} uuid_cases[] = {
	{ "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", true },
	{ "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", true },
	{ "00000000-0000-0000-0000-000000000000", true },
	{ "017f22e2-79b0-7cc3-98c4-dc0c0c07398", false },
	{ "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", false },
	{ "017f22e279b07cc398c4dc0c0c07398f", false },
	{ "017f22e2a79b0-7cc3-98c4-dc0c0c07398f", false },
	{ "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", false },
	{ "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}", false },
	{ "017f22e-279b0-7cc3-98c4-dc0c0c07398f", false },
	{ "", false },
};

START_TEST(a_uuid_is_hex_in_8_4_4_4_12_and_nothing_else)
{
	ck_assert_int_eq(uuid_is(str_of(uuid_cases[_i].text)), uuid_cases[_i].is);
}
END_TEST

START_TEST(nothing_is_no_uuid)
{
	ck_assert(!uuid_is(STR_NONE));
}
END_TEST

Suite *
uuid_suite(void)
{
	Suite *s = suite_create("uuid");
	TCase *t = tcase_create("uuid");

	tcase_add_test(t, a_new_uuid_is_of_version_7_and_the_rfc_variant);
	tcase_add_test(t, it_begins_with_the_milliseconds_of_the_wall_clock);
	tcase_add_test(t, a_later_millisecond_sorts_later);
	tcase_add_test(t, two_of_one_millisecond_differ);
	tcase_add_loop_test(t, a_uuid_is_hex_in_8_4_4_4_12_and_nothing_else, 0,
			    COUNT(uuid_cases));
	tcase_add_test(t, nothing_is_no_uuid);
	suite_add_tcase(s, t);
	return s;
}
