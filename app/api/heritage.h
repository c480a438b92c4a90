#ifndef HOB_API_HERITAGE_H
#define HOB_API_HERITAGE_H

#include "core/arena.h"
#include "model/config.h"
#include "model/shared.h"

/*
 * All that crosses the fork from the master to a worker. Connections do not: each
 * process opens its own after it was forked.
 */

enum { CURSOR_SECRET_SIZE = 32 };

struct heritage {
	const char *config_path;	/* NULL: no file */
	struct arena *config_arena;	/* holds the texts of `config` */
	struct config config;
	struct arena *former_arena;	/* during a reload, else NULL */
	struct config former;		/* what to return to should it fail */
	struct shared *shared;
	unsigned char cursor_secret[CURSOR_SECRET_SIZE];
};

struct prefork_worker;

/* Writes the routes' labels into the scoreboard, for logs and `hob status` (routes.c). */
void routes_name(struct scoreboard *board);
/* What the child does with it (worker.c). The result is its exit code. */
int worker_main(struct prefork_worker *pool, void *heritage);
/* What a child gives up before it serves or hears (confine/confine.h); dies without (worker.c). */
void worker_confine(const struct heritage *h);
/* The child that hears what changed on other hosts (relay.c). Does not return. */
void relay_main(void *heritage);

#endif
