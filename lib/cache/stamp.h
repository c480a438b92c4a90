#ifndef HOB_CACHE_STAMP_H
#define HOB_CACHE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

/*
 * What was read when, in memory that all processes of a host share. A clock counts
 * changes; for each key (a text such as "user:<id>", by its hash) stands the time of its last
 * change. Whoever reads takes a stamp, the clock, before looking at any source; what was
 * read is true as long as none of its keys changed after the stamp. The keys need
 * not be known beforehand, and one number serves any set of them (the idea of TL2: Dice,
 * Shalev, Shavit, Transactional Locking II, 2006).
 *
 * Two keys may share a place; a change of one then costs the other a look, never more. Words
 * are atomic and sequentially consistent; no lock that a killed process could leave behind.
 */
enum { STAMP_PLACES = 65536 };

struct stamps {
	_Alignas(64) uint64_t clock;
	_Alignas(64) uint64_t floor;	/* nothing read before this counts */
	_Alignas(64) uint64_t places[STAMP_PLACES];	/* 512 KiB */
};

/* Where the key stands: what to keep of it. */
uint32_t stamp_place(struct str key);
/* Take it BEFORE the source is asked. */
uint64_t stamp_now(const struct stamps *s);
/* The key changed: after the change can be seen at its source, before anybody is told. */
void stamp_touch(struct stamps *s, struct str key);
/* Anything may have changed: nothing that was read until now counts. */
void stamp_forget_all(struct stamps *s);
/* Is what was read at `stamp`, and hangs on `count` places, still true? */
bool stamp_holds(const struct stamps *s, uint64_t stamp, const uint32_t *places,
		 size_t count);

#endif
