/* turn.c: one `hob migrate` or `hob seed` at a time on a database. Runs in `hob` only. */
#include "cli/turn.h"

#include <poll.h>
#include <stdio.h>

#include "cli/cli.h"
#include "core/clock.h"

enum { TRY_EVERY_MS = 200, TELL_EVERY_MS = 10000 };

/* Any number will do as long as it stays: "hobm" in ASCII. */
#define LOCK_NUMBER "1752129133"

static void
tell_holder(struct pg *pg)
{
	static const char holder_sql[] =
		"SELECT l.pid, coalesce(nullif(a.application_name, ''), 'no name'),"
		" coalesce(a.usename::text, 'nobody')"
		" FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
		" WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0"
		" AND l.objid = " LOCK_NUMBER
		" AND l.database = (SELECT oid FROM pg_database"
		" WHERE datname = current_database())";

	if (pg_query(pg, holder_sql, 0, NULL) && pg_rows(pg) > 0)
		printf("waits: another is at work, pid %s of the server (%s, role %s)\n",
		       pg_value(pg, 0, 0), pg_value(pg, 0, 1), pg_value(pg, 0, 2));
	fflush(stdout);
}

bool
turn_take(struct pg *pg, int64_t wait_ms)
{
	int64_t deadline_ms = clock_mono_ms() + wait_ms, tell_ms = 0;

	for (;;) {
		if (!pg_query(pg, "SELECT pg_try_advisory_lock(" LOCK_NUMBER ")", 0,
			      NULL))
			return false;
		if (pg_value(pg, 0, 0)[0] == 't')
			return true;
		if (clock_mono_ms() >= tell_ms) {
			tell_holder(pg);
			tell_ms = clock_mono_ms() + TELL_EVERY_MS;
		}
		if (clock_mono_ms() >= deadline_ms) {
			complain("another hob is still at work on this database; nothing "
				 "was changed");
			return false;
		}
		poll(NULL, 0, TRY_EVERY_MS);
	}
}
