/*
 * board.c: the rules of the kanban board as pure functions. The statement
 * fetches plain rows, cheap for the database; the choice of column and the order
 * are made here. Runs in workers and in unit tests.
 */
#include "model/board.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, DAY_1900 = -25567, PLACE_SIZE = 6 + 5 + 32 + 1 };

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

bool
board_is_overdue(const struct board_task *t, const struct board_now *now)
{
	if (t->due_on == BOARD_NO_DAY)
		return false;
	if (t->due_on != now->today)
		return t->due_on < now->today;
	return t->due_at_us < now->now_us;
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
	if (board_is_overdue(t, now))
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

/* A task for the whole day comes after those with a time on that day. */
static int64_t
due_key(const struct board_task *t)
{
	return (int64_t)t->due_on * DAY_S +
	       (t->due_time_s == BOARD_NO_TIME ? DAY_S - 1 : t->due_time_s);
}

/* A place by day, time and id as a key like those that dragging makes. */
static struct str
place(const struct board_task *t, char buf[PLACE_SIZE])
{
	bool dated = t->due_on != BOARD_NO_DAY;
	int n;

	if (t->position.ptr != NULL)
		return t->position;
	n = snprintf(buf, PLACE_SIZE, "%06d%05d", dated ? t->due_on - DAY_1900 : 999999,
		     t->due_time_s == BOARD_NO_TIME ? DAY_S - 1 : t->due_time_s);
	for (size_t i = 0; i < t->id.len && n < PLACE_SIZE - 1; i++)
		if (t->id.ptr[i] != '-')
			buf[n++] = t->id.ptr[i];
	return (struct str){ buf, (size_t)n };
}

static int
compare_str(struct str a, struct str b)
{
	int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	return order != 0 ? order : compare_i64((int64_t)a.len, (int64_t)b.len);
}

static int
compare_places(const struct board_task *a, const struct board_task *b)
{
	char a_buf[PLACE_SIZE], b_buf[PLACE_SIZE];

	return compare_str(place(a, a_buf), place(b, b_buf));
}

int
board_compare(enum board_column c, const struct board_task *a, const struct board_task *b)
{
	int order = 0;

	if (c == BOARD_COMPLETED)
		order = compare_i64(b->last_completed_us, a->last_completed_us);
	else if (a->position.ptr != NULL || b->position.ptr != NULL)
		order = compare_places(a, b);
	else
		order = compare_i64(due_key(a), due_key(b));
	return order != 0 ? order : compare_str(a->id, b->id);
}
