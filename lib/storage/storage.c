/* storage.c: files in a directory, whole or not at all. Runs in runners. */
#include "storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is made in a directory has its group. */
enum { PATH_SIZE = 512, MODE = 0640, DIRECTORY_MODE = 02750 };

static bool
path_of(const char *directory, const char *name, char path[PATH_SIZE])
{
	if (snprintf(path, PATH_SIZE, "%s/%s", directory, name) < PATH_SIZE)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

enum err
storage_directory(const char *directory)
{
	if (mkdir(directory, DIRECTORY_MODE) != 0)
		return errno == EEXIST ? ERR_OK : ERR_INTERNAL;
	return chmod(directory, DIRECTORY_MODE) == 0 ? ERR_OK : ERR_INTERNAL;
}

int
storage_make(const char *directory)
{
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);

	/* Whatever the umask. */
	if (fd >= 0 && fchmod(fd, MODE) != 0) {
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
