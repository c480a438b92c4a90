#ifndef HOB_JOBS_SEAT_H
#define HOB_JOBS_SEAT_H

#include <stdbool.h>

#include "jobs/heritage.h"

/*
 * Some kinds of jobs may take long, so that few runners of a host may be at one at a time: each such kind has seats, which
 * it says in its row. One runner is free for the rest, as long as there are three.
 */
enum seats {
	SEATS_NONE,			/* it needs none */
	SEATS_TALK,			/* to others, who may let it wait: all runners but one */
	SEATS_IMAGE,			/* one less: a seat is left to those that talk */
	SEATS_EXPORT			/* one of a host */
};

/* False: none of these is free. It is free again when its runner leaves it or dies. */
bool seat_take(const struct heritage *h, enum seats which, int *seat);
void seat_leave(const struct heritage *h, int seat);

#endif
