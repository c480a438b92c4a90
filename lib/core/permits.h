#ifndef HOB_CORE_PERMITS_H
#define HOB_CORE_PERMITS_H

#include <stdint.h>

#include "core/err.h"

/*
 * A semaphore of processes, in a shared block: at most `permits` processes hold one and
 * at most `waiters_max` wait. A permit holds the pid of its holder, so that the permit of
 * a killed process can be found and freed.
 */
enum { PERMITS_MAX = 64 };

struct permits {
	int32_t holder[PERMITS_MAX];	/* pid, 0 free; atomic */
	uint32_t permits;
	int32_t waiter[PERMITS_MAX];	/* pid, 0 free; atomic */
	uint32_t waiters_max;
	uint32_t freed;		/* futex: counts releases */
};

/* Before the fork; both numbers at most PERMITS_MAX. */
void permits_init(struct permits *p, uint32_t permits, uint32_t waiters_max);
/*
 * A permit, for `wait_ms` at the longest. ERR_OK and its slot in *out; ERR_BUSY when none came
 * free, at once when the waiting places are taken too.
 */
enum err permits_take(struct permits *p, int wait_ms, uint32_t *out_slot);
void permits_give(struct permits *p, uint32_t slot);
/* The master calls it when it reaps `pid`. */
void permits_forget(struct permits *p, int32_t pid);

#endif
