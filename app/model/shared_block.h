#ifndef HOB_MODEL_SHARED_BLOCK_H
#define HOB_MODEL_SHARED_BLOCK_H

#include "cache/shared.h"
#include "crypto/password.h"
#include "gate/gate_board.h"
#include "limit/holders.h"
#include "limit/limit.h"
#include "model/durations.h"
#include "model/figures.h"
#include "model/schema_seen.h"
#include "net/names.h"
#include "supervise/scoreboard.h"

/*
 * The shared block of a host, in the file "scoreboard" of api.run_dir: made by hob-api, read
 * by `hob`. The scoreboard stands first; its version and the size of the whole say
 * whether a program knows it.
 */
struct shared {
	struct scoreboard board;
	struct gate_board gate;
	struct password_gate passwords;
	struct permits lane;	/* for callers who have used up limits.work */
	struct limiter limits;
	struct holders holders;
	struct cache_shared caches;
	uint64_t history;	/* of the database, hashed; 0 until a worker has asked */
	struct names names;
	struct schema_seen schema;
	struct figures figures;
	struct durations durations;
};

#endif
