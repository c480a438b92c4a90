#ifndef HOB_LIMIT_HOLDERS_H
#define HOB_LIMIT_HOLDERS_H

#include <stdint.h>

/*
 * The account of a token's session, for counting only: a hint in the shared block, of one
 * host, which holds 65,536 of them. It outlives every cache: a session never moves to
 * another account, so a hint always names the right account; only the session may have
 * ended. No right may depend on it.
 *
 * Both sides are hashes (limit_key). Four hints share a set, which is one cache line; a
 * lost hint costs its session one request that is counted by address.
 */
enum { HOLDERS_WAYS = 4, HOLDERS_SETS = 16384 };	/* 1 MiB */

/* In the shared block; zeroed memory is ready. Words are atomic. */
struct holders {
	_Alignas(64) uint64_t words[HOLDERS_SETS][HOLDERS_WAYS][2];
};

/* The account of `token`, 0 when it is not known. */
uint64_t holders_find(const struct holders *h, uint64_t token);
/* From now on `token` is a session of `account`. Neither is 0. */
void holders_keep(struct holders *h, uint64_t token, uint64_t account);
void holders_forget(struct holders *h, uint64_t token);

#endif
