/*
 * arena.c: memory with one lifetime.
 *
 * A chain of blocks and a mark in the newest of them. The first block outlives
 * a reset, so a request that fits in it costs no malloc at all. Not for memory
 * that grows and shrinks (core/strbuf.h). Runs in every process.
 */
#include "core/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/die.h"

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) char bytes[];
};

struct arena_defer {
	struct arena_defer *next;
	void (*fn)(void *);
	void *object;
};

static struct arena_block *
block_new(size_t size)
{
	struct arena_block *b = NULL;

	if (size < SIZE_MAX - sizeof(*b))
		b = malloc(sizeof(*b) + size);
	if (b == NULL)
		die("out of memory: an arena wanted %zu bytes", size);
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

void
arena_init(struct arena *a, size_t block_size_bytes)
{
	a->first = a->current = block_new(block_size_bytes);
	a->defers = NULL;
	a->block_size_bytes = block_size_bytes;
}

static void
free_from(struct arena_block *b)
{
	while (b != NULL) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
}

void
arena_reset(struct arena *a)
{
	/* A defer is taken off before it runs: it may use the arena itself. */
	while (a->defers != NULL) {
		struct arena_defer *d = a->defers;

		a->defers = d->next;
		d->fn(d->object);
	}
	free_from(a->first->next);
	explicit_bzero(a->first->bytes, a->first->used);
	a->first->next = NULL;
	a->first->used = 0;
	a->current = a->first;
}

void
arena_release(struct arena *a)
{
	arena_reset(a);
	free(a->first);
	a->first = a->current = NULL;
}

/* A new block behind the current one; the one with more room left goes on as current. */
static void *
alloc_in_new_block(struct arena *a, size_t size)
{
	struct arena_block *old = a->current;
	struct arena_block *b =
		block_new(size > a->block_size_bytes ? size : a->block_size_bytes);

	b->next = old->next;
	old->next = b;
	b->used = size;
	if (b->size - b->used >= old->size - old->used)
		a->current = b;
	return b->bytes;
}

void *
arena_alloc(struct arena *a, size_t size_bytes)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *b = a->current;
	size_t size;
	void *p;

	if (size_bytes > SIZE_MAX - align)
		die("out of memory: an arena wanted %zu bytes", size_bytes);
	size = (size_bytes + align - 1) & ~(align - 1);
	if (size > b->size - b->used)
		return alloc_in_new_block(a, size);
	p = b->bytes + b->used;
	b->used += size;
	return p;
}

void *
arena_zalloc(struct arena *a, size_t count, size_t size_bytes)
{
	size_t all;

	if (__builtin_mul_overflow(count, size_bytes, &all))
		die("out of memory: an arena wanted %zu times %zu bytes", count,
		    size_bytes);
	return memset(arena_alloc(a, all), 0, all);
}

char *
arena_cstr(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.len + 1);

	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return p;
}

struct str
arena_str(struct arena *a, struct str s)
{
	if (s.ptr == NULL)
		return STR_NONE;
	return (struct str){ arena_cstr(a, s), s.len };
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("arena_printf: a bad format \"%s\"", fmt);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *object)
{
	struct arena_defer *d = arena_alloc(a, sizeof(*d));

	*d = (struct arena_defer){ a->defers, fn, object };
	a->defers = d;
}

size_t
arena_held_bytes(const struct arena *a)
{
	size_t n = 0;

	for (const struct arena_block *b = a->first; b != NULL; b = b->next)
		n += b->size;
	return n;
}
