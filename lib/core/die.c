/*
 * die.c: ends a process that cannot go on.
 *
 * Not for errors that a caller can be told. It allocates nothing and runs no exit
 * handlers: a forked worker must not flush what its master had buffered. Runs in every
 * process.
 */
#include "core/die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

_Noreturn void
die(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	while (write(STDERR_FILENO, line, (size_t)n) < 0 && errno == EINTR)
		;
	_exit(EX_SOFTWARE);
}
