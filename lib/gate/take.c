/*
 * worker.c: a worker's side of the gate.
 *
 * Waits for a connection, takes it, gives it back. Signals are open only while it
 * waits: libfcgi does not retry an interrupted call and would truncate a reply
 * silently. What is done with a connection in between is not seen here. Runs in
 * workers.
 */
#include "supervise/internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/die.h"

/* Requests between two looks at our own size (one read of /proc, 10 µs). */
enum { RSS_EVERY = 64 };
/* One that stands aside looks so often whether it is needed. */
enum { ASIDE_LOOK_MS = 50 };
/* A request that waits longer than this is not waited for by idle hands. */
static const int64_t aside_most_ns = 500 * INT64_C(1000000);

struct prefork_worker {
	struct scoreboard *board;
	struct worker_slot *slot;
	const struct prefork *pool;
	int index;
	int32_t pid;
	int sock; /* shared by all workers */
	int epoll_fd;
	struct prefork_extra extra; /* what is in the epoll set */
	bool expecting;		    /* the socket had something a moment ago */
	bool aside;		    /* the socket is not in the epoll set */
	bool leaving;
	uint32_t reopened; /* board->reopen when we last looked */
	int64_t served;
	int64_t quota; /* leave after so many, 0: never */
};

static volatile sig_atomic_t told_to_leave;

/* --- signals --------------------------------------------------------------- */

static void
on_leave(int sig)
{
	(void)sig;
	told_to_leave = 1;
}

/* Wakes us; what is wanted stands in the scoreboard, which is also seen under load. */
static void
on_reopen(int sig)
{
	(void)sig;
}

static void
handle(int sig, void (*fn)(int))
{
	struct sigaction sa = { .sa_handler = fn };

	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

static void
install_handlers(void)
{
	handle(SIGTERM, on_leave);
	handle(SIGQUIT, on_leave);
	handle(SIGINT, on_leave);
	handle(SIGUSR1, on_reopen);
	/* These are meant for the master when a terminal sends them to all. */
	handle(SIGHUP, SIG_IGN);
	handle(SIGUSR2, SIG_IGN);
	handle(SIGTTIN, SIG_IGN);
	handle(SIGTTOU, SIG_IGN);
	handle(SIGPIPE, SIG_IGN);
	handle(SIGCHLD, SIG_DFL);
}

/* All but those by which the processor reports a fault of ours. */
static void
block_signals(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				      SIGABRT, SIGSYS, SIGTRAP };
	sigset_t set;
	size_t i;

	sigfillset(&set);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&set, faults[i]);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

/* --- leaving --------------------------------------------------------------- */

static int64_t
resident_bytes(void)
{
	long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%*d %lld", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static bool
used_up(const struct prefork_worker *w)
{
	int64_t max_rss_bytes = w->pool->limits.max_rss_bytes;

	if (w->quota > 0 && w->served >= w->quota)
		return true;
	return max_rss_bytes > 0 && w->served % RSS_EVERY == RSS_EVERY - 1 &&
	       resident_bytes() > max_rss_bytes;
}

/* Only one at a time may leave because it is used up: the pool must not empty itself. */
static bool
claim_recycling(struct prefork_worker *w)
{
	int32_t nobody = 0;

	return __atomic_compare_exchange_n(&w->board->recycling, &nobody, w->pid, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static bool
must_leave(struct prefork_worker *w)
{
	if (told_to_leave || __atomic_load_n(&w->slot->leave, __ATOMIC_RELAXED) != 0)
		w->leaving = true;
	/* While a reload makes us, the pool counts on us: nobody would take our place. */
	if (!w->leaving && w->slot->generation == w->board->generation && used_up(w) &&
	    claim_recycling(w))
		w->leaving = true;
	return w->leaving;
}

/* --- talking to the gate --------------------------------------------------- */

/* May wait: the gate never does, so there will be room. Without a gate it fails. */
static void
tell_gate(const struct prefork_worker *w, int slot, uint32_t serial)
{
	struct note note = { slot, serial };

	if (send(w->sock, &note, sizeof(note), MSG_NOSIGNAL) < 0)
		told_to_leave = 1;
}

/* True with a note and its descriptor; false when there is none. */
static bool
receive(struct prefork_worker *w, struct note *note, int *fd)
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
		told_to_leave = 1;
	if (n != sizeof(*note))
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c == NULL || c->cmsg_type != SCM_RIGHTS)
		die("worker: no descriptor with a connection (limit of open files?)");
	memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return true;
}

static void
begin(struct prefork_worker *w, struct prefork_conn *c, int64_t now)
{
	w->slot->route = -1;
	w->slot->statement = 0;
	w->slot->request_id[0] = '\0';
	w->slot->state = WORKER_READING;
	__atomic_store_n(&w->slot->request_ns, now, __ATOMIC_RELEASE);
	if (c->waited_ns < 0)
		c->waited_ns = 0;
}

static uint32_t
serial_of(uint64_t word)
{
	return (uint32_t)(word >> CONN_STATE_BITS) & CONN_SERIAL_MASK;
}

/* It is a property of the connection, whoever holds it: once will do. */
static void
bound_reads(const struct prefork_worker *w, struct conn_slot *s, int fd)
{
	int ms = w->pool->limits.read_ms;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (s->read_ms == ms)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	s->read_ms = ms;
}

/*
 * Takes the next connection from the socket. One whose word does not say "ready"
 * was taken by another (the gate sends twice when a worker dies) or has gone.
 */
static bool
take(struct prefork_worker *w, struct prefork_conn *c)
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

/* --- standing aside -------------------------------------------------------- */

static bool
others_can(const struct prefork_worker *w)
{
	const struct worker_slot *s;
	uint32_t state;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		s = &w->board->workers[i];
		state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
		if (s != w->slot && s->pid != 0 && s->leave == 0 &&
		    state > WORKER_STARTING && state < WORKER_LEAVING &&
		    __atomic_load_n(&s->link, __ATOMIC_SEQ_CST) == LINK_READY)
			return true;
	}
	return false;
}

/* Each says first that its link is lost and looks then at the others: the last one stays. */
static bool
must_stand_aside(const struct prefork_worker *w)
{
	int64_t oldest_ns;

	if (w->slot->link == LINK_READY || w->slot->link == LINK_NONE)
		return false;
	oldest_ns = w->board->queue_oldest_ns;
	if (oldest_ns != 0 && clock_mono_ns() - oldest_ns > aside_most_ns)
		return false;
	return others_can(w);
}

static void
listen_to_gate(struct prefork_worker *w, bool listen)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE,
				  .data.fd = w->sock };

	if (w->aside == !listen)
		return;
	if (epoll_ctl(w->epoll_fd, listen ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, w->sock,
		      &ev) != 0)
		die("worker: epoll: %s", strerror(errno));
	w->aside = !listen;
}

void
prefork_link(struct prefork_worker *w, enum worker_link link, const char *why)
{
	struct worker_slot *s = w->slot;
	bool changed = s->link != link;

	if (!changed && link == LINK_READY)
		return;
	if (strncmp(s->why, why, sizeof(s->why) - 1) != 0)
		snprintf(s->why, sizeof(s->why), "%s", why);
	__atomic_store_n(&s->link, link, __ATOMIC_SEQ_CST);
	if (changed && s->state != WORKER_STARTING)
		tell_gate(w, NOTE_CHANGED, 0);
}

/* --- waiting --------------------------------------------------------------- */

/* Epoll forgets a file that is closed, and would not know another of its number. */
static void
watch(struct prefork_worker *w, const struct prefork_extra *extra)
{
	static const struct prefork_extra none = { .fd = -1 };
	const struct prefork_extra *x = extra != NULL ? extra : &none;
	struct epoll_event ev = { .events = (uint32_t)(unsigned short)x->events,
				  .data.fd = x->fd };

	if (w->extra.fd == x->fd && w->extra.events == x->events &&
	    w->extra.serial == x->serial)
		return;
	if (w->extra.fd >= 0 && w->extra.fd != x->fd)
		epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, w->extra.fd, NULL);
	if (x->fd >= 0 && epoll_ctl(w->epoll_fd, EPOLL_CTL_MOD, x->fd, &ev) != 0)
		epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, x->fd, &ev);
	w->extra = *x;
}

/* The one place where signals come in. ERR_OK: the socket has something; ERR_BUSY: look anew. */
static enum err
wait_for_work(struct prefork_worker *w, int wait_ms)
{
	struct epoll_event ev[2];
	bool briefly = w->aside && (wait_ms < 0 || wait_ms > ASIDE_LOOK_MS);
	sigset_t open;
	enum err e = ERR_TIMEOUT;
	int i, n;

	if (briefly)
		wait_ms = ASIDE_LOOK_MS;
	sigemptyset(&open);
	n = epoll_pwait(w->epoll_fd, ev, 2, wait_ms, &open);
	if (n < 0)
		return w->reopened != w->board->reopen ? ERR_TIMEOUT : ERR_BUSY;
	if (n == 0 && briefly)
		return ERR_BUSY;
	for (i = 0; i < n; i++)
		if (ev[i].data.fd == w->sock)
			e = ERR_OK;
	return e;
}

static int
left_ms(int64_t deadline_ns)
{
	int64_t left = deadline_ns - clock_mono_ns();

	return left > 0 ? (int)((left + 999999) / 1000000) : 0;
}

enum err
prefork_next(struct prefork_worker *w, const struct prefork_extra *extra, int wait_ms,
	     struct prefork_conn *out)
{
	int64_t deadline_ns = 0;
	enum err e;

	if (wait_ms > 0)
		deadline_ns = clock_mono_ns() + wait_ms * INT64_C(1000000);
	w->slot->state = WORKER_IDLE;
	while (!must_leave(w)) {
		listen_to_gate(w, !must_stand_aside(w));
		if (w->expecting && !w->aside && take(w, out))
			return ERR_OK;
		watch(w, extra);
		e = wait_for_work(w, wait_ms > 0 ? left_ms(deadline_ns) : wait_ms);
		/* Woken by a message: take it, even when leaving. Nobody else was. */
		if (e == ERR_OK && take(w, out))
			return ERR_OK;
		if (e == ERR_TIMEOUT)
			return ERR_TIMEOUT;
	}
	w->slot->state = WORKER_LEAVING;
	return ERR_CLOSED;
}

/* --- after the reply ------------------------------------------------------- */

static void
account(struct prefork_worker *w)
{
	struct worker_slot *s = w->slot;

	s->busy_ns += (uint64_t)(clock_mono_ns() - s->request_ns);
	s->requests++;
	w->served++;
	__atomic_store_n(&s->request_ns, 0, __ATOMIC_RELEASE);
}

/*
 * The next request is here already. Ours only when nobody else waits; otherwise the
 * gate puts it in its place behind them.
 */
static bool
go_on(struct prefork_worker *w, struct prefork_conn *c, uint32_t serial)
{
	struct conn_slot *s = &w->board->conns[c->slot];
	uint64_t idle = conn_word(0, serial, CONN_IDLE);

	if (w->expecting || must_leave(w) || must_stand_aside(w) ||
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
look_again(struct prefork_worker *w, struct prefork_conn *c, uint32_t serial)
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
prefork_done(struct prefork_worker *w, struct prefork_conn *c, bool open)
{
	struct conn_slot *s = &w->board->conns[c->slot];
	uint32_t serial = serial_of(conn_load(s));

	account(w);
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

/* --- a worker's life ------------------------------------------------------- */

void
prefork_ready(struct prefork_worker *w)
{
	/* Anew: libraries that started meanwhile may have put in their own. */
	install_handlers();
	w->slot->state = WORKER_IDLE;
	tell_gate(w, NOTE_CHANGED, 0);
}

void
prefork_leave(struct prefork_worker *w)
{
	w->leaving = true;
}

bool
prefork_reopen_wanted(struct prefork_worker *w)
{
	uint32_t serial = __atomic_load_n(&w->board->reopen, __ATOMIC_RELAXED);
	bool wanted = w->reopened != serial;

	w->reopened = serial;
	return wanted;
}

struct worker_slot *
prefork_slot(struct prefork_worker *w)
{
	return w->slot;
}

int
prefork_index(const struct prefork_worker *w)
{
	return w->index;
}

/* max_requests -10 % to +10 %, so that workers of one age do not leave in a row. */
static int64_t
own_quota(int64_t max_requests, int32_t pid)
{
	uint32_t chance = (uint32_t)pid * UINT32_C(2654435761) >> 8;
	int64_t permille = 900 + chance % 201;

	return max_requests <= 0 ? 0 : (max_requests * permille + 999) / 1000;
}

void
worker_aide(const struct prefork *p, struct gate *g, pid_t master)
{
	static const int unwanted[] = { SIGHUP,	 SIGINT,  SIGQUIT, SIGUSR1,
					SIGUSR2, SIGTTIN, SIGTTOU, SIGPIPE };
	sigset_t none;

	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		handle(unwanted[i], SIG_IGN);
	handle(SIGTERM, SIG_DFL);
	handle(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "hob-aide");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)
		return;
	gate_forget(g);
	close(g->workers_end);
	if (p->lock_fd >= 0)
		close(p->lock_fd);
	p->aide_main(p->arg);
}

int
worker_run(const struct prefork *p, struct gate *g, int index, pid_t master)
{
	struct prefork_worker w = { .board = p->board,
				    .slot = &p->board->workers[index],
				    .pool = p,
				    .index = index,
				    .pid = getpid(),
				    .sock = g->workers_end,
				    .reopened = p->board->reopen,
				    .extra.fd = -1,
				    .aside = true };

	block_signals();
	install_handlers();
	prctl(PR_SET_NAME, "hob-worker");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)
		return 0;
	gate_forget(g);
	if (p->lock_fd >= 0)
		close(p->lock_fd);
	w.quota = own_quota(p->limits.max_requests, w.pid);
	w.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w.epoll_fd < 0)
		die("worker: epoll: %s", strerror(errno));
	listen_to_gate(&w, true);
	return p->worker_main(&w, p->arg);
}
