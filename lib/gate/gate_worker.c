/*
 * gate_worker.c: a worker's side of the gate.
 *
 * Waits for a connection, takes it, gives it back. Serving it is not done here. libfcgi
 * does not retry an interrupted call and would truncate a reply silently, so signals are
 * open only while a worker waits. Runs in workers.
 */
#include "gate/gate_worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/die.h"
#include "gate/internal.h"

/* Time between two looks of a worker without a link whether it is needed. */
enum { ASIDE_LOOK_MS = 50 };

struct gate_worker {
	struct child *child;
	struct gate_board *board;
	struct worker_slot *slot;
	struct request_slot *doing;
	int32_t pid;
	int sock; /* shared by all workers */
	int read_ms;
	bool expecting; /* the socket had something a moment ago */
	bool aside;	/* the socket is not in the epoll set */
};

/* --- talking to the gate --------------------------------------------------- */

/* May wait: the gate never does, so there will be room. Without a gate it fails. */
static void
tell_gate(const struct gate_worker *w, int slot, uint32_t serial)
{
	struct note note = { slot, serial };

	if (send(w->sock, &note, sizeof(note), MSG_NOSIGNAL) < 0)
		child_leave(w->child);
}

/* True with a note and its descriptor; false when there is none. */
static bool
receive(struct gate_worker *w, struct note *note, int *fd)
{
	struct iovec iov = { note, sizeof(*note) };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	const struct cmsghdr *c;
	ssize_t n;

	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	n = recvmsg(w->sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == 0)
		child_leave(w->child);
	if (n != sizeof(*note))
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c == NULL || c->cmsg_type != SCM_RIGHTS)
		die("worker: no descriptor with a connection (limit of open files?)");
	memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return true;
}

/* --- taking ---------------------------------------------------------------- */

static void
forget_request(struct request_slot *r)
{
	r->route = -1;
	r->statement = 0;
	r->request_id[0] = '\0';
}

static void
begin(struct gate_worker *w, struct gate_conn *c, int64_t now)
{
	forget_request(w->doing);
	child_begin(w->child, now);
	if (c->waited_ns < 0)
		c->waited_ns = 0;
}

static uint32_t
serial_of(uint64_t word)
{
	return (uint32_t)(word >> CONN_STATE_BITS) & CONN_SERIAL_MASK;
}

/* It is a property of the connection, in every process: once will do. */
static void
bound_reads(const struct gate_worker *w, struct conn_slot *s, int fd)
{
	struct timeval tv = { w->read_ms / 1000, w->read_ms % 1000 * 1000 };

	if (s->read_ms == w->read_ms)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	s->read_ms = w->read_ms;
}

/*
 * Takes the next connection from the socket. One whose word does not say "ready"
 * was taken by another (the gate sends twice when a worker dies) or has gone.
 */
static bool
take(struct gate_worker *w, struct gate_conn *c)
{
	struct conn_slot *s;
	struct note note;
	int64_t now;

	while (receive(w, &note, &c->fd)) {
		s = &w->board->conns[note.slot];
		if (!conn_move(s, conn_word(0, note.serial, CONN_READY),
			       conn_word(w->pid, note.serial, CONN_TAKEN))) {
			close(c->fd);
			continue;
		}
		if (__atomic_load_n(&w->board->poke_wanted, __ATOMIC_SEQ_CST) != 0 &&
		    __atomic_exchange_n(&w->board->poke_wanted, 0, __ATOMIC_SEQ_CST) != 0)
			tell_gate(w, NOTE_TAKEN, 0);
		bound_reads(w, s, c->fd);
		now = clock_mono_ns();
		c->slot = note.slot;
		c->waited_ns = now - s->ready_ns;
		begin(w, c, now);
		return true;
	}
	w->expecting = false;
	return false;
}

/* --- waiting --------------------------------------------------------------- */

static bool
must_stand_aside(const struct gate_worker *w)
{
	return aside_must(child_board(w->child), w->slot, w->board);
}

static void
listen_to_gate(struct gate_worker *w, bool listen)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE,
				  .data.fd = w->sock };

	if (w->aside == !listen)
		return;
	if (epoll_ctl(child_epoll_fd(w->child), listen ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
		      w->sock, &ev) != 0)
		die("worker: epoll: %s", strerror(errno));
	w->aside = !listen;
}

/* ERR_OK: the socket has something; ERR_BUSY: look anew. */
static enum err
wait_for_work(struct gate_worker *w, const struct child_file *file, int wait_ms)
{
	bool briefly = w->aside && (wait_ms < 0 || wait_ms > ASIDE_LOOK_MS);
	unsigned woken =
		child_wait(w->child, file, w->sock, briefly ? ASIDE_LOOK_MS : wait_ms);

	if (woken == CHILD_SIGNAL)
		return child_is_reopen_due(w->child) ? ERR_TIMEOUT : ERR_BUSY;
	if (woken == 0 && briefly)
		return ERR_BUSY;
	return (woken & CHILD_FRONT) != 0 ? ERR_OK : ERR_TIMEOUT;
}

enum err
gate_next(struct gate_worker *w, const struct child_file *file, int wait_ms,
	  struct gate_conn *out)
{
	int64_t deadline_ns = clock_mono_ns() + wait_ms * INT64_C(1000000);
	enum err e;

	w->slot->state = WORKER_IDLE;
	while (!child_must_leave(w->child)) {
		listen_to_gate(w, !must_stand_aside(w));
		if (w->expecting && !w->aside && take(w, out))
			return ERR_OK;
		e = wait_for_work(w, file,
				  wait_ms > 0 ? clock_left_ms(deadline_ns) : wait_ms);
		/* Woken by a message: take it, even when leaving. No other worker was
		 * woken. */
		if (e == ERR_OK && take(w, out))
			return ERR_OK;
		if (e == ERR_TIMEOUT)
			return ERR_TIMEOUT;
	}
	w->slot->state = WORKER_LEAVING;
	return ERR_CLOSED;
}

/* --- after the reply ------------------------------------------------------- */

/*
 * The next request is here already. Ours only when no other request waits; otherwise the
 * gate queues it behind them.
 */
static bool
go_on(struct gate_worker *w, struct gate_conn *c, uint32_t serial)
{
	struct conn_slot *s = &w->board->conns[c->slot];
	uint64_t idle = conn_word(0, serial, CONN_IDLE);

	if (w->expecting || child_must_leave(w->child) || must_stand_aside(w) ||
	    __atomic_load_n(&w->board->queue_now, __ATOMIC_RELAXED) > 0) {
		s->ready_ns = clock_mono_ns();
		if (conn_move(s, idle, conn_word(0, serial, CONN_READY)))
			tell_gate(w, c->slot, serial);
		return false;
	}
	if (!conn_move(s, idle, conn_word(w->pid, serial, CONN_TAKEN)))
		return false;
	__atomic_fetch_add(&w->board->retaken, 1, __ATOMIC_RELAXED);
	c->waited_ns = 0;
	begin(w, c, clock_mono_ns());
	return true;
}

static bool
look_again(struct gate_worker *w, struct gate_conn *c, uint32_t serial)
{
	struct conn_slot *s = &w->board->conns[c->slot];
	struct pollfd fds[2] = { { .fd = c->fd, .events = POLLIN | POLLRDHUP },
				 { .fd = w->sock, .events = POLLIN } };

	if (poll(fds, 2, 0) <= 0)
		return false;
	w->expecting = fds[1].revents != 0;
	if ((fds[0].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) {
		if (conn_move(s, conn_word(0, serial, CONN_IDLE),
			      conn_word(0, serial, CONN_SHUT)))
			tell_gate(w, c->slot, serial);
		return false;
	}
	return (fds[0].revents & POLLIN) != 0 && go_on(w, c, serial);
}

bool
gate_done(struct gate_worker *w, struct gate_conn *c, bool open)
{
	struct conn_slot *s = &w->board->conns[c->slot];
	uint32_t serial = serial_of(conn_load(s));

	child_end(w->child);
	/* First idle, then the look: an edge before this was ours to see. */
	__atomic_store_n(&s->word, conn_word(0, serial, open ? CONN_IDLE : CONN_SHUT),
			 __ATOMIC_SEQ_CST);
	w->slot->state = WORKER_IDLE;
	if (!open) {
		tell_gate(w, c->slot, serial);
		return false;
	}
	if (look_again(w, c, serial))
		return true;
	close(c->fd);
	c->fd = -1;
	return false;
}

/* --- making ---------------------------------------------------------------- */

struct gate_worker *
gate_worker_new(struct child *c, const struct gate *g, int read_ms)
{
	struct gate_worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		die("out of memory for a worker");
	w->child = c;
	w->board = g->board;
	w->slot = child_slot(c);
	w->doing = &g->board->requests[child_index(c)];
	w->pid = getpid();
	w->sock = g->workers_end;
	w->read_ms = read_ms;
	w->aside = true;
	forget_request(w->doing);
	listen_to_gate(w, true);
	return w;
}

void
gate_worker_free(struct gate_worker *w)
{
	free(w);
}

struct request_slot *
gate_worker_slot(struct gate_worker *w)
{
	return w->doing;
}
