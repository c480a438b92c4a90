#ifndef HOB_CLI_WATCH_H
#define HOB_CLI_WATCH_H

#include <stdint.h>

#include "cli/pg.h"

/*
 * Watches a long statement from a second connection: the holders of the locks that it
 * waits for, the progress of an index, the time it has taken.
 */
struct watch {
	struct pg *eyes;	/* NULL: no second connection, only the time is told */
	int pid;		/* of the server's process that is watched */
	const char *what;	/* the start of its lines */
	int64_t begun_ms;
	int64_t told_ms;	/* when a line was printed last */
	int blocker;		/* pid told last as holder of a lock; 0: none */
};

enum { WATCH_EVERY_MS = 250 };

/* Watches what `pg` does; `conninfo` is for the second connection. */
void watch_open(struct watch *w, const struct pg *pg, const char *conninfo);
void watch_close(struct watch *w);
/* From now on `what` is done. */
void watch_begin(struct watch *w, const char *what);
int64_t watch_ms(const struct watch *w);
/* A look, for pg_run_watched: prints a line when there is something new, or every 10 s. */
void watch_look(void *watch);
/* Runs `sql` on `pg` and watches it. */
bool watch_run(struct watch *w, struct pg *pg, const char *sql);

#endif
