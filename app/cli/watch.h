#ifndef HOB_CLI_WATCH_H
#define HOB_CLI_WATCH_H

#include <stdint.h>

#include "cli/pg.h"

/*
 * Watches, from a connection of its own, what a long statement of another one is doing: who
 * holds the locks that it waits for, how far an index is, how long it has taken.
 */
struct watch {
	struct pg *eyes;	/* NULL: nobody looks, only the time is told */
	int pid;		/* of the server's process that is watched */
	const char *what;	/* what its lines begin with */
	int64_t begun_ms;
	int64_t told_ms;	/* when a line was printed last */
	int blocker;		/* who was told last to hold a lock; 0: nobody */
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
