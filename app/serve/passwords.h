#ifndef HOB_SERVE_PASSWORDS_H
#define HOB_SERVE_PASSWORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/*
 * Hashes of passwords in a request: each waits for a permit of a semaphore of the whole host. The database gives out
 * salts alone; a hash under one goes there to be compared, as a proof.
 */

struct req;

/* The hash of `password` at today's cost, after a wait of `wait_ms` at most. ERR_BUSY when too many others hash. */
enum err request_hash(struct req *r, const char *password, int64_t wait_ms, const char **out);
/*
 * The hash of `password` under `salt`, as the database has it, in *proof; *stale when it is one of less than today's
 * cost. ERR_UNAUTHORIZED, after the same work, without a salt, and *proof is NULL. Else as above.
 */
enum err request_prove(struct req *r, struct str salt, const char *password, const char **proof, bool *stale);

#endif
