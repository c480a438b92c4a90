#ifndef HOB_JOBS_SEAT_H
#define HOB_JOBS_SEAT_H

#include "jobs/heritage.h"

/*
 * Whoever talks to others may wait long for them, so all runners of a host but one have a seat for that, and one is free
 * for the rest (but of a single one).
 */
enum { NO_SEAT = -1 };

/* A seat, or NO_SEAT. It is free again when its runner leaves it or dies. */
int seat_take(const struct heritage *h);
void seat_leave(const struct heritage *h, int seat);
/* The one seat of a host for exports, which may take long; NO_SEAT: another runner has it. */
int seat_take_for_export(const struct heritage *h);

#endif
