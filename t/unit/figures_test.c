/*
 * figures_test.c: buckets of times, as sql/functions/stats.sql reads them, and sums over workers.
 */
#include "model/figures.h"

#include <check.h>
#include <stdlib.h>

Suite *figures_suite(void);

static int64_t
lowest_of(int bucket)
{
	return bucket < 4 ? bucket : (int64_t)(4 + bucket % 4) << (bucket / 4 - 1);
}

START_TEST(a_bucket_begins_where_the_one_before_it_ends)
{
	ck_assert_int_eq(figures_bucket(-1), 0);
	for (int i = 0; i < FIGURES_BUCKETS; i++) {
		ck_assert_int_eq(figures_bucket(lowest_of(i)), i);
		if (i > 0)
			ck_assert_int_eq(figures_bucket(lowest_of(i) - 1), i - 1);
	}
	ck_assert_int_eq(figures_bucket(INT64_MAX), FIGURES_BUCKETS - 1);
}
END_TEST

START_TEST(a_bucket_is_narrow)
{
	for (int i = 8; i < FIGURES_BUCKETS; i++)
		ck_assert_int_le((lowest_of(i + 1) - lowest_of(i)) * 4, lowest_of(i));
}
END_TEST

START_TEST(requests_of_all_workers_are_counted_by_status_and_time)
{
	struct figures *f = calloc(1, sizeof(*f));
	struct figures_slot sum;

	ck_assert_ptr_nonnull(f);
	figures_add(&f->workers[0], 200, 1000);
	figures_add(&f->workers[255], 204, 1000);
	figures_add(&f->workers[1], 412, 3);
	figures_add(&f->workers[1], 503, 0);
	figures_add(&f->workers[1], 0, 0);
	figures_add(&f->workers[1], 600, 0);
	figures_sum(f, &sum);
	ck_assert_uint_eq(sum.statuses[0], 2);
	ck_assert_uint_eq(sum.statuses[1], 0);
	ck_assert_uint_eq(sum.statuses[2], 1);
	ck_assert_uint_eq(sum.statuses[3], 1);
	ck_assert_uint_eq(sum.latencies[figures_bucket(1000)], 2);
	ck_assert_uint_eq(sum.latencies[3], 1);
	ck_assert_uint_eq(sum.latencies[0], 1);
	free(f);
}
END_TEST

static struct figures_slot
sum_of(const struct figures *f)
{
	struct figures_slot sum;

	figures_sum(f, &sum);
	return sum;
}

static bool
turn(struct figures *f, int64_t now_s, bool leaving)
{
	struct figures_slot sum = sum_of(f);

	return figures_turn(f, &sum, now_s * 1000000000LL, leaving);
}

START_TEST(it_is_told_once_a_minute_from_the_first_look_on)
{
	struct figures *f = calloc(1, sizeof(*f));

	ck_assert_ptr_nonnull(f);
	ck_assert(!turn(f, 1000, false));
	ck_assert(!turn(f, 1059, false));
	ck_assert(turn(f, 1060, false));
	ck_assert(!turn(f, 1060, false));
	ck_assert(!turn(f, 1119, false));
	ck_assert(turn(f, 1121, false));
	free(f);
}
END_TEST

START_TEST(who_leaves_tells_what_was_not_told)
{
	struct figures *f = calloc(1, sizeof(*f));

	ck_assert_ptr_nonnull(f);
	ck_assert(!turn(f, 1000, true));
	figures_add(&f->workers[0], 200, 1000);
	/* Before anybody has looked, and at once behind another. */
	ck_assert(turn(f, 1000, true));
	ck_assert(!turn(f, 1000, true));
	figures_add(&f->workers[1], 200, 1000);
	ck_assert(turn(f, 1000, true));
	ck_assert(!turn(f, 1000, false));
	figures_add(&f->workers[1], 404, 1000);
	ck_assert(turn(f, 1060, false));
	ck_assert(!turn(f, 1060, true));
	figures_untold(f);
	ck_assert(turn(f, 1061, true));
	free(f);
}
END_TEST

Suite *
figures_suite(void)
{
	Suite *s = suite_create("figures");
	TCase *t = tcase_create("figures");

	tcase_add_test(t, a_bucket_begins_where_the_one_before_it_ends);
	tcase_add_test(t, a_bucket_is_narrow);
	tcase_add_test(t, requests_of_all_workers_are_counted_by_status_and_time);
	tcase_add_test(t, it_is_told_once_a_minute_from_the_first_look_on);
	tcase_add_test(t, who_leaves_tells_what_was_not_told);
	suite_add_tcase(s, t);
	return s;
}
