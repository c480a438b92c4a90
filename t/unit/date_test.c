/*
 * date_test.c: days and instants of lib/core/date, there and back.
 */
#include <check.h>
#include <string.h>
#include <time.h>

#include "core/date.h"

Suite *date_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define T(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

/* clang-format off */
static const struct {
	const char *text;
	int32_t days;
} day_cases[] = {
	{ "1970-01-01", 0 },		{ "1969-12-31", -1 },	{ "1970-01-02", 1 },
	{ "2000-02-29", 11016 },	{ "2000-03-01", 11017 },
	{ "2026-11-23", 20780 },
	{ "0000-01-01", -719528 },	{ "0000-02-29", -719469 },
	{ "9999-12-31", 2932896 },	{ "1900-03-01", -25508 },
};
/* clang-format on */

START_TEST(a_day_is_read_and_written_the_same)
{
	char text[DATE_TEXT_SIZE];
	int32_t days = 4711;

	ck_assert(date_parse(str_of(day_cases[_i].text), &days));
	ck_assert_int_eq(days, day_cases[_i].days);
	date_format(days, text);
	ck_assert_str_eq(text, day_cases[_i].text);
}
END_TEST

/* clang-format off */
static const struct str bad_days[] = {
	T(""), T("2026-11-2"), T("2026-11-233"), T("2026-1-23"), T("26-11-23"),
	T("2026/11/23"), T("2026-00-01"), T("2026-13-01"),
	T("2026-01-00"), T("2026-01-32"),
	T("2026-04-31"), T("2026-02-29"), T("1900-02-29"),
	T("2100-02-29"), T("-026-11-23"),
	T("+026-11-23"), T(" 2026-11-23"), T("2026-11-23 "), T("2026-11-2x"),
	T("2026-11-23T00:00:00Z"), T("2026\0" "11-23"), T("20261123"), { NULL, 0 },
};
/* clang-format on */

START_TEST(a_day_that_does_not_exist_or_is_written_otherwise_is_refused)
{
	int32_t days = 4711;

	ck_assert(!date_parse(bad_days[_i], &days));
	ck_assert_int_eq(days, 4711);
}
END_TEST

/* The C library knows the calendar too. */
START_TEST(every_day_of_four_hundred_years_agrees_with_the_c_library)
{
	int wrong = 0;

	for (int32_t days = -25567; days < -25567 + 146097; days++) {
		char ours[DATE_TEXT_SIZE], theirs[64];
		time_t at = (time_t)days * 86400;
		struct tm tm;
		int32_t back;

		gmtime_r(&at, &tm);
		strftime(theirs, sizeof(theirs), "%Y-%m-%d", &tm);
		date_format(days, ours);
		wrong += strcmp(ours, theirs) != 0;
		wrong += !date_parse(str_of(ours), &back) || back != days;
	}
	ck_assert_int_eq(wrong, 0);
}
END_TEST

START_TEST(days_beyond_the_four_digit_years_stop_at_the_last_that_can_be_written)
{
	char text[DATE_TEXT_SIZE];

	date_format(INT32_MAX, text);
	ck_assert_str_eq(text, "9999-12-31");
	date_format(INT32_MIN, text);
	ck_assert_str_eq(text, "0000-01-01");
}
END_TEST

/* clang-format off */
static const struct {
	struct str text;
	int32_t seconds;	/* -1: refused */
} time_cases[] = {
	{ T("00:00"), 0 }, { T("23:59"), 86340 }, { T("08:30"), 30600 },
	{ T("00:00:00"), 0 }, { T("23:59:59"), 86399 }, { T("08:30:03"), 30603 },
	{ T("24:00"), -1 }, { T("23:60"), -1 }, { T("23:59:60"), -1 }, { T("8:30"), -1 },
	{ T("08:3"), -1 }, { T("08:30:"), -1 }, { T("08:30:3"), -1 },
	{ T("08:30:031"), -1 },
	{ T("0830"), -1 }, { T("08:30Z"), -1 }, { T(" 08:30"), -1 }, { T("-8:30"), -1 },
	{ T(""), -1 }, { T("08:30\0"), -1 }, { { NULL, 0 }, -1 },
};
/* clang-format on */

START_TEST(a_time_of_day_has_hours_minutes_and_perhaps_seconds)
{
	int32_t s = -1;

	ck_assert_int_eq(time_parse(time_cases[_i].text, &s),
			 time_cases[_i].seconds >= 0);
	ck_assert_int_eq(s, time_cases[_i].seconds);
}
END_TEST

static const struct {
	const char *text;
	int64_t us;
} instant_cases[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1970-01-01t00:00:00z", 0 },
	{ "1970-01-01 00:00:00Z", 0 },
	{ "1969-12-31T23:59:59.999999Z", -1 },
	{ "2026-11-23T08:30:03Z", 1795422603000000 },
	{ "2026-11-23T08:30:03.000123Z", 1795422603000123 },
	{ "2026-11-23T08:30:03.5Z", 1795422603500000 },
	{ "2026-11-23T08:30:03.0001239999999Z", 1795422603000123 },
	{ "2026-11-23T10:30:03+02:00", 1795422603000000 },
	{ "2026-11-23T03:00:03-05:30", 1795422603000000 },
	{ "2026-11-24T08:29:03+23:59", 1795422603000000 },
	{ "2026-11-23T08:30:03-00:00", 1795422603000000 },
	{ "1990-12-31T23:59:60Z", 662687999000000 },
	{ "1990-12-31T15:59:60.25-08:00", 662687999250000 },
	{ "1991-01-01T05:29:60+05:30", 662687999000000 },
};

START_TEST(an_instant_is_read_in_any_offset_with_any_fraction)
{
	int64_t us = 4711;

	ck_assert(instant_parse(str_of(instant_cases[_i].text), &us));
	ck_assert_int_eq(us, instant_cases[_i].us);
}
END_TEST

/* clang-format off */
static const struct str bad_instants[] = {
	T(""), T("2026-11-23"), T("2026-11-23T08:30:03"), T("2026-11-23T08:30Z"),
	T("2026-11-23T24:00:00Z"), T("2026-11-23T08:60:00Z"), T("2026-11-23T08:30:61Z"),
	T("2026-11-23T08:30:60Z"), T("2026-11-23T23:59:60+01:00"),
	T("2026-02-29T08:30:03Z"),
	T("2026-11-23T08:30:03.Z"), T("2026-11-23T08:30:03,5Z"),
	T("2026-11-23T08:30:03+2:00"),
	T("2026-11-23T08:30:03+0200"), T("2026-11-23T08:30:03+24:00"),
	T("2026-11-23T08:30:03+02:60"), T("2026-11-23T08:30:03+02"),
	T("2026-11-23T08:30:03Zz"), T("2026-11-23T08:30:03 Z"),
	T("2026-11-23  08:30:03Z"),
	T("2026-11-23_08:30:03Z"), T("2026-11-23T8:30:03Z"), T("2026-11-23T08:30:03Z\0"),
	T("2026-11-23\0" "08:30:03Z"), { NULL, 0 },
};
/* clang-format on */

START_TEST(what_is_no_rfc_3339_instant_is_refused)
{
	int64_t us = 4711;

	ck_assert(!instant_parse(bad_instants[_i], &us));
	ck_assert_int_eq(us, 4711);
}
END_TEST

static const struct {
	int64_t us;
	const char *whole, *fine;
} written_cases[] = {
	{ 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z" },
	{ -1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999999Z" },
	{ -1000000, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000000Z" },
	{ -86400000000, "1969-12-31T00:00:00Z", "1969-12-31T00:00:00.000000Z" },
	{ 1795422603000123, "2026-11-23T08:30:03Z", "2026-11-23T08:30:03.000123Z" },
	{ 1795422603999999, "2026-11-23T08:30:03Z", "2026-11-23T08:30:03.999999Z" },
};

START_TEST(an_instant_is_written_in_utc_and_cut_towards_the_past)
{
	char whole[INSTANT_TEXT_SIZE], fine[28];
	int64_t back;

	instant_format(written_cases[_i].us, whole);
	ck_assert_str_eq(whole, written_cases[_i].whole);
	instant_format_us(written_cases[_i].us, fine);
	ck_assert_str_eq(fine, written_cases[_i].fine);
	ck_assert(instant_parse(str_of(fine), &back));
	ck_assert_int_eq(back, written_cases[_i].us);
}
END_TEST

START_TEST(any_64_bits_are_written_within_their_buffer)
{
	char whole[INSTANT_TEXT_SIZE], fine[28];

	instant_format(INT64_MIN, whole);
	ck_assert_mem_eq(whole, "0000-01-01T", 11);
	ck_assert_uint_eq(strlen(whole), INSTANT_TEXT_SIZE - 1);
	instant_format_us(INT64_MAX, fine);
	ck_assert_mem_eq(fine, "9999-12-31T", 11);
	ck_assert_uint_eq(strlen(fine), 27);
}
END_TEST

Suite *
date_suite(void)
{
	Suite *s = suite_create("date");
	TCase *t = tcase_create("date");

	tcase_add_loop_test(t, a_day_is_read_and_written_the_same, 0, COUNT(day_cases));
	tcase_add_loop_test(t,
			    a_day_that_does_not_exist_or_is_written_otherwise_is_refused,
			    0, COUNT(bad_days));
	tcase_add_test(t, every_day_of_four_hundred_years_agrees_with_the_c_library);
	tcase_add_test(
		t, days_beyond_the_four_digit_years_stop_at_the_last_that_can_be_written);
	tcase_add_loop_test(t, a_time_of_day_has_hours_minutes_and_perhaps_seconds, 0,
			    COUNT(time_cases));
	tcase_add_loop_test(t, an_instant_is_read_in_any_offset_with_any_fraction, 0,
			    COUNT(instant_cases));
	tcase_add_loop_test(t, what_is_no_rfc_3339_instant_is_refused, 0,
			    COUNT(bad_instants));
	tcase_add_loop_test(t, an_instant_is_written_in_utc_and_cut_towards_the_past, 0,
			    COUNT(written_cases));
	tcase_add_test(t, any_64_bits_are_written_within_their_buffer);
	suite_add_tcase(s, t);
	return s;
}
