/*
 * hand.c: handing connections with a request to workers: from the queue, as a descriptor, into one
 * socket that all workers share. At most a few lie there, so that order, length and age stay known.
 * Nothing here blocks. Runs in the master.
 */
#define HOB_MASTER
#include "gate/internal.h"

#include <string.h>
#include <sys/socket.h>

/* Notes read in one turn: see accept.c. */
enum { TURN_MAX = 64 };

static bool
send_conn(const struct gate *g, int i)
{
	struct note note = { i, g->conns[i].serial };
	struct iovec iov = { &note, sizeof(note) };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &g->conns[i].fd, sizeof(int));
	return sendmsg(g->own_end, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(note);
}

/* Forgets what has been taken from the socket since we last looked. */
static void
prune(struct gate *g)
{
	int i, next;

	for (i = g->handed.first; i >= 0; i = next) {
		next = g->conns[i].next;
		if (conn_state_of(g, i) != CONN_READY)
			place_none(g, i);
	}
}

static void
publish(struct gate *g, int still_handed)
{
	uint32_t now = (uint32_t)(still_handed + g->queue.count);
	int oldest = still_handed > 0 ? g->handed.first : g->queue.first;

	g->board->queue_now = now;
	if (now > g->board->queue_max)
		g->board->queue_max = now;
	g->board->queue_oldest_ns =
		now > 0 && oldest >= 0 ? g->board->conns[oldest].ready_ns : 0;
}

void
hand_queue(struct gate *g)
{
	int i, still_handed;

	prune(g);
	still_handed = g->handed.count;
	while (g->queue.first >= 0 && !g->paused && g->handed.count < g->hand_limit) {
		i = g->queue.first;
		if (conn_state_of(g, i) != CONN_READY) {
			place_none(g, i);
			continue;
		}
		g->blocked = !send_conn(g, i);
		if (g->blocked)
			break;
		place_handed(g, i);
		g->board->handed++;
	}
	publish(g, still_handed);
	accept_update(g);
}

bool
hand_may_sleep(struct gate *g)
{
	if (g->queue.count == 0 || g->paused || g->hand_limit == 0)
		return true;
	/* First the wish, then the look: a worker does it the other way round. */
	__atomic_store_n(&g->board->poke_wanted, 1, __ATOMIC_SEQ_CST);
	prune(g);
	return g->blocked || g->handed.count >= g->hand_limit;
}

void
hand_read_notes(struct gate *g)
{
	struct note note;
	int n;

	for (n = 0; n < TURN_MAX; n++) {
		if (recv(g->own_end, &note, sizeof(note), MSG_DONTWAIT) != sizeof(note))
			return;
		if (note.slot >= 0 && note.slot < g->used &&
		    g->conns[note.slot].serial == note.serial)
			conn_look(g, note.slot);
	}
}

/*
 * Messages in the socket go to the head of the queue, to be sent again: the worker that
 * is gone may have received one and not noted it, or used up the wake-up for one. A
 * second message for the same request finds it taken.
 */
void
hand_again(struct gate *g)
{
	int i;

	prune(g);
	while ((i = g->handed.last) >= 0)
		place_queued_first(g, i);
}
