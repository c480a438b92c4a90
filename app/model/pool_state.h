#ifndef HOB_MODEL_POOL_STATE_H
#define HOB_MODEL_POOL_STATE_H

#include <stdint.h>

#include "supervise/scoreboard.h"

/* What the scoreboard of a master says, of hob-api as of hob-jobs. `now_ns` is monotonic. */

enum pool_state { POOL_RUNS, POOL_HANGS, POOL_GONE };

/* The pid may belong to another process by now: the beat of the master decides. */
enum pool_state pool_state(const struct scoreboard *b, int64_t now_ns);
/* "running", "STANDS STILL", "NOT RUNNING". */
const char *pool_words(enum pool_state s);
/* Until now, or the last beat. */
int64_t pool_up_s(const struct scoreboard *b, int64_t now_ns);
/* Those that have a link, or need none. */
int pool_linked(const struct scoreboard *b);
/* Why one of them has none; "" when all have one. */
const char *pool_link_why(const struct scoreboard *b);
/* 0 for an instant that never was, or is to come. */
int64_t pool_ms_since(int64_t then_ns, int64_t now_ns);

#endif
