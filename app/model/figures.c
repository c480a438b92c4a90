/* figures.c: counts requests by their status, and by how long they took. Runs in workers. */
#include "model/figures.h"

int
figures_bucket(int64_t us)
{
	uint64_t n = us > 0 ? (uint64_t)us : 0;
	int octave, bucket;

	if (n < 4)
		return (int)n;
	octave = 63 - __builtin_clzll(n);
	bucket = (octave - 1) * 4 + (int)(n >> (octave - 2) & 3);
	return bucket < FIGURES_BUCKETS ? bucket : FIGURES_BUCKETS - 1;
}

void
figures_add(struct figures_slot *slot, int status, int64_t us)
{
	int kind = status / 100 - 2;

	if (kind < 0 || kind >= FIGURES_STATUSES)
		return;
	slot->statuses[kind]++;
	slot->latencies[figures_bucket(us)]++;
}

void
figures_sum(const struct figures *f, struct figures_slot *out)
{
	*out = (struct figures_slot){ 0 };
	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		for (int k = 0; k < FIGURES_STATUSES; k++)
			out->statuses[k] += f->workers[i].statuses[k];
		for (int k = 0; k < FIGURES_BUCKETS; k++)
			out->latencies[k] += f->workers[i].latencies[k];
	}
}
