/*
 * vectors.c: files of t/vectors, which clients are served too, for the tests of C.
 */
#include "vectors.h"

#include <check.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void
vectors_read(struct arena *a, const char *path, struct json_doc *out)
{
	int fd = open(path, O_RDONLY);
	struct json_fault fault;
	struct stat st;
	char *text;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	text = arena_alloc(a, (size_t)st.st_size);
	ck_assert_int_eq(read(fd, text, (size_t)st.st_size), st.st_size);
	close(fd);
	ck_assert_int_eq(json_read(a, (struct str){ text, (size_t)st.st_size },
				   (struct json_limits){ 8, SIZE_MAX }, out, &fault),
			 ERR_OK);
}
