/*
 * aside.c: a worker that has lost its link takes no request while others can. Runs in
 * workers.
 */
#include "gate/internal.h"

#include "core/clock.h"

/* A request that waits longer than this is not waited for by idle hands. */
static const int64_t most_ns = 500 * INT64_C(1000000);

static bool
others_can(const struct scoreboard *pool, const struct worker_slot *own)
{
	const struct worker_slot *s;
	uint32_t state;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		s = &pool->workers[i];
		state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
		if (s != own && s->pid != 0 && s->leave == 0 && state > WORKER_STARTING &&
		    state < WORKER_LEAVING &&
		    __atomic_load_n(&s->link, __ATOMIC_SEQ_CST) == LINK_READY)
			return true;
	}
	return false;
}

/*
 * Each worker first reports its own lost link and then looks at the others: the last one
 * stays.
 */
bool
aside_must(const struct scoreboard *pool, const struct worker_slot *own,
	   const struct gate_board *board)
{
	int64_t oldest_ns;

	if (own->link == LINK_READY || own->link == LINK_NONE)
		return false;
	oldest_ns = board->queue_oldest_ns;
	if (oldest_ns != 0 && clock_mono_ns() - oldest_ns > most_ns)
		return false;
	return others_can(pool, own);
}
