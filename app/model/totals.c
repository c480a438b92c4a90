/* totals.c: sums over the workers of a pool, for those who show them. */
#include "model/totals.h"

uint64_t
totals_lived_ns(const struct scoreboard *b, int64_t now_ns)
{
	uint64_t ns = 0;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		const struct worker_slot *w = &b->workers[i];

		ns += w->lived_ns;
		if (w->pid != 0 && w->started_ns < now_ns)
			ns += (uint64_t)(now_ns - w->started_ns);
	}
	return ns;
}

struct totals
totals_of(const struct shared *b, int64_t now_ns)
{
	struct totals t = { .lived_ns = totals_lived_ns(&b->board, now_ns) };

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		const struct worker_slot *w = &b->board.workers[i];
		const struct request_slot *r = &b->gate.requests[i];

		t.requests += w->done;
		t.errors_5xx += r->errors_5xx;
		t.round_trips += r->round_trips;
		t.busy_ns += w->busy_ns;
		t.db_wait_ns += r->db_wait_ns;
		t.busy += w->pid != 0 && w->work_ns != 0;
	}
	return t;
}

uint64_t
totals_shed(const struct shared *b)
{
	return b->gate.shed_stale + b->gate.shed_full;
}
