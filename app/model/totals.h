#ifndef HOB_MODEL_TOTALS_H
#define HOB_MODEL_TOTALS_H

#include "model/shared_block.h"

/* Sums over all workers of a pool since its start; `busy`: now. */
struct totals {
	uint64_t requests;
	uint64_t errors_5xx;
	uint64_t round_trips;
	uint64_t busy_ns;
	uint64_t db_wait_ns;
	uint64_t lived_ns;
	int busy;
};

/* `now_ns` is monotonic. */
struct totals totals_of(const struct shared *b, int64_t now_ns);
/* Of one scoreboard: how long all its workers have lived, those of before too. */
uint64_t totals_lived_ns(const struct scoreboard *b, int64_t now_ns);
/* Requests that were refused because they, or the connection they came by, waited too long. */
uint64_t totals_shed(const struct shared *b);

#endif
