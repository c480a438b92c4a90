#ifndef HOB_MODEL_SHARED_H
#define HOB_MODEL_SHARED_H

#include "cache/shared.h"
#include "crypto/password.h"
#include "limit/limit.h"
#include "net/names.h"
#include "prefork/scoreboard.h"

/*
 * The shared block of a host, in the file "scoreboard" of api.run_dir: made by hob-api, read
 * by `hob`. The scoreboard stands first; its version is that of the whole.
 */
struct shared {
	struct scoreboard board;
	struct password_gate passwords;
	struct limiter limits;
	struct cache_shared caches;
	uint64_t history;	/* of the database, hashed; 0 until a worker has asked */
	struct names names;
};

#endif
