/*
 * conns.c: nginx's kept connections, each in a slot and watched edge-triggered. A connection's word
 * in the shared block decides who has it. No byte of a request is read here. Runs in the master.
 */
#define HOB_MASTER
#include "gate/internal.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum conn_state
conn_state_of(const struct gate *g, int i)
{
	return conn_word_state(conn_load(&g->board->conns[i]));
}

static bool
conn_watch(struct gate *g, int i, int op)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET };

	ev.data.u64 = (uint64_t)g->conns[i].serial << 32 | (uint32_t)i;
	return epoll_ctl(g->epoll_fd, op, g->conns[i].fd, &ev) == 0;
}

bool
conn_watch_again(struct gate *g, int i)
{
	return conn_watch(g, i, EPOLL_CTL_MOD);
}

/* Its word is FREE already, with the next serial: no worker can take it any more. */
static void
conn_close(struct gate *g, int i)
{
	struct kept *c = &g->conns[i];

	place_none(g, i);
	epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	shutdown(c->fd, SHUT_RDWR);
	close(c->fd);
	c->fd = -1;
	c->serial = (c->serial + 1) & CONN_SERIAL_MASK;
	c->adopted = false;
	g->free_slots[g->free_count++] = i;
	g->board->connections--;
}

bool
conn_drop(struct gate *g, int i)
{
	struct conn_slot *s = &g->board->conns[i];
	uint64_t word;

	do {
		word = conn_load(s);
		if (conn_word_state(word) == CONN_TAKEN)
			return false;
	} while (!conn_move(s, word, conn_word(0, g->conns[i].serial + 1, CONN_FREE)));
	conn_close(g, i);
	return true;
}

/* A slot for `fd`; -1 when there is none. */
static int
conn_new(struct gate *g, int fd)
{
	struct kept *c;
	int i;

	if (g->free_count > 0)
		i = g->free_slots[--g->free_count];
	else if (g->used < GATE_CONNS)
		i = g->used++;
	else
		return -1;
	c = &g->conns[i];
	c->fd = fd;
	c->place = PLACE_NONE;
	c->adopted = false;
	g->board->connections++;
	return i;
}

void
conn_set(struct gate *g, int i, int32_t pid, enum conn_state s)
{
	__atomic_store_n(&g->board->conns[i].word, conn_word(pid, g->conns[i].serial, s),
			 __ATOMIC_SEQ_CST);
}

void
conn_add(struct gate *g, int fd, int32_t pid)
{
	int i = conn_new(g, fd);

	if (i < 0) {
		close(fd);
		return;
	}
	g->conns[i].adopted = pid != 0;
	g->board->conns[i].read_ms = 0;
	conn_set(g, i, pid, pid != 0 ? CONN_TAKEN : CONN_IDLE);
	if (!conn_watch(g, i, EPOLL_CTL_ADD)) {
		conn_set(g, i, 0, CONN_SHUT);
		conn_drop(g, i);
	}
}

/*
 * Something came. While a worker has the connection nothing is done: it marks the
 * connection idle first and looks for more afterwards, so either it sees this or
 * we are told of it by an edge that finds the connection idle.
 */
void
conn_edge(struct gate *g, int i, uint32_t events, int64_t now)
{
	struct conn_slot *s = &g->board->conns[i];
	uint64_t idle = conn_word(0, g->conns[i].serial, CONN_IDLE);

	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
		if (g->conns[i].place != PLACE_NONE && conn_drop(g, i))
			__atomic_fetch_add(&g->board->hung_up, 1, __ATOMIC_RELAXED);
		else
			conn_drop(g, i);
		return;
	}
	if (conn_load(s) != idle)
		return;
	s->ready_ns = now;
	if (conn_move(s, idle, conn_word(0, g->conns[i].serial, CONN_READY)))
		place_queued(g, i);
}

void
conn_look(struct gate *g, int i)
{
	enum conn_state s = conn_state_of(g, i);

	if (s == CONN_READY)
		place_queued(g, i);
	else if (s == CONN_SHUT)
		conn_drop(g, i);
}

bool
gate_watch(struct gate *g, int fd, enum source source)
{
	struct epoll_event ev = { .events = EPOLLIN };

	ev.data.u64 = (uint64_t)(uint32_t)fd << 32 | (uint32_t)source;
	return epoll_ctl(g->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
}
