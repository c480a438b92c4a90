/*
 * limit.c: rate limits.
 *
 * A word is 20 bits of the key, the millisecond (since boot, 34 years of them) at which
 * the window is over and may be dropped, and a count of tries. 0 is a window that was
 * over at boot, so free words need no care. Runs in workers only; the master never
 * counts.
 */
#include "limit/limit.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/rand.h"

enum { TRIES_BITS = 4, TAG_SHIFT = 44, DOUBLINGS = 6 };

static uint64_t
word_of(uint64_t key, int64_t over_ms, int64_t tries)
{
	return key >> TAG_SHIFT << TAG_SHIFT | (uint64_t)over_ms << TRIES_BITS |
	       (uint64_t)tries;
}

static int64_t
over_ms(uint64_t word)
{
	return (int64_t)((word & ((1ULL << TAG_SHIFT) - 1)) >> TRIES_BITS);
}

static int64_t
tries_of(uint64_t word)
{
	return (int64_t)(word & ((1U << TRIES_BITS) - 1));
}

static bool
is_of(uint64_t word, uint64_t key)
{
	return word >> TAG_SHIFT == key >> TAG_SHIFT;
}

/* The window of `key`, or the one in its set that is over first; its word in *seen. */
static uint64_t *
find(struct limiter *l, uint64_t key, uint64_t *seen)
{
	uint64_t *set = l->words[key % LIMIT_SETS], *first = set;

	*seen = UINT64_MAX; /* over after all others */
	for (int i = 0; i < LIMIT_WAYS; i++) {
		uint64_t word = __atomic_load_n(&set[i], __ATOMIC_RELAXED);

		if (is_of(word, key) || over_ms(word) < over_ms(*seen)) {
			first = &set[i];
			*seen = word;
		}
		if (is_of(word, key))
			break;
	}
	return first;
}

/* False: another process was quicker, look again. */
static bool
put(uint64_t *at, uint64_t seen, uint64_t word)
{
	return __atomic_compare_exchange_n(at, &seen, word, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}

void
limit_init(struct limiter *l)
{
	rand_bytes(l->key, sizeof(l->key));
}

uint64_t
limit_key(const struct limiter *l, int what, struct str who)
{
	unsigned char key[SIPHASH_KEY_SIZE];

	memcpy(key, l->key, sizeof(key));
	key[0] ^= (unsigned char)what;
	return siphash(key, who);
}

struct str
limit_address(struct str text, unsigned char out[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char z[INET6_ADDRSTRLEN] = "";

	if (text.len < sizeof(z) && text.len > 0)
		memcpy(z, text.ptr, text.len);
	if (inet_pton(AF_INET, z, out) == 1)
		return (struct str){ (char *)out, 4 };
	if (inet_pton(AF_INET6, z, out) != 1)
		return (struct str){ text.len > 0 ? text.ptr : z,
				     text.len < 16 ? text.len : 16 };
	if (memcmp(out, mapped, sizeof(mapped)) == 0)
		return (struct str){ (char *)out + sizeof(mapped), 4 };
	return (struct str){ (char *)out, 8 };
}

/* Fills *out for a window of which `debt_ms` is in use. */
static void
tell(struct limit_state *out, int64_t debt_ms, int64_t count, int64_t window_ms)
{
	int64_t each_ms = window_ms / count, room_ms = window_ms - debt_ms;

	out->left = room_ms * count / window_ms;
	out->full_ms = debt_ms;
	out->retry_ms = room_ms < each_ms ? each_ms - room_ms : 0;
}

static int64_t
debt_of(uint64_t word, uint64_t key, int64_t now_ms)
{
	int64_t debt_ms = is_of(word, key) ? over_ms(word) - now_ms : 0;

	return debt_ms > 0 ? debt_ms : 0;
}

enum err
limit_take(struct limiter *l, uint64_t key, int64_t n, int64_t count, int64_t window_ms,
	   int64_t now_ms, struct limit_state *out)
{
	int64_t cost_ms = n * (window_ms / count), debt_ms, room_ms;
	uint64_t seen, *at;

	do {
		at = find(l, key, &seen);
		debt_ms = debt_of(seen, key, now_ms);
		room_ms = window_ms - debt_ms - cost_ms;
	} while (room_ms >= 0 &&
		 !put(at, seen, word_of(key, now_ms + debt_ms + cost_ms, 0)));
	if (room_ms < 0) {
		*out = (struct limit_state){ 0, debt_ms, -room_ms };
		return ERR_TOO_MANY;
	}
	tell(out, debt_ms + cost_ms, count, window_ms);
	return ERR_OK;
}

enum err
limit_look(struct limiter *l, uint64_t key, int64_t count, int64_t window_ms,
	   int64_t now_ms, struct limit_state *out)
{
	int64_t cost_ms = window_ms / count, debt_ms;
	uint64_t seen;

	find(l, key, &seen);
	debt_ms = debt_of(seen, key, now_ms);
	if (debt_ms + cost_ms > window_ms) {
		*out = (struct limit_state){ 0, debt_ms, debt_ms + cost_ms - window_ms };
		return ERR_TOO_MANY;
	}
	tell(out, debt_ms, count, window_ms);
	return ERR_OK;
}

void
limit_charge(struct limiter *l, uint64_t key, int64_t n, int64_t count, int64_t window_ms,
	     int64_t owed_max_ms, int64_t now_ms)
{
	int64_t most_ms = window_ms - window_ms / count + owed_max_ms;
	int64_t cost_ms = n * window_ms / count, debt_ms;
	uint64_t seen, *at;

	do {
		at = find(l, key, &seen);
		debt_ms = debt_of(seen, key, now_ms) + cost_ms;
		debt_ms = debt_ms < most_ms ? debt_ms : most_ms;
	} while (!put(at, seen, word_of(key, now_ms + debt_ms, 0)));
}

void
limit_give(struct limiter *l, uint64_t key, int64_t n, int64_t count, int64_t window_ms,
	   int64_t now_ms, struct limit_state *out)
{
	int64_t cost_ms = n * (window_ms / count), debt_ms;
	uint64_t seen, *at;

	do {
		at = find(l, key, &seen);
		debt_ms = debt_of(seen, key, now_ms);
		debt_ms = debt_ms > cost_ms ? debt_ms - cost_ms : 0;
	} while (is_of(seen, key) && !put(at, seen, word_of(key, now_ms + debt_ms, 0)));
	tell(out, debt_ms, count, window_ms);
}

/* After so many tries in a row. */
static int64_t
wait_after(int64_t done, int64_t tries, int64_t wait_ms)
{
	return done < tries ? 0 : wait_ms << (done - tries);
}

enum err
limit_try(struct limiter *l, uint64_t key, int64_t tries, int64_t wait_ms, int64_t now_ms,
	  struct limit_state *out)
{
	int64_t most = tries + DOUBLINGS, done, waits_ms, blocked_ms;
	uint64_t seen, *at;

	do {
		at = find(l, key, &seen);
		done = is_of(seen, key) && over_ms(seen) > now_ms ? tries_of(seen) : 0;
		done = done < most ? done : most; /* `tries` may have been more once */
		/* It is over as long after the wait as the wait took. */
		blocked_ms = done < tries
				     ? 0
				     : over_ms(seen) - wait_after(done, tries, wait_ms) -
					       now_ms;
		if (blocked_ms > 0) {
			*out = (struct limit_state){ 0, over_ms(seen) - now_ms,
						     blocked_ms };
			return ERR_TOO_MANY;
		}
		done = done < most ? done + 1 : most;
		waits_ms = wait_after(done, tries, wait_ms);
		out->full_ms = waits_ms > 0 ? 2 * waits_ms : wait_ms;
	} while (!put(at, seen, word_of(key, now_ms + out->full_ms, done)));
	out->left = done < tries ? tries - done : 0;
	out->retry_ms = waits_ms;
	return ERR_OK;
}

void
limit_untry(struct limiter *l, uint64_t key, int64_t tries, int64_t wait_ms,
	    int64_t now_ms)
{
	int64_t done, waits_ms;
	uint64_t seen, *at;

	do {
		at = find(l, key, &seen);
		done = is_of(seen, key) ? tries_of(seen) : 0;
		if (done == 0)
			return;
		waits_ms = wait_after(done - 1, tries, wait_ms);
	} while (!put(at, seen,
		      word_of(key, now_ms + (waits_ms > 0 ? waits_ms : wait_ms),
			      done - 1)));
}

void
limit_forget(struct limiter *l, uint64_t key)
{
	uint64_t seen, *at;

	do
		at = find(l, key, &seen);
	while (is_of(seen, key) && !put(at, seen, 0));
}
