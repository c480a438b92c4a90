/*
 * inherit.c: the listening socket, and what one image of the master leaves the next.
 *
 * USR2 executes the program in place: same process, same descriptors. Their numbers go
 * through the environment, with the pids of workers still busy, which stay our
 * children. One process after another on a listening socket that somebody holds for both
 * (systemd): the first sends them, as it ends, into the backlog of that socket, where they
 * stay alive until the next accepts. A kept connection is so never closed under nginx.
 * Runs in the master.
 */
#define HOB_MASTER
#include "supervise/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stddef.h>
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
 * "started_us,listen,kept,lock" and then for each connection ",fd" or ",fd:pid" (that worker
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

/*
 * By this name (abstract, and its pid) a connection is known to bring what inherit_leave left;
 * nginx's have none. The kernel takes 253 descriptors in one message.
 */
static const char handover_name[] = "hob-handover.";
enum { SEND_MAX = 200 };
/* Messages read in one turn: those of a gate that was full. */
enum { MESSAGES_MAX = SCOREBOARD_CONNS / SEND_MAX + 2 };

struct left {
	int fd; /* -1: only a worker */
	int32_t pid;
};

static struct {
	int64_t started_us; /* 0: nobody was before us */
	int count;
	struct left left[SCOREBOARD_CONNS + SCOREBOARD_WORKERS];
} handed;

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
read_left(struct str s)
{
	struct str fd_text = str_cut(&s, ':');
	int64_t fd = -1, pid = 0;

	if (fd_text.len > 0 && (!str_to_i64(fd_text, &fd) || fd < 0 || fd > INT32_MAX))
		return;
	if (s.ptr != NULL && (!str_to_i64(s, &pid) || pid <= 1 || pid > INT32_MAX))
		return;
	if (fd >= 0 && !adopt_fd((int)fd))
		return;
	if (handed.count < (int)(sizeof(handed.left) / sizeof(handed.left[0])))
		handed.left[handed.count++] = (struct left){ (int)fd, (int32_t)pid };
}

static void
read_handover(struct prefork *p, struct str s)
{
	int64_t listen_fd, kept, lock_fd;

	if (!str_to_i64(str_cut(&s, ','), &handed.started_us) ||
	    !str_to_i64(str_cut(&s, ','), &listen_fd) || listen_fd < 0 ||
	    listen_fd > INT32_MAX || !adopt_fd((int)listen_fd) ||
	    !str_to_i64(str_cut(&s, ','), &kept) ||
	    !str_to_i64(str_cut(&s, ','), &lock_fd) || lock_fd > INT32_MAX)
		return;
	p->listen_fd = (int)listen_fd;
	p->listen_kept = kept != 0;
	if (lock_fd >= 0 && fcntl((int)lock_fd, F_SETFD, FD_CLOEXEC) == 0)
		p->lock_fd = (int)lock_fd;
	while (s.ptr != NULL)
		read_left(str_cut(&s, ','));
}

static void
from_systemd(struct prefork *p)
{
	int64_t pid, count;

	if (!str_to_i64(str_of(getenv("LISTEN_PID")), &pid) || pid != getpid() ||
	    !str_to_i64(str_of(getenv("LISTEN_FDS")), &count) || count < 1 ||
	    !adopt_fd(LISTEN_FDS_START))
		return;
	p->listen_fd = LISTEN_FDS_START;
	p->listen_kept = true;
}

void
prefork_inherit(struct prefork *p)
{
	const char *left = getenv(env_name);

	p->listen_fd = p->lock_fd = -1;
	p->listen_kept = false;
	if (left != NULL)
		read_handover(p, str_of(left));
	else
		from_systemd(p);
	unsetenv(env_name);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (p->listen_fd >= 0)
		fcntl(p->listen_fd, F_SETFL, fcntl(p->listen_fd, F_GETFL) | O_NONBLOCK);
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

	m->board->started_us = handed.started_us;
	if (m->board->started_us == 0)
		m->board->started_us = clock_now_us();
	for (i = 0; i < handed.count; i++) {
		if (handed.left[i].fd >= 0)
			gate_adopt(&m->gate, handed.left[i].fd, handed.left[i].pid);
		else
			adopt_worker(m, handed.left[i].pid);
	}
	handed.count = 0;
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
set_cloexec(const struct master *m, int flag)
{
	const struct gate *g = &m->gate;
	int i;

	fcntl(g->listen_fd, F_SETFD, flag);
	if (m->p->lock_fd >= 0)
		fcntl(m->p->lock_fd, F_SETFD, flag);
	for (i = 0; i < g->used; i++)
		if (g->conns[i].fd >= 0)
			fcntl(g->conns[i].fd, F_SETFD, flag);
}

static void
write_handover(const struct master *m, struct strbuf *b)
{
	const struct gate *g = &m->gate;
	uint64_t word;
	int i;

	strbuf_addf(b, "%lld,%d,%d,%d", (long long)m->board->started_us, g->listen_fd,
		    m->p->listen_kept, m->p->lock_fd);
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
	write_handover(m, &b);
	set_cloexec(m, 0);
	setenv(env_name, b.ptr, 1);
	execv(m->program, m->p->argv);
	saved = errno;
	unsetenv(env_name);
	set_cloexec(m, FD_CLOEXEC);
	strbuf_release(&b);
	errno = saved;
}

/* --- from one process to the next ------------------------------------------ */

union fds_space {
	char buf[CMSG_SPACE(SEND_MAX * sizeof(int))];
	struct cmsghdr align;
};

/* A connection to our own listening socket, under the name; -1 with errno. */
static int
connect_to_backlog(int listen_fd)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX }, own = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(a);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int n = snprintf(own.sun_path + 1, sizeof(own.sun_path) - 1, "%s%d",
			 handover_name, (int)getpid());
	socklen_t own_len =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);

	if (fd >= 0 && getsockname(listen_fd, (struct sockaddr *)&a, &len) == 0 &&
	    bind(fd, (const struct sockaddr *)&own, own_len) == 0 &&
	    connect(fd, (const struct sockaddr *)&a, len) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool
send_fds(int to, const int *fds, int count)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	union fds_space space;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t bytes = (size_t)count * sizeof(*fds);
	struct cmsghdr *c;

	memset(&space, 0, sizeof(space));
	msg.msg_control = space.buf;
	msg.msg_controllen = CMSG_SPACE(bytes);
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(c), fds, bytes);
	return sendmsg(to, &msg, MSG_NOSIGNAL) == 1;
}

static bool
send_all(const struct gate *g, int to)
{
	int fds[SEND_MAX];
	int i, n = 0;
	bool good = true;

	for (i = 0; i < g->used && good; i++) {
		enum conn_state s = conn_word_state(conn_load(&g->board->conns[i]));

		if (g->conns[i].fd < 0 || (s != CONN_IDLE && s != CONN_READY))
			continue;
		fds[n++] = g->conns[i].fd;
		if (n < SEND_MAX)
			continue;
		good = send_fds(to, fds, n);
		n = 0;
	}
	return good && (n == 0 || send_fds(to, fds, n));
}

bool
inherit_leave(struct master *m)
{
	int to;
	bool good;

	gate_accept_all(&m->gate); /* a full backlog would take no more */
	to = connect_to_backlog(m->gate.listen_fd);
	good = to >= 0 && send_all(&m->gate, to);
	if (!good)
		log_say(LOG_WARN, "connections_lost",
			"%u connections could not be left to the next process: %s",
			m->board->connections, strerror(errno));
	if (to >= 0)
		close(to);
	return good;
}

/* Of the same user as we are: who may connect could otherwise give us any file to read. */
static bool
is_handover(int fd, const struct sockaddr_un *peer, socklen_t len)
{
	struct ucred who;
	socklen_t size = sizeof(who);
	size_t head = offsetof(struct sockaddr_un, sun_path) + 1;
	size_t name = sizeof(handover_name) - 1;

	return len > head + name && peer->sun_path[0] == '\0' &&
	       memcmp(peer->sun_path + 1, handover_name, name) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
	       who.uid == geteuid();
}

/* Closes what is no socket: a worker would read it as a request. */
static void
take_fds(struct gate *g, const struct cmsghdr *c)
{
	size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	size_t i;
	int fd;

	for (i = 0; i < count; i++) {
		memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
		if (adopt_fd(fd))
			gate_adopt(g, fd, 0);
		else
			close(fd);
	}
}

/* ERR_TIMEOUT: more may come. ERR_CLOSED: that was all. */
static enum err
receive_fds(struct gate *g, int from)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	union fds_space space;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	const struct cmsghdr *c;
	ssize_t n;

	msg.msg_control = space.buf;
	msg.msg_controllen = sizeof(space.buf);
	n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n != 1)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? ERR_TIMEOUT
								    : ERR_CLOSED;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		take_fds(g, c);
	return ERR_OK;
}

bool
inherit_receive_more(struct gate *g, int fd)
{
	enum err e = ERR_OK;
	int n;

	for (n = 0; n < MESSAGES_MAX && e == ERR_OK; n++)
		e = receive_fds(g, fd);
	if (e != ERR_CLOSED)
		return true;
	/* By hand: a child may have been forked with it, and epoll would go on with it. */
	epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	close(fd);
	return false;
}

bool
inherit_receive(struct gate *g, int fd, const struct sockaddr_un *peer, socklen_t len)
{
	/* Unnamed, as nginx's are: the family is all there is of the address. */
	if (len <= offsetof(struct sockaddr_un, sun_path) || !is_handover(fd, peer, len))
		return false;
	if (inherit_receive_more(g, fd) && !gate_watch(g, fd, SOURCE_HANDOVER))
		close(fd);
	return true;
}
