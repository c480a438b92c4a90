/*
 * cache.c: a table of names with the least recently used at one end of a list.
 *
 * An entry is one block of memory: its head, the places of its keys, its name and its
 * value. The table has two buckets for each entry there may be and never grows. Invalid
 * entries are dropped when they are met; the others go by age. Runs in workers.
 */
#include "cache/cache.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "core/die.h"

struct entry {
	struct entry *in_bucket;
	struct entry *newer, *older;
	uint64_t hash;
	uint64_t stamp;
	int64_t until_ms;
	size_t size; /* of the block */
	uint32_t key_count, name_len, value_len;
	uint32_t places[]; /* then the name, then the value */
};

struct cache {
	const struct stamps *stamps;
	size_t max_entries, max_bytes;
	size_t count, bytes;
	size_t bucket_count;
	struct entry *newest, *oldest;
	struct entry *buckets[];
};

enum { SHARE_OF_ONE = 16 };

struct cache *
cache_new(const struct stamps *stamps, size_t max_entries, size_t max_bytes)
{
	size_t buckets = 2 * max_entries + 1;
	struct cache *c = calloc(1, sizeof(*c) + buckets * sizeof(c->buckets[0]));

	if (c == NULL)
		die("out of memory for a cache of %zu entries", max_entries);
	c->stamps = stamps;
	c->max_entries = max_entries;
	c->max_bytes = max_bytes;
	c->bucket_count = buckets;
	return c;
}

void
cache_key_add(struct cache_keys *k, struct str key)
{
	if (k->count < CACHE_KEYS_MAX)
		k->places[k->count] = stamp_place(key);
	if (k->count <= CACHE_KEYS_MAX)
		k->count++;
}

/* --- the list ------------------------------------------------------------ */

static void
unlink_entry(struct cache *c, struct entry *e)
{
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void
link_newest(struct cache *c, struct entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

/* --- the table ----------------------------------------------------------- */

static char *
name_of(struct entry *e)
{
	return (char *)(e->places + e->key_count);
}

static struct entry **
place_of(struct cache *c, uint64_t hash, struct str name)
{
	struct entry **at = &c->buckets[hash % c->bucket_count];

	while (*at != NULL && ((*at)->hash != hash || (*at)->name_len != name.len ||
			       memcmp(name_of(*at), name.ptr, name.len) != 0))
		at = &(*at)->in_bucket;
	return at;
}

static void
drop(struct cache *c, struct entry **at)
{
	struct entry *e = *at;

	*at = e->in_bucket;
	unlink_entry(c, e);
	c->count--;
	c->bytes -= e->size;
	free(e);
}

static void
drop_oldest(struct cache *c)
{
	struct entry **at = &c->buckets[c->oldest->hash % c->bucket_count];

	while (*at != c->oldest)
		at = &(*at)->in_bucket;
	drop(c, at);
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	while (c->oldest != NULL)
		drop_oldest(c);
	free(c);
}

bool
cache_find(struct cache *c, struct str name, int64_t now_ms, struct str *out)
{
	struct entry **at = place_of(c, XXH3_64bits(name.ptr, name.len), name);
	struct entry *e = *at;

	if (e == NULL)
		return false;
	if (now_ms >= e->until_ms ||
	    !stamp_holds(c->stamps, e->stamp, e->places, e->key_count)) {
		drop(c, at);
		return false;
	}
	unlink_entry(c, e);
	link_newest(c, e);
	*out = (struct str){ name_of(e) + e->name_len, e->value_len };
	return true;
}

void
cache_keep(struct cache *c, struct str name, uint64_t stamp,
	   const struct cache_keys *keys, int64_t until_ms, struct str value)
{
	size_t size = sizeof(struct entry) + keys->count * sizeof(uint32_t) + name.len +
		      value.len;
	uint64_t hash = XXH3_64bits(name.ptr, name.len);
	struct entry **at = place_of(c, hash, name), *e;

	if (*at != NULL)
		drop(c, at);
	if (c->max_entries == 0 || keys->count > CACHE_KEYS_MAX ||
	    size > c->max_bytes / SHARE_OF_ONE ||
	    !stamp_holds(c->stamps, stamp, keys->places, keys->count))
		return;
	while (c->count >= c->max_entries || c->bytes + size > c->max_bytes)
		drop_oldest(c);
	e = malloc(size);
	if (e == NULL)
		die("out of memory for an entry of a cache");
	*e = (struct entry){ .hash = hash,
			     .stamp = stamp,
			     .until_ms = until_ms,
			     .size = size,
			     .key_count = (uint32_t)keys->count,
			     .name_len = (uint32_t)name.len,
			     .value_len = (uint32_t)value.len };
	memcpy(e->places, keys->places, keys->count * sizeof(uint32_t));
	memcpy(name_of(e), name.ptr, name.len);
	memcpy(name_of(e) + name.len, value.ptr, value.len);
	at = &c->buckets[hash % c->bucket_count];
	e->in_bucket = *at;
	*at = e;
	link_newest(c, e);
	c->count++;
	c->bytes += size;
}

size_t
cache_count(const struct cache *c)
{
	return c->count;
}

size_t
cache_bytes(const struct cache *c)
{
	return c->bytes;
}
