/* bell.c: rings for hob-jobs. Runs in whatever made a job. */
#include "model/bell.h"

#include "redis/redis.h"

void
bell_ring(struct redis *r)
{
	const struct str words[] = { STR("PUBLISH"), STR(BELL_CHANNEL), STR("") };

	redis_begin(r);
	redis_queue(r, 3, words);
	redis_run(r);
}
