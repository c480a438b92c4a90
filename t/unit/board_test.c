/*
 * board_test.c: the column of a task, case by case. The clock of every case is 15:00 on
 * day 1000, threshold 30.
 */
#include "model/board.h"

#include <check.h>
#include <stdlib.h>

#define NOON_US(day) ((int64_t)(day)*86400 * 1000000 + (int64_t)12 * 3600 * 1000000)
#define HOUR(h) ((h)*3600)
#define TODAY_US(h) (((int64_t)1000 * 86400 + HOUR(h)) * 1000000)
#define NONE BOARD_NO_INSTANT

Suite *board_suite(void);

static const struct board_now now = {
	.now_us = TODAY_US(15),
	.today = 1000,
	.days_threshold = 30,
};

/* clang-format off */
static const struct place_case {
	const char *what;
	struct board_task task;
	enum board_column place;
	bool overdue, shows_completion;
} cases[] = {
	{ "undated", { TASK_PENDING, false, BOARD_NO_DAY, BOARD_NO_TIME, BOARD_NEVER, NONE }, BOARD_UPCOMING, false, false },
	{ "due yesterday", { TASK_PENDING, false, 999, BOARD_NO_TIME, BOARD_NEVER, NONE }, BOARD_OVERDUE, true, false },
	{ "due today, whole day", { TASK_PENDING, false, 1000, BOARD_NO_TIME, BOARD_NEVER, NONE }, BOARD_DUE_SOON, false, false },
	{ "due today, an hour ago", { TASK_PENDING, false, 1000, HOUR(14), BOARD_NEVER, TODAY_US(14) }, BOARD_OVERDUE, true, false },
	{ "due today, this very second", { TASK_PENDING, false, 1000, HOUR(15), BOARD_NEVER, TODAY_US(15) }, BOARD_DUE_SOON, false, false },
	{ "due today, in an hour", { TASK_PENDING, false, 1000, HOUR(16), BOARD_NEVER, TODAY_US(16) }, BOARD_DUE_SOON, false, false },
	{ "last day that is soon", { TASK_PENDING, false, 1029, BOARD_NO_TIME, BOARD_NEVER, NONE }, BOARD_DUE_SOON, false, false },
	{ "first day that is not", { TASK_PENDING, false, 1030, BOARD_NO_TIME, BOARD_NEVER, NONE }, BOARD_UPCOMING, false, false },
	{ "in progress and late", { TASK_IN_PROGRESS, false, 990, BOARD_NO_TIME, BOARD_NEVER, NONE }, BOARD_IN_PROGRESS, true, false },
	{ "cancelled wins over late", { TASK_CANCELLED, false, 990, BOARD_NO_TIME, BOARD_NEVER, NONE }, BOARD_CANCELLED, true, false },
	{ "cancelled wins over completed", { TASK_CANCELLED, false, 990, BOARD_NO_TIME, NOON_US(999), NONE, .completed = true }, BOARD_CANCELLED, true, false },
	{ "one-time, completed yesterday", { TASK_PENDING, false, 990, BOARD_NO_TIME, NOON_US(999), NONE, .completed = true }, BOARD_COMPLETED, true, false },
	{ "one-time, completed 31 days ago", { TASK_PENDING, false, 960, BOARD_NO_TIME, NOON_US(969), NONE, .completed = true }, BOARD_NOWHERE, true, false },
	{ "recurring, completed yesterday", { TASK_PENDING, true, 1005, BOARD_NO_TIME, NOON_US(999), NONE }, BOARD_DUE_SOON, false, true },
	{ "recurring, completed 31 days ago", { TASK_PENDING, true, 1005, BOARD_NO_TIME, NOON_US(969), NONE }, BOARD_DUE_SOON, false, false },
	{ "recurring, its last occurrence done yesterday", { TASK_PENDING, true, 998, BOARD_NO_TIME, NOON_US(999), NONE, .completed = true }, BOARD_NOWHERE, true, true },
	{ "recurring, its last occurrence skipped", { TASK_PENDING, true, 998, BOARD_NO_TIME, BOARD_NEVER, NONE, .completed = true }, BOARD_NOWHERE, true, false },
	{ "one-time, done before and open again", { TASK_PENDING, false, 1005, BOARD_NO_TIME, NOON_US(999), NONE }, BOARD_DUE_SOON, false, false },
	{ "recurring and cancelled", { TASK_CANCELLED, true, 1005, BOARD_NO_TIME, NOON_US(999), NONE }, BOARD_CANCELLED, false, false },
};
/* clang-format on */

START_TEST(a_task_stands_where_the_rules_say)
{
	const struct place_case *c = &cases[_i];

	ck_assert_msg(board_place(&c->task, &now) == c->place, "%s: column", c->what);
	ck_assert_msg(board_is_overdue(&c->task, &now) == c->overdue, "%s: overdue",
		      c->what);
	ck_assert_msg(board_shows_completion(&c->task, &now) == c->shows_completion,
		      "%s: completion", c->what);
}
END_TEST

/* clang-format off */
static const struct board_task
	early =     { TASK_PENDING, false, 1001, HOUR(8), BOARD_NEVER, NONE, .id = STR("01-a") },
	whole_day = { TASK_PENDING, false, 1001, BOARD_NO_TIME, BOARD_NEVER, NONE, .id = STR("02-b") },
	undated =   { TASK_PENDING, false, BOARD_NO_DAY, BOARD_NO_TIME, BOARD_NEVER, NONE, .id = STR("03-c") },
	/* 1970-01-01 is day 25567 since 1900. */
	dragged =   { TASK_PENDING, false, 1002, BOARD_NO_TIME, BOARD_NEVER, NONE, .id = STR("04-d"),
		      .position = STR("02656828800i") };
/* clang-format on */

START_TEST(columns_are_ordered_by_due_time_with_the_undated_last)
{
	ck_assert_int_lt(board_compare(BOARD_DUE_SOON, &early, &whole_day), 0);
	ck_assert_int_lt(board_compare(BOARD_UPCOMING, &whole_day, &undated), 0);
	ck_assert_int_eq(board_compare(BOARD_UPCOMING, &undated, &undated), 0);
}
END_TEST

START_TEST(what_was_dragged_stands_among_the_others_by_its_key)
{
	ck_assert_int_lt(board_compare(BOARD_DUE_SOON, &early, &dragged), 0);
	ck_assert_int_lt(board_compare(BOARD_DUE_SOON, &dragged, &whole_day), 0);
	ck_assert_int_gt(board_compare(BOARD_UPCOMING, &undated, &dragged), 0);
	ck_assert_int_eq(board_compare(BOARD_UPCOMING, &dragged, &dragged), 0);
}
END_TEST

START_TEST(the_newest_completion_comes_first)
{
	const struct board_task older = { TASK_PENDING,	 false,	       1,
					  BOARD_NO_TIME, NOON_US(990), NONE };
	const struct board_task newer = { TASK_PENDING,	 false,	       2,
					  BOARD_NO_TIME, NOON_US(999), NONE };

	ck_assert_int_gt(board_compare(BOARD_COMPLETED, &older, &newer), 0);
}
END_TEST

Suite *
board_suite(void)
{
	Suite *s = suite_create("board");
	TCase *t = tcase_create("board");

	tcase_add_loop_test(t, a_task_stands_where_the_rules_say, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, columns_are_ordered_by_due_time_with_the_undated_last);
	tcase_add_test(t, what_was_dragged_stands_among_the_others_by_its_key);
	tcase_add_test(t, the_newest_completion_comes_first);
	suite_add_tcase(s, t);
	return s;
}
