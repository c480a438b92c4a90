/*
 * str_test.c: lib/core/str, with absent and empty told apart.
 */
#include <check.h>
#include <string.h>

#include "core/str.h"

Suite *str_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define T(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
#define NONE            \
	{               \
		NULL, 0 \
	}

START_TEST(a_null_c_string_is_absent_and_an_empty_one_is_empty)
{
	ck_assert_ptr_null(str_of(NULL).ptr);
	ck_assert_ptr_nonnull(str_of("").ptr);
	ck_assert_uint_eq(str_of("").len, 0);
	ck_assert_uint_eq(str_of("abc").len, 3);
	ck_assert_uint_eq(STR("a\0b").len, 3);
}
END_TEST

static const struct {
	struct str a, b;
	bool equal, equal_ci;
} equal_cases[] = {
	{ T("abc"), T("abc"), true, true },
	{ T("abc"), T("ABc"), false, true },
	{ T("abc"), T("abd"), false, false },
	{ T("abc"), T("abcd"), false, false },
	{ T("a\0b"), T("a\0b"), true, true },
	{ T("a\0b"), T("a\0c"), false, false },
	{ T("@"), T("`"), false, false },
	{ T("["), T("{"), false, false },
	{ T("\xc3\xa4"), T("\xc3\x84"), false, false },
	{ T(""), T(""), true, true },
	{ T(""), NONE, false, false },
	{ NONE, NONE, true, true },
};

START_TEST(equality_is_of_bytes_and_folds_only_ascii_letters)
{
	struct str a = equal_cases[_i].a, b = equal_cases[_i].b;

	ck_assert_int_eq(str_eq(a, b), equal_cases[_i].equal);
	ck_assert_int_eq(str_eq(b, a), equal_cases[_i].equal);
	ck_assert_int_eq(str_eq_ci(a, b), equal_cases[_i].equal_ci);
	ck_assert_int_eq(str_eq_ci(b, a), equal_cases[_i].equal_ci);
}
END_TEST

START_TEST(a_c_string_is_compared_whole)
{
	ck_assert(str_is(STR("abc"), "abc"));
	ck_assert(!str_is(STR("abc"), "abcd"));
	ck_assert(!str_is(STR("abc\0"), "abc"));
	ck_assert(!str_is(STR_NONE, ""));
	ck_assert(str_is(STR_NONE, NULL));
}
END_TEST

/* clang-format off */
static const struct {
	struct str s, part;
	bool starts, ends;
} affix_cases[] = {
	{ T("hob_key"), T("hob_"), true, false },
	{ T("hob_key"), T("key"), false, true },
	{ T("hob"), T("hob"), true, true },
	{ T("hob"), T("hobb"), false, false },
	{ T("hob"), T(""), true, true },
	{ T(""), T(""), true, true },
	{ NONE, T("a"), false, false },
	{ NONE, T(""), true, true },
	{ T("hob"), NONE, true, true },
};
/* clang-format on */

START_TEST(a_prefix_stands_at_the_start_and_a_suffix_at_the_end)
{
	ck_assert_int_eq(str_starts(affix_cases[_i].s, affix_cases[_i].part),
			 affix_cases[_i].starts);
	ck_assert_int_eq(str_ends(affix_cases[_i].s, affix_cases[_i].part),
			 affix_cases[_i].ends);
}
END_TEST

/* clang-format off */
static const struct {
	struct str s, trimmed;
} trim_cases[] = {
	{ T(" a b\t\r\n"), T("a b") },
	{ T("a"), T("a") },
	{ T(" \t "), T("") },
	{ T(""), T("") },
	{ T("\va\f"), T("\va\f") },
	{ NONE, NONE },
};
/* clang-format on */

START_TEST(trimming_takes_blanks_tabs_and_line_ends_from_both_sides)
{
	ck_assert(str_eq(str_trim(trim_cases[_i].s), trim_cases[_i].trimmed));
}
END_TEST

static const struct {
	struct str s, before, after;
} cut_cases[] = {
	{ T("a=b=c"), T("a"), T("b=c") },
	{ T("a="), T("a"), T("") },
	{ T("=b"), T(""), T("b") },
	{ T("="), T(""), T("") },
	{ T("ab"), T("ab"), NONE },
	{ T(""), T(""), NONE },
	{ NONE, NONE, NONE },
};

START_TEST(cutting_gives_what_stands_before_and_leaves_what_stands_after)
{
	struct str rest = cut_cases[_i].s;

	ck_assert(str_eq(str_cut(&rest, '='), cut_cases[_i].before));
	ck_assert(str_eq(rest, cut_cases[_i].after));
}
END_TEST

static const struct {
	struct str text;
	bool good;
	int64_t value;
} number_cases[] = {
	{ T("0"), true, 0 },
	{ T("-0"), true, 0 },
	{ T("42"), true, 42 },
	{ T("-42"), true, -42 },
	{ T("007"), true, 7 },
	{ T("9223372036854775807"), true, INT64_MAX },
	{ T("-9223372036854775808"), true, INT64_MIN },
	{ T("9223372036854775808"), false, 0 },
	{ T("-9223372036854775809"), false, 0 },
	{ T("99999999999999999999"), false, 0 },
	{ T(""), false, 0 },
	{ T("-"), false, 0 },
	{ T("+1"), false, 0 },
	{ T(" 1"), false, 0 },
	{ T("1 "), false, 0 },
	{ T("1.0"), false, 0 },
	{ T("1e3"), false, 0 },
	{ T("0x1"), false, 0 },
	{ T("1\0"), false, 0 },
	{ T("--1"), false, 0 },
	{ NONE, false, 0 },
};

START_TEST(a_number_is_a_whole_decimal_integer_in_64_bits)
{
	int64_t n = 4711;

	ck_assert_int_eq(str_to_i64(number_cases[_i].text, &n), number_cases[_i].good);
	ck_assert_int_eq(n, number_cases[_i].good ? number_cases[_i].value : 4711);
}
END_TEST

/* clang-format off */
static const struct {
	struct str s;
	bool good;
	size_t length;
} utf8_cases[] = {
	{ T(""), true, 0 },
	{ NONE, true, 0 },
	{ T("plain text of more than one word"), true, 32 },
	{ T("\x7f"), true, 1 },
	{ T("\xc2\x80"), true, 1 },
	{ T("\xdf\xbf"), true, 1 },
	{ T("\xe0\xa0\x80"), true, 1 },
	{ T("\xed\x9f\xbf"), true, 1 },
	{ T("\xee\x80\x80"), true, 1 },
	{ T("\xef\xbf\xbf"), true, 1 },
	{ T("\xf0\x90\x80\x80"), true, 1 },
	{ T("\xf4\x8f\xbf\xbf"), true, 1 },
	{ T("G\xc3\xa4rten \xf0\x9f\x8f\xa0"), true, 8 },
	{ T("a\0b"), true, 3 },
	{ T("\x80"), false, 0 },			/* a tail without a head */
	{ T("\xc2"), false, 0 },			/* a head without a tail */
	{ T("\xc2 "), false, 0 },
	{ T("\xe2\x82"), false, 0 },
	{ T("\xe2\x82 "), false, 0 },
	{ T("\xf0\x9f\x8f"), false, 0 },
	{ T("\xc0\x80"), false, 0 },			/* long forms */
	{ T("\xc1\xbf"), false, 0 },
	{ T("\xe0\x9f\xbf"), false, 0 },
	{ T("\xf0\x8f\xbf\xbf"), false, 0 },
	{ T("\xed\xa0\x80"), false, 0 },		/* surrogates */
	{ T("\xed\xbf\xbf"), false, 0 },
	{ T("\xf4\x90\x80\x80"), false, 0 },		/* above U+10FFFF */
	{ T("\xf5\x80\x80\x80"), false, 0 },
	{ T("\xff"), false, 0 },
	{ T("sixteen letters \xff"), false, 0 },
	{ T("sixteen\xff letters "), false, 0 },
};
/* clang-format on */

START_TEST(utf8_is_well_formed_or_it_is_not)
{
	ck_assert_int_eq(str_is_utf8(utf8_cases[_i].s), utf8_cases[_i].good);
	if (utf8_cases[_i].good)
		ck_assert_uint_eq(str_utf8_length(utf8_cases[_i].s),
				  utf8_cases[_i].length);
}
END_TEST

START_TEST(a_sequence_is_as_long_as_its_character)
{
	ck_assert_uint_eq(str_utf8_sequence(STR("ab")), 1);
	ck_assert_uint_eq(str_utf8_sequence(STR("\xc3\xa4z")), 2);
	ck_assert_uint_eq(str_utf8_sequence(STR("\xe2\x82\xacz")), 3);
	ck_assert_uint_eq(str_utf8_sequence(STR("\xf0\x9f\x8f\xa0z")), 4);
	ck_assert_uint_eq(str_utf8_sequence(STR("\xf0\x9f\x8f")), 0);
	ck_assert_uint_eq(str_utf8_sequence(STR_NONE), 0);
}
END_TEST

Suite *
str_suite(void)
{
	Suite *s = suite_create("str");
	TCase *t = tcase_create("str");

	tcase_add_test(t, a_null_c_string_is_absent_and_an_empty_one_is_empty);
	tcase_add_loop_test(t, equality_is_of_bytes_and_folds_only_ascii_letters, 0,
			    COUNT(equal_cases));
	tcase_add_test(t, a_c_string_is_compared_whole);
	tcase_add_loop_test(t, a_prefix_stands_at_the_start_and_a_suffix_at_the_end, 0,
			    COUNT(affix_cases));
	tcase_add_loop_test(t, trimming_takes_blanks_tabs_and_line_ends_from_both_sides,
			    0, COUNT(trim_cases));
	tcase_add_loop_test(t,
			    cutting_gives_what_stands_before_and_leaves_what_stands_after,
			    0, COUNT(cut_cases));
	tcase_add_loop_test(t, a_number_is_a_whole_decimal_integer_in_64_bits, 0,
			    COUNT(number_cases));
	tcase_add_loop_test(t, utf8_is_well_formed_or_it_is_not, 0, COUNT(utf8_cases));
	tcase_add_test(t, a_sequence_is_as_long_as_its_character);
	suite_add_tcase(s, t);
	return s;
}
