/* storage.c: files in a directory, whole or not at all. Runs in runners. */
#include "storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

static bool
path_of(const char *directory, const char *name, char path[PATH_SIZE])
{
	if (snprintf(path, PATH_SIZE, "%s/%s", directory, name) < PATH_SIZE)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

/* Do several users write in this directory? */
static bool
is_shared(const char *directory)
{
	struct stat s;

	return stat(directory, &s) == 0 && (s.st_mode & S_IWGRP) != 0;
}

/* No chmod: that a new directory is setgid, too, the kernel sees to, and a sandbox may forbid to say so. */
enum err
storage_directory(const char *directory)
{
	const char *name = strrchr(directory, '/');
	char above[PATH_SIZE];
	mode_t mask;
	int e;

	/* The part before its name, with a point behind it. */
	snprintf(above, PATH_SIZE, "%.*s/.", name != NULL ? (int)(name - directory) : 0,
		 directory);
	mask = umask(0);
	e = mkdir(directory, is_shared(above) ? 0775 : 0750);
	umask(mask);
	return e == 0 || errno == EEXIST ? ERR_OK : ERR_INTERNAL;
}

int
storage_make(const char *directory)
{
	mode_t mode = is_shared(directory) ? 0644 : 0640;
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);

	/* Whatever the umask. */
	if (fd >= 0 && fchmod(fd, mode) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

enum err
storage_sync(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), e;

	if (fd < 0)
		return ERR_INTERNAL;
	e = fsync(fd);
	close(fd);
	return e == 0 ? ERR_OK : ERR_INTERNAL;
}

enum err
storage_keep(const char *directory, int fd, const char *name)
{
	char path[PATH_SIZE], self[64];

	if (!path_of(directory, name, path) || fsync(fd) != 0)
		return ERR_INTERNAL;
	/* open(2): how a file of O_TMPFILE gets a name, without CAP_DAC_READ_SEARCH. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0)
		return errno == EEXIST ? ERR_CONFLICT : ERR_INTERNAL;
	/* The name is on the disk when what it stands in is: that is the part of the path before it. */
	*strrchr(path, '/') = '\0';
	return storage_sync(path);
}

int64_t
storage_size(const char *directory, const char *name)
{
	char path[PATH_SIZE];
	struct stat s;

	return path_of(directory, name, path) && stat(path, &s) == 0 ? s.st_size : -1;
}

enum err
storage_remove(const char *directory, const char *name)
{
	char path[PATH_SIZE];

	if (!path_of(directory, name, path))
		return ERR_INTERNAL;
	return unlink(path) == 0 || errno == ENOENT ? ERR_OK : ERR_INTERNAL;
}
