#ifndef HOB_MODEL_FIGURES_H
#define HOB_MODEL_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "supervise/scoreboard.h"

/*
 * How many requests a pool has answered since its start, and how long they took, as the database is told now and then
 * (app/serve/figures.h): in the shared block.
 */
enum {
	FIGURES_STATUSES = 4,	/* 2xx, 3xx, 4xx, 5xx */
	FIGURES_BUCKETS = 112	/* four for each power of two of microseconds; the last has what took longer than 268 s */
};

/* By one worker each; its successor goes on. */
struct figures_slot {
	uint64_t statuses[FIGURES_STATUSES];
	uint64_t latencies[FIGURES_BUCKETS];
};

struct figures {
	int64_t since_us;	/* unix, when this block was made: a new image of the master has another */
	/* by workers, atomic */
	int64_t told_ns;	/* monotonic, when it was told last because a minute had passed; 0: nobody has looked yet */
	uint64_t told;		/* so many requests were told last; 0: none, or in vain */
	struct figures_slot workers[SCOREBOARD_WORKERS];
};

/* Of hob.latency_from in sql/functions/stats.sql. A width of a quarter at most: 1000 us is in 896 to 1023. */
int figures_bucket(int64_t us);
/* Adds one. A status that is none of these is not counted. */
void figures_add(struct figures_slot *slot, int status, int64_t us);
/* The sums over all workers. */
void figures_sum(const struct figures *f, struct figures_slot *out);
/*
 * Is it this worker's turn to tell `sum`? Once a minute it is somebody's, from the first look on. Who is `leaving` tells
 * what was not told yet, so that of those who leave together the last has told all.
 */
bool figures_turn(struct figures *f, const struct figures_slot *sum, int64_t now_ns, bool leaving);
/* It was told in vain. */
void figures_untold(struct figures *f);

#endif
