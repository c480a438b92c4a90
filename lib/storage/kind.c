/* kind.c: what kinds of stores share. Runs in every process. */
#include "storage/kind.h"

#include <stdarg.h>
#include <stdio.h>

enum err
store_fail(struct store *s, enum err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	return e;
}
