/* hostname.c: which host this is. */
#include "core/hostname.h"

#include <unistd.h>

void
hostname_get(char out[HOSTNAME_SIZE])
{
	out[0] = '\0';
	gethostname(out, HOSTNAME_SIZE);
	out[HOSTNAME_SIZE - 1] = '\0';
}
