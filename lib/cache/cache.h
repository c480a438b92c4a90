#ifndef HOB_CACHE_CACHE_H
#define HOB_CACHE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/stamp.h"
#include "core/str.h"

/*
 * What one process remembers, bounded in number and bytes; the least recently used goes
 * first. An entry is found only while it is true (stamp.h) and its time is not over.
 */
struct cache;

/* `stamps` must outlive it. An entry larger than a sixteenth of `max_bytes` is not kept. */
struct cache *cache_new(const struct stamps *stamps, size_t max_entries, size_t max_bytes);
void cache_free(struct cache *c);

/* The keys that an answer hangs on: a change of any of them voids it. */
enum { CACHE_KEYS_MAX = 64 };
struct cache_keys {
	uint32_t places[CACHE_KEYS_MAX];
	size_t count;		/* CACHE_KEYS_MAX + 1: too many to be kept */
};
void cache_key_add(struct cache_keys *k, struct str key);

/*
 * True and *out, valid until the next cache_keep, when `name` is known and still
 * true. `now_ms` is the monotonic clock's.
 */
bool cache_find(struct cache *c, struct str name, int64_t now_ms, struct str *out);
/*
 * Keeps a copy of `value` under `name`, in place of what stood there. `stamp` was taken before the
 * value's source was asked; it ends at `until_ms`. Silently not kept: what is too large, has too
 * many keys, or is void already.
 */
void cache_keep(struct cache *c, struct str name, uint64_t stamp,
		const struct cache_keys *keys, int64_t until_ms, struct str value);
/* What it holds now; the bytes count entries whole. */
size_t cache_count(const struct cache *c);
size_t cache_bytes(const struct cache *c);

#endif
