/*
 * accept.c: the listening socket, and refusals. Above the bound of the queue no
 * connection is accepted; one that waits too long is closed, which nginx answers. Runs in
 * the master.
 */
#define HOB_MASTER
#include "gate/internal.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"

/*
 * Connections accepted in one turn: enough to keep up, few enough that the requests of the others
 * are not kept waiting (64 accepts: 0.2 ms).
 */
enum { TURN_MAX = 64 };

bool
accept_some(struct gate *g)
{
	struct sockaddr_un peer;
	socklen_t len;
	int fd, n;

	for (n = 0; n < TURN_MAX; n++) {
		len = sizeof(peer);
		/* Blocking on purpose: libfcgi reads it, and the flag is shared. */
		fd = accept4(g->listen_fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);
		if (fd < 0)
			break;
		if (!pass_receive(g, fd, &peer, len))
			conn_add(g, fd, 0);
	}
	/* Out of descriptors: asking again at once would only spin. */
	g->starved = n < TURN_MAX && (errno == EMFILE || errno == ENFILE ||
				      errno == ENOBUFS || errno == ENOMEM);
	return n == TURN_MAX;
}

/*
 * Above the bound nothing is accepted: the backlog fills, and nginx answers 502
 * itself. Begun again at three quarters, so as not to switch with every request.
 */
void
accept_update(struct gate *g)
{
	uint32_t waiting = (uint32_t)(g->queue.count + g->handed.count);
	uint32_t limit = g->board->queue_limit;
	bool room = g->free_count > 0 || g->used < GATE_CONNS;
	bool wanted = !g->closed && !g->starved && room &&
		      waiting < (g->listening ? limit : limit - limit / 4);

	if (wanted == g->listening)
		return;
	if (!wanted)
		epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, g->listen_fd, NULL);
	else if (!gate_watch(g, g->listen_fd, SOURCE_LISTEN))
		return;
	g->listening = wanted;
	g->board->accepting = wanted;
	g->full_ns = wanted || g->closed || g->starved ? 0 : clock_mono_ns();
}

/* --- refusing -------------------------------------------------------------- */

/* The list is in the order in which they became ready, or nearly. */
static void
refuse_first(struct gate *g, const struct kept_list *l, int64_t then_ns)
{
	int i;

	while ((i = l->first) >= 0 && g->board->conns[i].ready_ns < then_ns) {
		if (conn_state_of(g, i) == CONN_READY && conn_drop(g, i))
			__atomic_fetch_add(&g->board->shed_stale, 1, __ATOMIC_RELAXED);
		else
			place_none(g, i);
	}
}

/* Each has waited for an unknown time: at most as long as the queue was full. */
static void
refuse_backlog(struct gate *g)
{
	int fd;

	while ((fd = accept4(g->listen_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		close(fd);
		__atomic_fetch_add(&g->board->shed_full, 1, __ATOMIC_RELAXED);
	}
	/* New connections wait from now on; accept_update ends it. */
	g->full_ns = clock_mono_ns();
}

void
accept_refuse_stale(struct gate *g, int64_t then_ns)
{
	refuse_first(g, &g->handed, then_ns);
	refuse_first(g, &g->queue, then_ns);
	/* Closed, the backlog is for the next process that listens. */
	if (g->full_ns != 0 && g->full_ns < then_ns && !g->closed)
		refuse_backlog(g);
}
