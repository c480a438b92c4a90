/*
 * pass.c: from one process to the next on a listening socket that another process holds
 * for both (systemd): the first sends its kept connections, as it ends, into the backlog
 * of that socket, where they stay alive until the next accepts. So a kept connection is
 * never closed under nginx. Runs in the master.
 */
#define HOB_MASTER
#include "gate/internal.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/err.h"
#include "log/log.h"

/*
 * By this name (abstract, and its pid) a connection is known to bring what pass_leave left;
 * nginx's have none. The kernel takes 253 descriptors in one message.
 */
static const char handover_name[] = "hob-handover.";
enum { SEND_MAX = 200 };
/* Messages read in one turn: those of a gate that was full. */
enum { MESSAGES_MAX = GATE_CONNS / SEND_MAX + 2 };

union fds_space {
	char buf[CMSG_SPACE(SEND_MAX * sizeof(int))];
	struct cmsghdr align;
};

/* --- leaving --------------------------------------------------------------- */

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
pass_leave(struct gate *g)
{
	int to = connect_to_backlog(g->listen_fd);
	bool good = to >= 0 && send_all(g, to);

	if (!good)
		log_say(LOG_WARN, "connections_lost",
			"%u connections could not be left to the next process: %s",
			g->board->connections, strerror(errno));
	if (to >= 0)
		close(to);
	return good;
}

/* --- receiving ------------------------------------------------------------- */

/* The peer must be our user: any other could give us any file to read. */
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

/* Closes a descriptor that is no socket: a worker would read it as a request. */
static void
take_fds(struct gate *g, const struct cmsghdr *c)
{
	size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	size_t i;
	int fd;

	for (i = 0; i < count; i++) {
		memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
		if (adopt_fd(fd))
			conn_add(g, fd, 0);
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
pass_receive_more(struct gate *g, int fd)
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
pass_receive(struct gate *g, int fd, const struct sockaddr_un *peer, socklen_t len)
{
	/* Unnamed, as nginx's are: the family is all there is of the address. */
	if (len <= offsetof(struct sockaddr_un, sun_path) || !is_handover(fd, peer, len))
		return false;
	if (pass_receive_more(g, fd) && !gate_watch(g, fd, SOURCE_HANDOVER))
		close(fd);
	return true;
}
