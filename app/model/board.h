#ifndef HOB_MODEL_BOARD_H
#define HOB_MODEL_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

/* The kanban board: the column of a task, and the order of tasks. No HTTP, no SQL. */

/* In the order in which a board shows them. */
enum board_column {
	BOARD_OVERDUE,
	BOARD_DUE_SOON,
	BOARD_UPCOMING,
	BOARD_IN_PROGRESS,
	BOARD_COMPLETED,
	BOARD_CANCELLED,
	BOARD_COLUMN_COUNT,
	BOARD_NOWHERE = BOARD_COLUMN_COUNT	/* not shown */
};

enum task_state { TASK_PENDING, TASK_IN_PROGRESS, TASK_CANCELLED };

enum { BOARD_NO_DAY = INT32_MAX };
#define BOARD_NEVER INT64_MIN
enum { BOARD_COMPLETED_DAYS = 30 };	/* how long a completion stays on the board */

/* The board's view of a task. Days since 1970-01-01, local to the residence. */
struct board_task {
	enum task_state state;
	bool recurring;
	int32_t due_on;			/* BOARD_NO_DAY when undated */
	int64_t last_completed_us;	/* BOARD_NEVER */
	bool completed;			/* no occurrence is open */
	bool is_overdue;		/* hob.is_overdue */
	bool is_hidden;			/* hob.is_hidden */
	struct str position;		/* hob.place_of */
};

/* The moment the board is drawn, on the residence's own clock. */
struct board_now {
	int64_t now_us;
	int32_t today;
	int days_threshold;		/* due within so many days, today the first, is "soon" */
};

const char *board_column_name(enum board_column c);
/* The column of the task's open occurrence, or of the finished task itself; BOARD_NOWHERE when it is hidden. */
enum board_column board_place(const struct board_task *t, const struct board_now *now);
/* A recurring task also shows its last completion as a card of its own. */
bool board_shows_completion(const struct board_task *t, const struct board_now *now);
/*
 * Order within a column, qsort form, 0 only for a task and itself: completed newest first; the
 * others by `position`, byte by byte, which no two tasks share.
 */
int board_compare(enum board_column c, const struct board_task *a, const struct board_task *b);

#endif
