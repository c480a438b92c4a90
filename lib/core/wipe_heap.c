/*
 * wipe_heap.c: free() and realloc() of the whole program, which overwrite what they free.
 *
 * Passwords and tokens pass through libfcgi, cJSON, libpq and OpenSSL, and each of them frees
 * them as they are; here they all come by. Left out of the sanitized build (Makefile). Runs in
 * every process.
 */
#include "core/wipe.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* glibc's own, under the names it exports for replacements. */
void __libc_free(void *p);

void
free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	__libc_free(p);
}

/* Stays in place while there is room: what lies behind is overwritten when it is freed. */
void *
realloc(void *p, size_t size)
{
	size_t room;
	void *fresh;

	if (p == NULL)
		return malloc(size);
	room = malloc_usable_size(p);
	if (size > 0 && size <= room && size >= room / 2)
		return p;
	fresh = size > 0 ? malloc(size) : NULL;
	if (fresh != NULL)
		memcpy(fresh, p, size < room ? size : room);
	if (fresh != NULL || size == 0)
		free(p);
	return fresh;
}
