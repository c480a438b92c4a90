/*
 * permits.c: a semaphore between processes that outlives a kill of its holders.
 *
 * A permit is a slot with the pid of its holder. A POSIX semaphore counts but
 * does not remember who; a robust mutex remembers but does not count. Waiters
 * sleep on a futex that counts what was given back: it is read before the slots
 * are tried, so a permit that comes free in between is not slept through.
 * Workers take and give; the master only forgets the dead.
 */
#include "core/permits.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

static uint32_t
at_most(uint32_t n, uint32_t most)
{
	return n < most ? n : most;
}

void
permits_init(struct permits *p, uint32_t permits, uint32_t waiters_max)
{
	*p = (struct permits){
		.permits = at_most(permits, PERMITS_MAX),
		.waiters_max = at_most(waiters_max, PERMITS_MAX),
	};
}

/* Puts `pid` into a free one of the first `count` slots. */
static bool
take_slot(int32_t *slots, uint32_t count, int32_t pid, uint32_t *out)
{
	for (uint32_t i = 0; i < count; i++) {
		int32_t nobody = 0;

		if (__atomic_compare_exchange_n(&slots[i], &nobody, pid, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			*out = i;
			return true;
		}
	}
	return false;
}

static void
free_slot(int32_t *slot)
{
	__atomic_store_n(slot, 0, __ATOMIC_RELEASE);
}

static void
wake(struct permits *p, int how_many)
{
	__atomic_add_fetch(&p->freed, 1, __ATOMIC_ACQ_REL);
	/* Not FUTEX_PRIVATE: the waiters are other processes. */
	syscall(SYS_futex, &p->freed, FUTEX_WAKE, how_many, NULL, NULL, 0);
}

/* Until `freed` is no longer `seen`, or `ms` have passed, or for no reason at all. */
static void
sleep_on(struct permits *p, uint32_t seen, int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	syscall(SYS_futex, &p->freed, FUTEX_WAIT, seen, &t, NULL, 0);
}

static enum err
wait_for_permit(struct permits *p, int64_t until_ms, int32_t pid, uint32_t *out_slot)
{
	for (;;) {
		uint32_t seen = __atomic_load_n(&p->freed, __ATOMIC_ACQUIRE);
		int64_t left_ms = until_ms - clock_mono_ms();

		if (take_slot(p->holder, p->permits, pid, out_slot))
			return ERR_OK;
		if (left_ms <= 0)
			return ERR_BUSY;
		sleep_on(p, seen, left_ms);
	}
}

enum err
permits_take(struct permits *p, int wait_ms, uint32_t *out_slot)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;
	int32_t pid = (int32_t)getpid();
	uint32_t place;
	enum err e;

	if (take_slot(p->holder, p->permits, pid, out_slot))
		return ERR_OK;
	if (!take_slot(p->waiter, p->waiters_max, pid, &place))
		return ERR_BUSY;
	e = wait_for_permit(p, until_ms, pid, out_slot);
	free_slot(&p->waiter[place]);
	return e;
}

void
permits_give(struct permits *p, uint32_t slot)
{
	free_slot(&p->holder[slot]);
	wake(p, 1);
}

/*
 * The dead may have been a waiter that was just woken, with a permit waiting for
 * it: so all are woken, whatever was found, and look for themselves.
 */
void
permits_forget(struct permits *p, int32_t pid)
{
	for (uint32_t i = 0; i < PERMITS_MAX; i++) {
		int32_t dead = pid;

		__atomic_compare_exchange_n(&p->holder[i], &dead, 0, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
		dead = pid;
		__atomic_compare_exchange_n(&p->waiter[i], &dead, 0, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	}
	wake(p, INT_MAX);
}
