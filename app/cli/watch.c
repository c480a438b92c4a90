/*
 * watch.c: what a statement of `hob migrate` waits for and how far it is.
 *
 * It only prints lines on stdout and decides nothing. The holder of a lock is named by
 * process, program and role; only a role that may read all statistics sees since when
 * (sql/roles.sql gives that to hob_owner where it can). Runs in `hob` only.
 */
#include "cli/watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"

enum { TELL_EVERY_MS = 10000 };

/* A prepared transaction blocks as process 0. */
static const char blockers_sql[] =
	"SELECT p.pid, coalesce(nullif(a.application_name, ''), a.backend_type, "
	" 'no name'),"
	" coalesce(a.usename::text, 'nobody'),"
	" CASE WHEN a.xact_start IS NULL THEN '' ELSE ', its transaction is '"
	" || greatest(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::int"
	" || ' s old, ' || a.state END"
	" FROM unnest(pg_blocking_pids($1::int)) p (pid)"
	" LEFT JOIN pg_stat_activity a ON a.pid = p.pid"
	" ORDER BY a.xact_start NULLS LAST, p.pid";

static const char index_sql[] =
	"SELECT phase, CASE WHEN blocks_total > 0 THEN blocks_done || ' of ' || "
	"blocks_total || ' blocks'"
	" WHEN tuples_total > 0 THEN tuples_done || ' of ' || tuples_total || ' rows'"
	" WHEN lockers_total > 0 THEN lockers_done || ' of ' || lockers_total || ' "
	"transactions'"
	" ELSE '' END FROM pg_stat_progress_create_index WHERE pid = $1::int";

void
watch_open(struct watch *w, const struct pg *pg, const char *conninfo)
{
	*w = (struct watch){ .eyes = pg_open(conninfo), .pid = pg_pid(pg), .what = "" };
	watch_begin(w, "");
}

void
watch_close(struct watch *w)
{
	pg_close(w->eyes);
}

void
watch_begin(struct watch *w, const char *what)
{
	w->what = what;
	w->begun_ms = w->told_ms = clock_mono_ms();
	w->blocker = 0;
}

int64_t
watch_ms(const struct watch *w)
{
	return clock_mono_ms() - w->begun_ms;
}

static bool
ask(struct watch *w, const char *sql)
{
	char pid[16];
	const char *params[] = { pid };

	snprintf(pid, sizeof(pid), "%d", w->pid);
	return w->eyes != NULL && pg_query(w->eyes, sql, 1, params) &&
	       pg_rows(w->eyes) > 0;
}

/* The oldest of those in the way, once, and again when it is another. */
static void
tell_blocker(struct watch *w, bool due)
{
	int pid;

	if (!ask(w, blockers_sql)) {
		w->blocker = 0;
		return;
	}
	pid = (int)strtol(pg_value(w->eyes, 0, 0), NULL, 10);
	if (pid == w->blocker && !due)
		return;
	w->blocker = pid;
	w->told_ms = clock_mono_ms();
	printf("%s: waits for pid %d (%s, role %s%s)", w->what, pid,
	       pg_value(w->eyes, 0, 1), pg_value(w->eyes, 0, 2), pg_value(w->eyes, 0, 3));
	if (pg_rows(w->eyes) > 1)
		printf(" and %d more", pg_rows(w->eyes) - 1);
	puts("");
}

static void
tell_progress(struct watch *w)
{
	w->told_ms = clock_mono_ms();
	printf("%s: %d s so far", w->what, (int)(watch_ms(w) / 1000));
	if (ask(w, index_sql))
		printf(", %s %s", pg_value(w->eyes, 0, 0), pg_value(w->eyes, 0, 1));
	puts("");
}

void
watch_look(void *watch)
{
	struct watch *w = watch;
	bool due = clock_mono_ms() - w->told_ms >= TELL_EVERY_MS;

	tell_blocker(w, due);
	if (due && w->blocker == 0)
		tell_progress(w);
	fflush(stdout);
}

bool
watch_run(struct watch *w, struct pg *pg, const char *sql)
{
	return pg_run_watched(pg, sql, WATCH_EVERY_MS, watch_look, w);
}
