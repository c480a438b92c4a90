/* counts.c: counts jobs by kind and result, and what was sent. Runs in runners. */
#include "jobs/counts.h"

#include <stdio.h>

void
counts_begin(struct job_counts *c)
{
	for (int i = 0; i < kind_count; i++)
		snprintf(c->kinds[i], sizeof(c->kinds[i]), "%s", kinds[i].name);
}

static void
add(uint64_t *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

void
counts_job(const struct runner *r, const struct kind *kind, enum job_result result)
{
	add(&r->heritage->block->counts.results[kind - kinds][result]);
}

void
counts_sent(const struct runner *r, enum channel channel, enum sent what)
{
	add(&r->heritage->block->counts.sent[channel][what]);
}
