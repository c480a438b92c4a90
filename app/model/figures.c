/* figures.c: counts requests by their status, and by how long they took. Runs in workers. */
#include "model/figures.h"

static const int64_t every_ns = 60 * 1000000000LL;

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
	/* Of two who leave at once, and have counted before, one at least sees what both have. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		for (int k = 0; k < FIGURES_STATUSES; k++)
			out->statuses[k] += f->workers[i].statuses[k];
		for (int k = 0; k < FIGURES_BUCKETS; k++)
			out->latencies[k] += f->workers[i].latencies[k];
	}
}

static uint64_t
count_of(const struct figures_slot *sum)
{
	uint64_t count = 0;

	for (int k = 0; k < FIGURES_STATUSES; k++)
		count += sum->statuses[k];
	return count;
}

/* The first look begins the first minute. */
static bool
is_minute_over(struct figures *f, int64_t now_ns)
{
	int64_t told_ns = __atomic_load_n(&f->told_ns, __ATOMIC_RELAXED);

	if (told_ns != 0 && now_ns - told_ns < every_ns)
		return false;
	return __atomic_compare_exchange_n(&f->told_ns, &told_ns, now_ns, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED) &&
	       told_ns != 0;
}

bool
figures_turn(struct figures *f, const struct figures_slot *sum, int64_t now_ns,
	     bool leaving)
{
	uint64_t count = count_of(sum);

	if (!leaving && !is_minute_over(f, now_ns))
		return false;
	return __atomic_exchange_n(&f->told, count, __ATOMIC_SEQ_CST) != count ||
	       !leaving;
}

void
figures_untold(struct figures *f)
{
	__atomic_store_n(&f->told, 0, __ATOMIC_SEQ_CST);
}
