/* durations.c: counts requests by route, class of status and how long they took. Runs in workers. */
#include "model/durations.h"

/* Of what is usual, 0.2 to 20 ms, to what is given up: 10 s is the deadline of a worker. */
const int64_t duration_bounds_us[DURATION_BOUNDS] = { 500,     1000,   2500,	5000,
						      10000,   25000,  50000,	100000,
						      250000,  500000, 1000000, 2500000,
						      10000000 };
const char *const duration_bound_names[DURATION_BOUNDS] = {
	"0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05",
	"0.1",	  "0.25",  "0.5",    "1.0",   "2.5",  "10.0"
};

static int
bucket_of(int64_t us)
{
	int i = 0;

	while (i < DURATION_BOUNDS && us > duration_bounds_us[i])
		i++;
	return i;
}

void
durations_add(struct durations *d, int route, int status, int64_t us)
{
	int class = status / 100 - 2;
	struct duration_cell *cell;

	if (class < 0 || class >= DURATION_CLASSES)
		return;
	cell = &d->cells[route >= 0 && route < GATE_ROUTES ? route : GATE_ROUTES][class];
	__atomic_fetch_add(&cell->buckets[bucket_of(us)], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&cell->sum_us, us > 0 ? (uint64_t)us : 0, __ATOMIC_RELAXED);
}
