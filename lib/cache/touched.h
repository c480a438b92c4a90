#ifndef HOB_CACHE_TOUCHED_H
#define HOB_CACHE_TOUCHED_H

#include <stddef.h>

#include "core/arena.h"
#include "core/str.h"

/*
 * Keys that a change has touched, each once however often it is added. A key is a kind, a colon and an
 * id, without spaces: "user:<id>", "token:<hash>".
 */
struct touched {
	struct arena *arena;
	struct str *keys;
	int count, room;
	size_t bytes;		/* of all, and a space behind each */
	int *seats;		/* 1 + the index of a key, by its hash; 0 is free */
	size_t seat_count;	/* a power of two, at least twice as many as there are keys */
	struct str rings;	/* a channel on which cache_invalidate says nothing, but says it; or none */
};

/* Its arrays live in `a`. */
void touched_init(struct touched *t, struct arena *a);
/* The key's bytes must outlive `t`. */
void touched_add(struct touched *t, struct str key);
/* All of a text[] as PostgreSQL writes it, "{a,b}": no key has a character that it would quote. */
void touched_add_array(struct touched *t, struct str array);

#endif
