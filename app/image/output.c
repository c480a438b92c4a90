/* output.c: what hob-image makes, to the descriptors that it was given. */
#include <errno.h>
#include <unistd.h>

#include "image/work.h"

bool
output_write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EFBIG)
			return false;
		/* A disk that is full is no fault of the file. */
		if (n <= 0)
			_exit(EXIT_SOFTWARE);
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool
output_write(enum image_variant v, const void *bytes, size_t len)
{
	return output_write_all(IMAGE_FD_OUT + (int)v, bytes, len);
}
