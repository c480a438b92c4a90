/*
 * board.c: the rules of the kanban board as pure functions. The statement
 * fetches rows in any order and says what the clock makes of each; columns and order
 * are chosen here. Runs in workers and in unit tests.
 */
#include "model/board.h"

#include <string.h>

enum { DAY_S = 86400 };

static const char *const column_names[BOARD_COLUMN_COUNT] = {
	[BOARD_OVERDUE] = "overdue",	 [BOARD_DUE_SOON] = "due_soon",
	[BOARD_UPCOMING] = "upcoming",	 [BOARD_IN_PROGRESS] = "in_progress",
	[BOARD_COMPLETED] = "completed", [BOARD_CANCELLED] = "cancelled",
};

const char *
board_column_name(enum board_column c)
{
	return column_names[c];
}

static bool
completed_lately(const struct board_task *t, const struct board_now *now)
{
	return t->last_completed_us != BOARD_NEVER &&
	       now->now_us - t->last_completed_us <=
		       BOARD_COMPLETED_DAYS * (int64_t)DAY_S * 1000000;
}

enum board_column
board_place(const struct board_task *t, const struct board_now *now)
{
	if (t->state == TASK_CANCELLED)
		return BOARD_CANCELLED;
	if (t->completed)
		return !t->recurring && completed_lately(t, now) ? BOARD_COMPLETED
								 : BOARD_NOWHERE;
	if (t->state == TASK_IN_PROGRESS)
		return BOARD_IN_PROGRESS;
	if (t->is_hidden)
		return BOARD_NOWHERE;
	if (t->is_overdue)
		return BOARD_OVERDUE;
	if (t->due_on != BOARD_NO_DAY && t->due_on - now->today < now->days_threshold)
		return BOARD_DUE_SOON;
	return BOARD_UPCOMING;
}

bool
board_shows_completion(const struct board_task *t, const struct board_now *now)
{
	return t->recurring && t->state != TASK_CANCELLED && completed_lately(t, now);
}

static int
compare_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_str(struct str a, struct str b)
{
	int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	return order != 0 ? order : compare_i64((int64_t)a.len, (int64_t)b.len);
}

int
board_compare(enum board_column c, const struct board_task *a, const struct board_task *b)
{
	int order = 0;

	if (c == BOARD_COMPLETED)
		order = compare_i64(b->last_completed_us, a->last_completed_us);
	return order != 0 ? order : compare_str(a->position, b->position);
}
