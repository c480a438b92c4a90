#ifndef HOB_MODEL_DURATIONS_H
#define HOB_MODEL_DURATIONS_H

#include <stdint.h>

#include "gate/gate_board.h"

/*
 * How long requests took, by route and class of status, since the shared block was made: a histogram for Prometheus, which
 * survives the workers. Words are atomic; there is no lock that a killed worker could leave behind.
 *
 * The class and not the code: 176 routes times the codes that each may answer would be tens of thousands of series. What
 * a caller did wrong is told by the log.
 */
enum {
	DURATION_BOUNDS = 13,			/* and a bucket beyond the last */
	DURATION_CLASSES = 4,			/* 2xx, 3xx, 4xx, 5xx */
	DURATION_ROUTES = GATE_ROUTES + 1	/* the last: no route was found, or looked for */
};

struct duration_cell {
	uint64_t buckets[DURATION_BOUNDS + 1];	/* each by itself: not those below it */
	uint64_t sum_us;
};

struct durations {
	struct duration_cell cells[DURATION_ROUTES][DURATION_CLASSES];	/* 120 KiB */
};

/* Of bucket i, inclusive, in us; and as Prometheus has it, in seconds. */
extern const int64_t duration_bounds_us[DURATION_BOUNDS];
extern const char *const duration_bound_names[DURATION_BOUNDS];

/* Adds one. `route` -1: none. A status that is of none of these classes is not counted. By any worker. */
void durations_add(struct durations *d, int route, int status, int64_t us);

#endif
