/*
 * inherit.c: the listening socket, and what one image of the master leaves the next.
 *
 * USR2 executes the program in place: same process, same descriptors. Their numbers go
 * through the environment, with the pids of workers still busy, which stay our
 * children. A kept connection is so never closed under nginx. Runs in the master.
 */
#define HOB_MASTER
#include "prefork/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/str.h"
#include "core/strbuf.h"
#include "log/log.h"

/*
 * "started_us,listen" and then for each connection ",fd" or ",fd:pid" (that worker
 * is serving it), and ",:pid" for each worker alive.
 */
static const char env_name[] = "HOB_INHERIT";

/*
 * Connections waiting to be accepted. Small: what does not fit is an instant 502
 * and not a long wait; large enough for a burst while the gate waits for a processor
 * (5 ms of nginx opening one every 20 µs).
 */
enum { BACKLOG = 256 };
/* Descriptors systemd passes begin here (sd_listen_fds). */
enum { LISTEN_FDS_START = 3 };

struct heir {
	int fd; /* -1: only a worker */
	int32_t pid;
};

static struct {
	int64_t started_us; /* 0: nobody was before us */
	int count;
	struct heir heirs[SCOREBOARD_CONNS + SCOREBOARD_WORKERS];
} estate;

/* --- binding --------------------------------------------------------------- */

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

/* A socket nobody listens on is left over; one that answers is somebody's. */
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
prefork_bind(const char *path, const char *group)
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
	if (ok && give_to_group(path, group) && listen(fd, BACKLOG) == 0)
		return fd;
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* --- reading what was left ------------------------------------------------- */

static bool
adopt_fd(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* One "fd", "fd:pid" or ":pid". */
static void
read_heir(struct str s)
{
	struct str fd_text = str_cut(&s, ':');
	int64_t fd = -1, pid = 0;

	if (fd_text.len > 0 && (!str_to_i64(fd_text, &fd) || fd < 0 || fd > INT32_MAX))
		return;
	if (s.ptr != NULL && (!str_to_i64(s, &pid) || pid <= 1 || pid > INT32_MAX))
		return;
	if (fd >= 0 && !adopt_fd((int)fd))
		return;
	if (estate.count < (int)(sizeof(estate.heirs) / sizeof(estate.heirs[0])))
		estate.heirs[estate.count++] = (struct heir){ (int)fd, (int32_t)pid };
}

static int
read_estate(struct str s)
{
	int64_t listen_fd;

	if (!str_to_i64(str_cut(&s, ','), &estate.started_us) ||
	    !str_to_i64(str_cut(&s, ','), &listen_fd) || listen_fd < 0 ||
	    listen_fd > INT32_MAX || !adopt_fd((int)listen_fd))
		return -1;
	while (s.ptr != NULL)
		read_heir(str_cut(&s, ','));
	return (int)listen_fd;
}

static int
from_systemd(void)
{
	int64_t pid, count;

	if (!str_to_i64(str_of(getenv("LISTEN_PID")), &pid) || pid != getpid() ||
	    !str_to_i64(str_of(getenv("LISTEN_FDS")), &count) || count < 1 ||
	    !adopt_fd(LISTEN_FDS_START))
		return -1;
	return LISTEN_FDS_START;
}

int
prefork_inherit(void)
{
	const char *left = getenv(env_name);
	int fd = left != NULL ? read_estate(str_of(left)) : from_systemd();

	unsetenv(env_name);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return fd;
}

/* A worker of the image before us: it only has to finish. */
static void
adopt_worker(struct master *m, int32_t pid)
{
	struct worker_slot *s;
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		s = &m->board->workers[i];
		if (s->pid != 0)
			continue;
		s->pid = pid;
		s->leave = 1;
		s->state = WORKER_LEAVING;
		s->route = -1;
		/* Its own scoreboard went with the old image: count from now. */
		s->started_ns = s->request_ns = m->now;
		return;
	}
}

void
inherit_take(struct master *m)
{
	int i;

	m->board->started_us = estate.started_us;
	if (m->board->started_us == 0)
		m->board->started_us = clock_now_us();
	for (i = 0; i < estate.count; i++) {
		if (estate.heirs[i].fd >= 0)
			gate_adopt(&m->gate, estate.heirs[i].fd, estate.heirs[i].pid);
		else
			adopt_worker(m, estate.heirs[i].pid);
	}
	estate.count = 0;
}

/* --- leaving it ------------------------------------------------------------ */

/*
 * The path as it was called, so that a link to a new release or a file put in its
 * place is what runs next; the kernel's own idea of it would be the old file.
 */
void
inherit_remember_program(struct master *m)
{
	const char *called = m->p->argv != NULL ? m->p->argv[0] : NULL;
	char here[sizeof(m->program) / 2];
	ssize_t n;

	if (called != NULL && called[0] == '/') {
		snprintf(m->program, sizeof(m->program), "%s", called);
	} else if (called != NULL && strchr(called, '/') != NULL &&
		   getcwd(here, sizeof(here)) != NULL) {
		snprintf(m->program, sizeof(m->program), "%s/%s", here, called);
	} else {
		n = readlink("/proc/self/exe", m->program, sizeof(m->program) - 1);
		m->program[n > 0 ? n : 0] = '\0';
	}
}

static void
set_cloexec(const struct gate *g, int flag)
{
	int i;

	fcntl(g->listen_fd, F_SETFD, flag);
	for (i = 0; i < g->used; i++)
		if (g->conns[i].fd >= 0)
			fcntl(g->conns[i].fd, F_SETFD, flag);
}

static void
write_estate(const struct master *m, struct strbuf *b)
{
	const struct gate *g = &m->gate;
	uint64_t word;
	int i;

	strbuf_addf(b, "%lld,%d", (long long)m->board->started_us, g->listen_fd);
	for (i = 0; i < g->used; i++) {
		if (g->conns[i].fd < 0)
			continue;
		word = conn_load(&m->board->conns[i]);
		strbuf_addf(b, ",%d", g->conns[i].fd);
		if (conn_word_state(word) == CONN_TAKEN)
			strbuf_addf(b, ":%d", (int)conn_word_pid(word));
	}
	for (i = 0; i < SCOREBOARD_WORKERS; i++)
		if (m->board->workers[i].pid != 0)
			strbuf_addf(b, ",:%d", (int)m->board->workers[i].pid);
}

void
inherit_exec(struct master *m)
{
	struct strbuf b;
	int saved;

	strbuf_init(&b);
	write_estate(m, &b);
	set_cloexec(&m->gate, 0);
	setenv(env_name, b.ptr, 1);
	execv(m->program, m->p->argv);
	saved = errno;
	unsetenv(env_name);
	set_cloexec(&m->gate, FD_CLOEXEC);
	strbuf_release(&b);
	errno = saved;
}
