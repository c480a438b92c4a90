#ifndef HOB_CACHE_CACHE_H
#define HOB_CACHE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache/stamp.h"
#include "core/str.h"

/*
 * The cache of one process, bounded in entries and bytes; the least recently used entry
 * goes first. An entry is found only while it is valid (stamp.h) and not expired.
 */
struct cache;

/* `stamps` must outlive it. An entry larger than a sixteenth of `max_bytes` is not kept. */
struct cache *cache_new(const struct stamps *stamps, size_t max_entries, size_t max_bytes);
void cache_free(struct cache *c);

/* The keys that an entry depends on: a change of any of them invalidates it. */
enum { CACHE_KEYS_MAX = 64 };
struct cache_keys {
	uint32_t places[CACHE_KEYS_MAX];
	size_t count;		/* CACHE_KEYS_MAX + 1: too many to be kept */
};
void cache_key_add(struct cache_keys *k, struct str key);

/*
 * True and *out, good until the next cache_keep, when `name` has a valid entry. `now_ms`
 * is the monotonic clock's.
 */
bool cache_find(struct cache *c, struct str name, int64_t now_ms, struct str *out);
/*
 * Stores a copy of `value` under `name`, in place of the former one. Take `stamp` before
 * its source is read; the entry expires at `until_ms`. A value that is too large, has too
 * many keys, or is invalid already is silently not stored.
 */
void cache_keep(struct cache *c, struct str name, uint64_t stamp,
		const struct cache_keys *keys, int64_t until_ms, struct str value);
/* The size now; the bytes count whole entries. */
size_t cache_count(const struct cache *c);
size_t cache_bytes(const struct cache *c);

#endif
