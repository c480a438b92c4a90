#ifndef HOB_LIMIT_LIMIT_H
#define HOB_LIMIT_LIMIT_H

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "crypto/siphash.h"

/*
 * Rate limits: windows in the shared block, of one host. A window is one 64-bit word,
 * changed by compare-and-swap, so there is no lock that a killed worker could leave
 * behind. Eight windows share a set, which is one cache line.
 *
 * There are never more than LIMIT_WINDOWS. When a set is full, the window that ends first
 * is evicted; an evicted window is an open window. So a flood of unknown clients, whose
 * windows end at once, does not evict the long windows of wrong passwords.
 */
enum {
	LIMIT_WAYS = 8,
	LIMIT_SETS = 8192,
	LIMIT_WINDOWS = LIMIT_SETS * LIMIT_WAYS,	/* 512 KiB */
	LIMIT_COUNT_MAX = 60000,	/* per minute: one a millisecond, the unit of a window */
	LIMIT_TRIES_MAX = 9		/* a window has four bits for them and six doublings */
};

/* In the shared block; zeroed memory with a key is ready. */
struct limiter {
	_Alignas(64) uint64_t words[LIMIT_SETS][LIMIT_WAYS];	/* atomic */
	unsigned char key[SIPHASH_KEY_SIZE];
};

/* Before the fork, on zeroed memory. */
void limit_init(struct limiter *l);

/*
 * The window of `who` for purpose `what`: the same pair has the same window. Of 65,536
 * windows in use two clients share one with a chance of 1 in 130,000.
 */
uint64_t limit_key(const struct limiter *l, int what, struct str who);
/*
 * The client of a network address: an IPv4 address, or the /64 that an IPv6 customer has
 * whole, as bytes in `out`. Any other text is taken as it is, at most 16 bytes.
 */
struct str limit_address(struct str text, unsigned char out[16]);

/* The state of a window, for the caller. */
struct limit_state {
	int64_t left;		/* that would pass right now */
	int64_t full_ms;	/* until all would */
	int64_t retry_ms;	/* until one would; 0 when one would now */
};

/*
 * Takes `n` (1..count) of `count` (1..LIMIT_COUNT_MAX) per `window_ms`, of which all may be taken
 * at once and which come back evenly (GCRA, ITU-T I.371). `now_ms` is monotonic. ERR_OK;
 * ERR_TOO_MANY when so many are not left: nothing is taken then, and *out says when they would
 * be. *out is filled in both cases.
 */
enum err limit_take(struct limiter *l, uint64_t key, int64_t n, int64_t count,
		    int64_t window_ms, int64_t now_ms, struct limit_state *out);
/* Would one pass? Results as limit_take of one; takes nothing. */
enum err limit_look(struct limiter *l, uint64_t key, int64_t count, int64_t window_ms,
		    int64_t now_ms, struct limit_state *out);
/*
 * Takes `n` that were used already, also when so many are not left: none pass then until they have
 * come back, which never takes longer than `owed_max_ms`.
 */
void limit_charge(struct limiter *l, uint64_t key, int64_t n, int64_t count,
		  int64_t window_ms, int64_t owed_max_ms, int64_t now_ms);
/* Gives back `n` that were taken. *out as after limit_take. */
void limit_give(struct limiter *l, uint64_t key, int64_t n, int64_t count,
		int64_t window_ms, int64_t now_ms, struct limit_state *out);
/*
 * Counts a try, such as one at a password: `tries` (1..LIMIT_TRIES_MAX) in a row, then
 * one after `wait_ms`, the next after twice that, up to 64 times it. Waiting twice as
 * long as asked, or limit_forget, makes them `tries` again. Results as limit_take; a
 * refusal costs nothing.
 */
enum err limit_try(struct limiter *l, uint64_t key, int64_t tries, int64_t wait_ms,
		   int64_t now_ms, struct limit_state *out);
/* Takes back the last try, which was not decided. */
void limit_untry(struct limiter *l, uint64_t key, int64_t tries, int64_t wait_ms,
		 int64_t now_ms);
/* The try succeeded: forgets it and those before. */
void limit_forget(struct limiter *l, uint64_t key);

#endif
