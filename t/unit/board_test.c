/*
 * board_test.c: the column of a task, case by case. The clock of every case is 15:00 on
 * day 1000, threshold 30.
 */
#include "model/board.h"

#include <check.h>
#include <stdlib.h>

#define NOON_US(day) ((int64_t)(day)*86400 * 1000000 + (int64_t)12 * 3600 * 1000000)

Suite *board_suite(void);

static const struct board_now now = {
	.now_us = ((int64_t)1000 * 86400 + 15 * 3600) * INT64_C(1000000),
	.today = 1000,
	.days_threshold = 30,
};

/* clang-format off */
static const struct place_case {
	const char *what;
	struct board_task task;
	enum board_column place;
	bool shows_completion;
} cases[] = {
	{ "undated", { TASK_PENDING, false, BOARD_NO_DAY, BOARD_NEVER }, BOARD_UPCOMING, false },
	{ "overdue", { TASK_PENDING, false, 999, BOARD_NEVER, .is_overdue = true }, BOARD_OVERDUE, false },
	{ "due today", { TASK_PENDING, false, 1000, BOARD_NEVER }, BOARD_DUE_SOON, false },
	{ "due today, an hour ago", { TASK_PENDING, false, 1000, BOARD_NEVER, .is_overdue = true }, BOARD_OVERDUE, false },
	{ "last day that is soon", { TASK_PENDING, false, 1029, BOARD_NEVER }, BOARD_DUE_SOON, false },
	{ "first day that is not", { TASK_PENDING, false, 1030, BOARD_NEVER }, BOARD_UPCOMING, false },
	{ "hidden", { TASK_PENDING, false, 1005, BOARD_NEVER, .is_hidden = true }, BOARD_NOWHERE, false },
	{ "in progress and late", { TASK_IN_PROGRESS, false, 990, BOARD_NEVER, .is_overdue = true }, BOARD_IN_PROGRESS, false },
	{ "cancelled", { TASK_CANCELLED, false, 990, BOARD_NEVER }, BOARD_CANCELLED, false },
	{ "cancelled wins over completed", { TASK_CANCELLED, false, 990, NOON_US(999), .completed = true }, BOARD_CANCELLED, false },
	{ "one-time, completed yesterday", { TASK_PENDING, false, 990, NOON_US(999), .completed = true }, BOARD_COMPLETED, false },
	{ "one-time, completed 31 days ago", { TASK_PENDING, false, 960, NOON_US(969), .completed = true }, BOARD_NOWHERE, false },
	{ "recurring, completed yesterday", { TASK_PENDING, true, 1005, NOON_US(999) }, BOARD_DUE_SOON, true },
	{ "recurring, completed yesterday, hidden", { TASK_PENDING, true, 1005, NOON_US(999), .is_hidden = true }, BOARD_NOWHERE, true },
	{ "recurring, completed 31 days ago", { TASK_PENDING, true, 1005, NOON_US(969) }, BOARD_DUE_SOON, false },
	{ "recurring, its last occurrence done yesterday", { TASK_PENDING, true, 998, NOON_US(999), .completed = true }, BOARD_NOWHERE, true },
	{ "recurring, its last occurrence skipped", { TASK_PENDING, true, 998, BOARD_NEVER, .completed = true }, BOARD_NOWHERE, false },
	{ "one-time, done before and open again", { TASK_PENDING, false, 1005, NOON_US(999) }, BOARD_DUE_SOON, false },
	{ "recurring and cancelled", { TASK_CANCELLED, true, 1005, NOON_US(999) }, BOARD_CANCELLED, false },
};
/* clang-format on */

START_TEST(a_task_stands_where_the_rules_say)
{
	const struct place_case *c = &cases[_i];

	ck_assert_msg(board_place(&c->task, &now) == c->place, "%s: column", c->what);
	ck_assert_msg(board_shows_completion(&c->task, &now) == c->shows_completion,
		      "%s: completion", c->what);
}
END_TEST

START_TEST(columns_are_ordered_by_position_byte_by_byte)
{
	const struct board_task first = { .position = STR("1045") },
				longer = { .position = STR("1045i") },
				last = { .position = STR("109") };

	ck_assert_int_lt(board_compare(BOARD_DUE_SOON, &first, &longer), 0);
	ck_assert_int_lt(board_compare(BOARD_UPCOMING, &longer, &last), 0);
	ck_assert_int_eq(board_compare(BOARD_UPCOMING, &last, &last), 0);
}
END_TEST

START_TEST(the_newest_completion_comes_first)
{
	const struct board_task older = { .last_completed_us = NOON_US(990),
					  .position = STR("1") };
	const struct board_task newer = { .last_completed_us = NOON_US(999),
					  .position = STR("2") };

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
	tcase_add_test(t, columns_are_ordered_by_position_byte_by_byte);
	tcase_add_test(t, the_newest_completion_comes_first);
	suite_add_tcase(s, t);
	return s;
}
