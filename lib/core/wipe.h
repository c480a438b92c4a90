#ifndef HOB_CORE_WIPE_H
#define HOB_CORE_WIPE_H

/*
 * Overwrites memory before it is freed.
 *
 * wipe_heap.c puts free() and realloc() before those of libc for the whole program,
 * libraries too: they overwrite the memory first. With arena_reset and strbuf_clear,
 * which overwrite what they keep, and wipe_stack, a request leaves nothing behind that
 * this process allocated. Not in the sanitized build, whose own free() must see
 * everything.
 */

/* Overwrites the stack below the caller, where functions that have returned left their variables. */
void wipe_stack(void);

#endif
