/* backlog.c: counts now and then what waits, for `hob status`, which asks no database. Runs in the planner. */
#include "jobs/backlog.h"

#include <stdio.h>

#include "core/clock.h"
#include "jobs/link.h"
#include "log/log.h"
#include "statements.h"

/* A count of a million jobs takes a tenth of a second. */
enum { EVERY_MS = 5000 };

static int64_t
number_at(struct db *db, int index, int row, const char *column)
{
	int64_t n = 0;

	str_to_i64(db_get(db, index, row, column), &n);
	return n;
}

static void
read_row(struct db *db, int index, int row, struct backlog_row *out)
{
	*out = (struct backlog_row){
		.is_kind = str_is(db_get(db, index, row, "is_kind"), "t"),
		.paused = str_is(db_get(db, index, row, "paused"), "t"),
		.waiting = number_at(db, index, row, "waiting"),
		.held = number_at(db, index, row, "held"),
		.dead = number_at(db, index, row, "dead"),
		.late_s = number_at(db, index, row, "late_s"),
	};
	snprintf(out->name, sizeof(out->name), "%.*s",
		 STR_FMT(db_get(db, index, row, "name")));
}

void
backlog_note(struct backlog *b, struct db *db)
{
	char why[LINK_WHY_SIZE];
	int index, rows;
	enum err e;

	if (b->at_ns != 0 && clock_mono_ns() - b->at_ns < EVERY_MS * 1000000LL)
		return;
	e = link_ask(db, Q_JOB_BACKLOG, &index, NULL);
	if (e != ERR_OK) {
		link_why(db, e, why);
		log_say(LOG_WARN, "not_counted", "%s", why);
		return;
	}
	rows = db_row_count(db, index);
	for (int i = 0; i < rows && i < BACKLOG_ROWS; i++)
		read_row(db, index, i, &b->rows[i]);
	b->count = rows < BACKLOG_ROWS ? rows : BACKLOG_ROWS;
	b->at_ns = clock_mono_ns();
}
