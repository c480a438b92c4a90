/*
 * wipe.c: the stack of functions that have returned. Runs in workers.
 */
#include "core/wipe.h"

#include <string.h>

/* The deepest that a request goes is a login: 20 KiB (measured with a painted stack). */
enum { STACK_BYTES = 32 * 1024 };

__attribute__((noinline)) void
wipe_stack(void)
{
	char below[STACK_BYTES];

	explicit_bzero(below, sizeof(below));
}
