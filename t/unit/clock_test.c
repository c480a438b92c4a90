/*
 * clock_test.c: lib/core/clock against the clocks of the system.
 */
#include <check.h>
#include <time.h>

#include "core/clock.h"

Suite *clock_suite(void);

START_TEST(the_wall_clock_counts_microseconds_since_1970)
{
	int64_t before = time(NULL);
	int64_t now = clock_now_us();
	int64_t after = time(NULL);

	/* time() may be a tick behind, never a second. */
	ck_assert_int_ge(now, (before - 1) * 1000000);
	ck_assert_int_lt(now, (after + 1) * 1000000);
}
END_TEST

START_TEST(a_frozen_wall_clock_stands_until_it_is_let_go)
{
	clock_set_for_test(1763886603000123);
	ck_assert_int_eq(clock_now_us(), 1763886603000123);
	ck_assert_int_eq(clock_now_us(), 1763886603000123);
	clock_set_for_test(0);
	ck_assert_int_ge(clock_now_us(), (int64_t)(time(NULL) - 1) * 1000000);
}
END_TEST

START_TEST(the_monotonic_clock_goes_forward_even_when_the_wall_clock_is_frozen)
{
	int64_t ns = clock_mono_ns(), ms = clock_mono_ms();

	clock_set_for_test(1);
	while (clock_mono_ms() == ms)
		;
	ck_assert_int_ge(clock_mono_ns(), ns);
	ck_assert_int_gt(clock_mono_ms(), ms);
	clock_set_for_test(0);
}
END_TEST

START_TEST(milliseconds_and_nanoseconds_are_of_one_clock)
{
	int64_t before = clock_mono_ns(), ms = clock_mono_ms(), after = clock_mono_ns();

	ck_assert_int_ge(ms, before / 1000000);
	ck_assert_int_le(ms, after / 1000000);
}
END_TEST

Suite *
clock_suite(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");

	tcase_add_test(t, the_wall_clock_counts_microseconds_since_1970);
	tcase_add_test(t, a_frozen_wall_clock_stands_until_it_is_let_go);
	tcase_add_test(
		t, the_monotonic_clock_goes_forward_even_when_the_wall_clock_is_frozen);
	tcase_add_test(t, milliseconds_and_nanoseconds_are_of_one_clock);
	suite_add_tcase(s, t);
	return s;
}
