#ifndef HOB_CACHE_STAMP_H
#define HOB_CACHE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

/*
 * The validity of cached values, in memory that all processes of a host share. A clock
 * counts changes; each key (a text such as "user:<id>", by its hash) has the time of its
 * last change. A reader takes a stamp, the clock, before it reads any source; the value
 * is valid as long as none of its keys changed after the stamp. The keys need not be
 * known beforehand, and one number serves any set of them (the idea of TL2: Dice, Shalev,
 * Shavit, Transactional Locking II, 2006).
 *
 * Two keys may share a place; a change of one then costs the other a miss, never more.
 * Words are atomic and sequentially consistent; there is no lock that a killed process
 * could leave behind.
 */
enum { STAMP_PLACES = 65536 };

struct stamps {
	_Alignas(64) uint64_t clock;
	_Alignas(64) uint64_t floor;	/* nothing read before this counts */
	_Alignas(64) uint64_t places[STAMP_PLACES];	/* 512 KiB */
};

/* The place of a key: store this instead of the key. */
uint32_t stamp_place(struct str key);
/* Take it BEFORE the source is asked. */
uint64_t stamp_now(const struct stamps *s);
/* Marks the key as changed: when its source shows the change, before the reply. */
void stamp_touch(struct stamps *s, struct str key);
/* Invalidates everything that was read until now. */
void stamp_forget_all(struct stamps *s);
/* Is a value that was read at `stamp`, and depends on `count` places, still valid? */
bool stamp_holds(const struct stamps *s, uint64_t stamp, const uint32_t *places,
		 size_t count);

#endif
