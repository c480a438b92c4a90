/*
 * rand.c: random bytes, straight from the kernel.
 *
 * No bytes are buffered, so two workers forked from one master never hand out the same
 * ones. Runs in every process.
 */
#include "core/rand.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "core/die.h"

void
rand_bytes(void *out, size_t len)
{
	char *p = out;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("getrandom: %s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
}
