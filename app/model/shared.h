#ifndef HOB_MODEL_SHARED_H
#define HOB_MODEL_SHARED_H

#include "cache/shared.h"
#include "crypto/password.h"
#include "limit/holders.h"
#include "limit/limit.h"
#include "prefork/scoreboard.h"

/*
 * The shared block of a host, in the file "scoreboard" of api.run_dir: made by hob-api, read
 * by `hob`. The scoreboard stands first; its version is that of the whole.
 */
struct shared {
	struct scoreboard board;
	struct password_gate passwords;
	struct limiter limits;
	struct holders holders;
	struct cache_shared caches;
};

#endif
