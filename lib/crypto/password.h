#ifndef HOB_CRYPTO_PASSWORD_H
#define HOB_CRYPTO_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/permits.h"
#include "core/str.h"
#include "crypto/password_scheme.h"

/*
 * argon2id (RFC 9106), PHC strings, under a semaphore (core/permits.h) that all workers
 * of a host share: one hash takes 26 to 51 ms of a core and 19 MiB (measured), so logins
 * must not be able to take every worker. A caller waits for a permit for `wait_ms` at
 * most. A proof that takes more work than today's hash (those of accounts that were brought
 * in) has permits of its own: nobody whose hash is Hob's waits behind it.
 */
struct password_gate {
	struct permits usual;
	struct permits dear;
};

/*
 * ERR_OK and the PHC string in `out`. ERR_BUSY when the semaphore had no place
 * within wait_ms. ERR_INTERNAL when argon2 fails (memory).
 */
enum err password_hash(struct permits *permits, int wait_ms, struct password_cost cost,
		       struct str password, char out[PASSWORD_PHC_SIZE]);
/*
 * Proves a password: ERR_OK and in `out` the hash of `password` under `salt`, which is a hash
 * without its last part ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$"). The holder of the
 * stored hash compares. *stale is set when `salt` is of another scheme than argon2id, or asks
 * for less than `cost`; the work of `cost` is done all the same. A `salt` that is NULL or of no
 * scheme stands for a user who does not exist: the work of `cost` is done and ERR_UNAUTHORIZED
 * returned. Any other scheme, and argon2id at more than `cost` and than the default of
 * auth.argon2_*, takes a permit of gate->dear.
 * ERR_BUSY and ERR_INTERNAL as above.
 */
enum err password_prove(struct password_gate *gate, int wait_ms, struct password_cost cost,
			const char *salt, struct str password, char out[PASSWORD_PHC_SIZE],
			bool *stale);

#endif
