#ifndef HOB_API_ACCOUNTS_H
#define HOB_API_ACCOUNTS_H

#include <stdbool.h>

#include "serve/request.h"

/* Passwords, for the routes that prove or set one. */

/* Hashes `password` into VALUE_NEW_PASSWORD_HASH. ERR_BUSY when too many others do. */
enum err account_hash(struct req *r, const char *password);
/*
 * Sets VALUE_PASSWORD_PROOF to the hash of `password` under the salt in row `index`;
 * ERR_UNAUTHORIZED, after the same work, without a row or a salt.
 */
enum err account_prove(struct req *r, int index, const char *password, bool *stale);
/*
 * Runs `proof` until it is of the hash that the account has. Between the salt and the proof another request may have
 * given it another: of the same password, at today's cost, or of a new one. Then the right password is proved again;
 * more often than PROOFS_MAX no hash changes within one request.
 */
enum err account_prove_until_current(struct req *r, enum err (*proof)(struct req *, void *),
				     void *arg);

#endif
