/*
 * gate.c: nginx's kept connections, and handing those with a request to workers.
 *
 * Watches every connection edge-triggered. One that becomes readable goes into
 * a queue and from there, as a descriptor, into one socket that all workers
 * share; at most a few lie there, so that order, length and age stay known. A
 * connection's word in the shared block decides who has it. What waits too long is
 * closed, which nginx answers. No byte of a request is
 * read here, and nothing here blocks. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"

/*
 * Connections accepted, or notes read, in one turn: enough to keep up, few enough
 * that the requests of the others are not kept waiting (64 accepts: 0.2 ms).
 */
enum { TURN_MAX = 64 };

/* --- lists of slots -------------------------------------------------------- */

static void
list_init(struct gate_list *l)
{
	*l = (struct gate_list){ -1, -1, 0 };
}

static void
list_append(struct gate *g, struct gate_list *l, int i)
{
	g->conns[i].prev = l->last;
	g->conns[i].next = -1;
	if (l->last >= 0)
		g->conns[l->last].next = i;
	else
		l->first = i;
	l->last = i;
	l->count++;
}

static void
list_prepend(struct gate *g, struct gate_list *l, int i)
{
	g->conns[i].prev = -1;
	g->conns[i].next = l->first;
	if (l->first >= 0)
		g->conns[l->first].prev = i;
	else
		l->last = i;
	l->first = i;
	l->count++;
}

static void
list_remove(struct gate *g, struct gate_list *l, int i)
{
	const struct gate_conn *c = &g->conns[i];

	if (c->prev >= 0)
		g->conns[c->prev].next = c->next;
	else
		l->first = c->next;
	if (c->next >= 0)
		g->conns[c->next].prev = c->prev;
	else
		l->last = c->prev;
	l->count--;
}

static void
unplace(struct gate *g, int i)
{
	struct gate_conn *c = &g->conns[i];

	if (c->place != PLACE_NONE)
		list_remove(g, c->place == PLACE_QUEUED ? &g->queue : &g->handed, i);
	c->place = PLACE_NONE;
}

static void
enqueue(struct gate *g, int i)
{
	unplace(g, i);
	list_append(g, &g->queue, i);
	g->conns[i].place = PLACE_QUEUED;
}

/* --- one connection -------------------------------------------------------- */

static enum conn_state
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

/* Its word is FREE already, with the next serial: no worker can take it any more. */
static void
conn_close(struct gate *g, int i)
{
	struct gate_conn *c = &g->conns[i];

	unplace(g, i);
	epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	shutdown(c->fd, SHUT_RDWR);
	close(c->fd);
	c->fd = -1;
	c->serial = (c->serial + 1) & CONN_SERIAL_MASK;
	c->adopted = false;
	g->free_slots[g->free_count++] = i;
	g->board->connections--;
}

/* Closes it unless a worker has it; that one will find out and say so. */
static bool
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
	struct gate_conn *c;
	int i;

	if (g->free_count > 0)
		i = g->free_slots[--g->free_count];
	else if (g->used < SCOREBOARD_CONNS)
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

static void
conn_set(struct gate *g, int i, int32_t pid, enum conn_state s)
{
	__atomic_store_n(&g->board->conns[i].word, conn_word(pid, g->conns[i].serial, s),
			 __ATOMIC_SEQ_CST);
}

static void
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
static void
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
		enqueue(g, i);
}

/* A worker says it has given this one back, or is done with it for good. */
static void
conn_look(struct gate *g, int i)
{
	enum conn_state s = conn_state_of(g, i);

	if (s == CONN_READY)
		enqueue(g, i);
	else if (s == CONN_SHUT)
		conn_drop(g, i);
}

/* --- accepting ------------------------------------------------------------- */

/* True while there may be more. */
static bool
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
		if (g->handover == NULL || !g->handover(g, fd, &peer, len))
			conn_add(g, fd, 0);
	}
	/* Out of descriptors: asking again at once would only spin. */
	g->starved = n < TURN_MAX && (errno == EMFILE || errno == ENFILE ||
				      errno == ENOBUFS || errno == ENOMEM);
	return n == TURN_MAX;
}

void
gate_accept_all(struct gate *g)
{
	while (accept_some(g))
		continue;
}

/*
 * Above the bound nothing is accepted: the backlog fills, and nginx answers 502
 * itself. Begun again at three quarters, so as not to switch with every request.
 */
static void
update_listening(struct gate *g)
{
	uint32_t waiting = (uint32_t)(g->queue.count + g->handed.count);
	uint32_t limit = g->board->queue_limit;
	bool room = g->free_count > 0 || g->used < SCOREBOARD_CONNS;
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
refuse_first(struct gate *g, const struct gate_list *l, int64_t then_ns)
{
	int i;

	while ((i = l->first) >= 0 && g->board->conns[i].ready_ns < then_ns) {
		if (conn_state_of(g, i) == CONN_READY && conn_drop(g, i))
			__atomic_fetch_add(&g->board->shed_stale, 1, __ATOMIC_RELAXED);
		else
			unplace(g, i);
	}
}

/* How long each has waited is not known: as long as the queue was full, at most. */
static void
refuse_backlog(struct gate *g)
{
	int fd;

	while ((fd = accept4(g->listen_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		close(fd);
		__atomic_fetch_add(&g->board->shed_stale, 1, __ATOMIC_RELAXED);
	}
	/* What comes from now on waits from now on; update_listening ends it. */
	g->full_ns = clock_mono_ns();
}

void
gate_refuse_stale(struct gate *g, int64_t then_ns)
{
	refuse_first(g, &g->handed, then_ns);
	refuse_first(g, &g->queue, then_ns);
	/* Closed, the backlog is for whoever listens next. */
	if (g->full_ns != 0 && g->full_ns < then_ns && !g->closed)
		refuse_backlog(g);
}

/* --- handing --------------------------------------------------------------- */

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
prune_handed(struct gate *g)
{
	int i, next;

	for (i = g->handed.first; i >= 0; i = next) {
		next = g->conns[i].next;
		if (conn_state_of(g, i) != CONN_READY)
			unplace(g, i);
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
gate_hand(struct gate *g)
{
	int i, still_handed;

	prune_handed(g);
	still_handed = g->handed.count;
	while (g->queue.first >= 0 && !g->paused && g->handed.count < g->hand_limit) {
		i = g->queue.first;
		if (conn_state_of(g, i) != CONN_READY) {
			unplace(g, i);
			continue;
		}
		g->blocked = !send_conn(g, i);
		if (g->blocked)
			break;
		unplace(g, i);
		list_append(g, &g->handed, i);
		g->conns[i].place = PLACE_HANDED;
		g->board->handed++;
	}
	publish(g, still_handed);
	update_listening(g);
}

bool
gate_may_sleep(struct gate *g)
{
	if (g->queue.count == 0 || g->paused || g->hand_limit == 0)
		return true;
	/* First the wish, then the look: a worker does it the other way round. */
	__atomic_store_n(&g->board->poke_wanted, 1, __ATOMIC_SEQ_CST);
	prune_handed(g);
	return g->blocked || g->handed.count >= g->hand_limit;
}

static void
read_notes(struct gate *g)
{
	struct note note;
	int n;

	for (n = 0; n < TURN_MAX; n++) {
		if (recv(g->own_end, &note, sizeof(note), MSG_DONTWAIT) != sizeof(note))
			return;
		g->news |= note.slot == NOTE_CHANGED;
		if (note.slot >= 0 && note.slot < g->used &&
		    g->conns[note.slot].serial == note.serial)
			conn_look(g, note.slot);
	}
}

enum gate_source
gate_event(struct gate *g, uint64_t data, uint32_t events, int64_t now)
{
	uint32_t source = (uint32_t)data;

	if (source < SCOREBOARD_CONNS) {
		/* Closed, and the slot used anew, within this batch of events? */
		if (g->conns[source].fd >= 0 && g->conns[source].serial == data >> 32)
			conn_edge(g, (int)source, events, now);
	} else if (source == SOURCE_LISTEN) {
		accept_some(g);
	} else if (source == SOURCE_WORKERS) {
		read_notes(g);
	}
	return source;
}

/* --- when workers come and go ---------------------------------------------- */

/*
 * What lies in the socket goes to the head of the queue, to be sent again: the
 * worker that is gone may have received one and not noted it, or used up the
 * wake-up for one. A second message for the same request finds it taken.
 */
static void
hand_again(struct gate *g)
{
	int i;

	prune_handed(g);
	while ((i = g->handed.last) >= 0) {
		unplace(g, i);
		list_prepend(g, &g->queue, i);
		g->conns[i].place = PLACE_QUEUED;
	}
}

/*
 * Asks for an edge from every idle connection that has something: the dead worker
 * may have marked its own idle and not come to look again. One call each, at a
 * crash only.
 */
static void
watch_again(struct gate *g)
{
	int i;

	for (i = 0; i < g->used; i++)
		if (g->conns[i].fd >= 0 && conn_state_of(g, i) == CONN_IDLE)
			conn_watch(g, i, EPOLL_CTL_MOD);
}

void
gate_worker_gone(struct gate *g, int32_t pid, bool clean)
{
	uint64_t word;
	int i;

	for (i = 0; i < g->used; i++) {
		word = conn_load(&g->board->conns[i]);
		if (conn_word_state(word) != CONN_TAKEN || conn_word_pid(word) != pid)
			continue;
		if (clean && g->conns[i].adopted) {
			g->conns[i].adopted = false;
			conn_set(g, i, 0, CONN_IDLE);
			conn_watch(g, i, EPOLL_CTL_MOD);
		} else {
			conn_set(g, i, 0, CONN_SHUT);
			conn_drop(g, i);
		}
	}
	hand_again(g);
	gate_sweep(g);
	if (!clean)
		watch_again(g);
}

void
gate_sweep(struct gate *g)
{
	int i;

	g->board->starved = g->starved;
	g->starved = false;
	update_listening(g); /* it is known again before the next look */
	for (i = 0; i < g->used; i++)
		if (g->conns[i].fd >= 0 && g->conns[i].place == PLACE_NONE)
			conn_look(g, i);
}

int
gate_close_idle(struct gate *g)
{
	int busy = 0;
	int i;

	for (i = 0; i < g->used; i++) {
		if (g->conns[i].fd < 0)
			continue;
		if (conn_state_of(g, i) == CONN_READY || !conn_drop(g, i))
			busy++;
	}
	return busy;
}

void
gate_resume(struct gate *g)
{
	g->closed = g->paused = false;
	hand_again(g);
	watch_again(g);
}

/* --- making ---------------------------------------------------------------- */

bool
gate_watch(struct gate *g, int fd, enum gate_source source)
{
	struct epoll_event ev = { .events = EPOLLIN };

	ev.data.u64 = (uint64_t)(uint32_t)fd << 32 | (uint32_t)source;
	return epoll_ctl(g->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
}

bool
gate_open(struct gate *g, struct scoreboard *board, int listen_fd)
{
	int ends[2];
	int i;

	g->board = board;
	g->listen_fd = listen_fd;
	list_init(&g->queue);
	list_init(&g->handed);
	for (i = 0; i < SCOREBOARD_CONNS; i++)
		g->conns[i].fd = -1;
	g->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (g->epoll_fd < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	g->own_end = ends[0];
	g->workers_end = ends[1];
	return gate_watch(g, g->own_end, SOURCE_WORKERS);
}

void
gate_adopt(struct gate *g, int fd, int32_t pid)
{
	conn_add(g, fd, pid);
}

void
gate_forget(struct gate *g)
{
	int i;

	for (i = 0; i < g->used; i++)
		if (g->conns[i].fd >= 0)
			close(g->conns[i].fd);
	close(g->own_end);
	close(g->epoll_fd);
	close(g->listen_fd);
}
