#ifndef HOB_CORE_ARENA_H
#define HOB_CORE_ARENA_H

#include <stddef.h>

#include "core/str.h"

/*
 * Memory with one lifetime: everything taken from an arena goes when it is
 * reset. A request has one, start-up has one. Foreign objects join it with
 * arena_defer. Never returns NULL: without memory the process says so and
 * exits (the master starts another).
 */
struct arena_block;
struct arena_defer;

struct arena {
	struct arena_block *first;
	struct arena_block *current;
	struct arena_defer *defers;
	size_t block_size_bytes;
};

/* `block_size_bytes` is the size of the first block and the least of any other. */
void arena_init(struct arena *a, size_t block_size_bytes);
/*
 * Runs the defers, newest first; keeps the first block, frees the others. What was in them
 * is overwritten (core/wipe.h): a request may have brought a password.
 */
void arena_reset(struct arena *a);
/* As reset, and frees all. The arena must be initialised anew before use. */
void arena_release(struct arena *a);

/* Aligned for any type; not cleared. */
void *arena_alloc(struct arena *a, size_t size_bytes);
/* `count * size_bytes` zero bytes; overflow counts as out of memory. */
void *arena_zalloc(struct arena *a, size_t count, size_t size_bytes);
/* Copies; the result is NUL-terminated for those who need that. */
struct str arena_str(struct arena *a, struct str s);
char *arena_cstr(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Calls fn(object) when the arena is reset or released. */
void arena_defer(struct arena *a, void (*fn)(void *), void *object);
/* Bytes held in blocks, for status and tests. */
size_t arena_held_bytes(const struct arena *a);

#endif
