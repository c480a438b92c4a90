/*
 * listen.c: binds a listening socket. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/listen.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool
give_to_group(const char *path, const char *group)
{
	const struct group *g;

	if (chmod(path, 0660) != 0)
		return false;
	if (group == NULL)
		return true;
	errno = 0;
	g = getgrnam(group);
	if (g == NULL) {
		if (errno == 0)
			errno = EINVAL;
		return false;
	}
	return chown(path, (uid_t)-1, g->gr_gid) == 0;
}

/* A socket without a listener is left over; one that answers is in use. */
static bool
clear_the_way(int fd, const struct sockaddr_un *a)
{
	struct stat st;

	if (connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 || errno == EAGAIN) {
		errno = EADDRINUSE;
		return false;
	}
	if (errno == ENOENT)
		return true;
	if (errno != ECONNREFUSED || stat(a->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	return unlink(a->sun_path) == 0;
}

int
listen_at(const char *path, const char *group, int backlog)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, saved;
	bool ok;

	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (!clear_the_way(fd, &a))
		goto fail;
	mask = umask(0177);
	ok = bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0;
	umask(mask);
	if (ok && give_to_group(path, group) && listen(fd, backlog) == 0)
		return fd;
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
