/*
 * pid_file.c: see pid_file.h. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is `fd` still the file at the path, or did the one before us remove it as it ended? */
static bool
is_there(const char *path, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static bool
write_pid(int fd)
{
	return dprintf(fd, "%d\n", (int)getpid()) >= 0 &&
	       ftruncate(fd, lseek(fd, 0, SEEK_CUR)) == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

enum err
pid_file_lock(const char *path, int *fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (;;) {
		if (*fd < 0)
			*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (*fd < 0)
			return ERR_IO;
		if (fcntl(*fd, F_SETLK, &lock) != 0)
			return errno == EACCES || errno == EAGAIN ? ERR_CONFLICT : ERR_IO;
		if (is_there(path, *fd))
			break;
		close(*fd);
		*fd = -1;
	}
	return write_pid(*fd) ? ERR_OK : ERR_IO;
}
