/*
 * child.c: the supervised child: signals that come in only while it waits, its slot, and
 * when to leave. It knows nothing of its work. Runs in workers and, at its start, in
 * aides.
 */
#include "supervise/child.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/die.h"
#include "supervise/seats.h"

/* Between two looks at our own size (one read of /proc, 10 µs): so many pieces of work, or so long. */
enum { RSS_EVERY = 64, RSS_EVERY_MS = 1000 };

struct child {
	const struct supervisor *s;
	struct scoreboard *board;
	struct worker_slot *slot;
	int index;
	int32_t pid;
	int epoll_fd;
	int news_fd;		/* wakes the master */
	struct child_file file; /* what is in the epoll set */
	bool leaving;
	uint32_t reopened; /* board->reopen when we last looked */
	int64_t served;
	int64_t weighed;    /* `served` at the last look at our size, */
	int64_t weighed_ms; /* and when */
	int64_t quota;	    /* leave after so many, 0: never */
};

static volatile sig_atomic_t told_to_leave;

/* --- signals --------------------------------------------------------------- */

static void
on_leave(int sig)
{
	(void)sig;
	told_to_leave = 1;
}

/* Wakes us; the order itself is in the scoreboard, which is also read under load. */
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

static void
ignore_signals(void)
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

static void
weigh(struct child *c)
{
	c->weighed = c->served;
	c->weighed_ms = clock_mono_ms();
	c->slot->rss_bytes = resident_bytes();
}

static bool
is_too_big(struct child *c)
{
	int64_t most = c->s->limits.max_rss_bytes, more = c->served - c->weighed;

	if (more == 0 ||
	    (more < RSS_EVERY && clock_mono_ms() - c->weighed_ms < RSS_EVERY_MS))
		return false;
	weigh(c);
	return most != 0 && c->slot->rss_bytes > most;
}

static bool
used_up(struct child *c)
{
	return (c->quota > 0 && c->served >= c->quota) || is_too_big(c);
}

/* Only one at a time may leave because it is used up: the pool must not empty itself. */
static bool
claim_recycling(struct child *c)
{
	int32_t nobody = 0;

	if (!__atomic_compare_exchange_n(&c->board->recycling, &nobody, c->pid, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	__atomic_fetch_add(&c->board->recycles, 1, __ATOMIC_RELAXED);
	return true;
}

bool
child_is_told(const struct child *c)
{
	sigset_t pending;

	if (c->leaving || told_to_leave ||
	    __atomic_load_n(&c->slot->leave, __ATOMIC_RELAXED) != 0)
		return true;
	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGTERM) || sigismember(&pending, SIGQUIT) ||
		sigismember(&pending, SIGINT));
}

bool
child_must_leave(struct child *c)
{
	if (told_to_leave || __atomic_load_n(&c->slot->leave, __ATOMIC_RELAXED) != 0)
		c->leaving = true;
	/* While a reload makes us, the pool counts on us: no other worker would
	 * replace us. */
	if (!c->leaving && c->slot->generation == c->board->generation && used_up(c) &&
	    claim_recycling(c))
		c->leaving = true;
	return c->leaving;
}

void
child_leave(struct child *c)
{
	c->leaving = true;
}

/* --- waiting --------------------------------------------------------------- */

/* Epoll forgets a file that is closed, and would not know another of its number. */
static void
watch(struct child *c, const struct child_file *file)
{
	static const struct child_file none = { .fd = -1 };
	const struct child_file *f = file != NULL ? file : &none;
	struct epoll_event ev = { .events = (uint32_t)(unsigned short)f->events,
				  .data.fd = f->fd };

	if (c->file.fd == f->fd && c->file.events == f->events &&
	    c->file.serial == f->serial)
		return;
	if (c->file.fd >= 0 && c->file.fd != f->fd)
		epoll_ctl(c->epoll_fd, EPOLL_CTL_DEL, c->file.fd, NULL);
	if (f->fd >= 0 && epoll_ctl(c->epoll_fd, EPOLL_CTL_MOD, f->fd, &ev) != 0)
		epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, f->fd, &ev);
	c->file = *f;
}

/* The one place where signals come in. */
unsigned
child_wait(struct child *c, const struct child_file *file, int front_fd, int wait_ms)
{
	struct epoll_event ev[2];
	unsigned woken = 0;
	sigset_t open;
	int i, n;

	watch(c, file);
	sigemptyset(&open);
	/* Without a wait epoll_pwait lets none in. */
	if (wait_ms == 0) {
		sigset_t closed;

		sigprocmask(SIG_SETMASK, &open, &closed);
		sigprocmask(SIG_SETMASK, &closed, NULL);
	}
	n = epoll_pwait(c->epoll_fd, ev, 2, wait_ms, &open);
	if (n < 0)
		return CHILD_SIGNAL;
	for (i = 0; i < n; i++)
		woken |= ev[i].data.fd == front_fd ? CHILD_FRONT : CHILD_FILE;
	return woken;
}

bool
child_is_reopen_due(const struct child *c)
{
	return c->reopened != __atomic_load_n(&c->board->reopen, __ATOMIC_RELAXED);
}

enum err
child_sleep(struct child *c, const struct child_file *file, int wait_ms)
{
	int64_t deadline_ns = clock_mono_ns() + wait_ms * MS;

	c->slot->state = WORKER_IDLE;
	while (!child_must_leave(c)) {
		unsigned woken =
			child_wait(c, file, -1,
				   wait_ms > 0 ? clock_left_ms(deadline_ns) : wait_ms);

		if (woken != CHILD_SIGNAL || child_is_reopen_due(c))
			return ERR_TIMEOUT;
	}
	c->slot->state = WORKER_LEAVING;
	return ERR_CLOSED;
}

/* --- what it is at --------------------------------------------------------- */

void
child_begin(struct child *c, int64_t now_ns)
{
	c->slot->state = WORKER_READING;
	__atomic_store_n(&c->slot->work_ns, now_ns, __ATOMIC_RELEASE);
}

void
child_goes_on(struct child *c, int64_t now_ns)
{
	c->slot->busy_ns += (uint64_t)(now_ns - c->slot->work_ns);
	__atomic_store_n(&c->slot->work_ns, now_ns, __ATOMIC_RELEASE);
}

void
child_end(struct child *c)
{
	struct worker_slot *s = c->slot;

	s->busy_ns += (uint64_t)(clock_mono_ns() - s->work_ns);
	s->done++;
	c->served++;
	__atomic_store_n(&s->work_ns, 0, __ATOMIC_RELEASE);
}

static void
wake_master(const struct child *c)
{
	uint64_t one = 1;

	if (write(c->news_fd, &one, sizeof(one)) < 0)
		return; /* its count is full: it is awake */
}

void
child_link(struct child *c, enum worker_link link, const char *why)
{
	struct worker_slot *s = c->slot;
	bool changed = s->link != link;

	if (!changed && link == LINK_READY)
		return;
	if (strncmp(s->why, why, sizeof(s->why) - 1) != 0)
		snprintf(s->why, sizeof(s->why), "%s", why);
	__atomic_store_n(&s->link, link, __ATOMIC_SEQ_CST);
	if (changed && s->state != WORKER_STARTING)
		wake_master(c);
}

void
child_ready(struct child *c)
{
	/* Anew: libraries that started meanwhile may have put in their own. */
	install_handlers();
	weigh(c);
	c->slot->state = WORKER_IDLE;
	wake_master(c);
}

bool
child_reopen_wanted(struct child *c)
{
	uint32_t serial = __atomic_load_n(&c->board->reopen, __ATOMIC_RELAXED);
	bool wanted = c->reopened != serial;

	c->reopened = serial;
	return wanted;
}

struct worker_slot *
child_slot(struct child *c)
{
	return c->slot;
}

struct scoreboard *
child_board(struct child *c)
{
	return c->board;
}

int
child_index(const struct child *c)
{
	return c->index;
}

int
child_epoll_fd(const struct child *c)
{
	return c->epoll_fd;
}

/* --- aides ----------------------------------------------------------------- */

struct aide_self {
	int index;
	int64_t *beat_ns; /* on the board */
};

int
aide_index(const struct aide_self *a)
{
	return a->index;
}

void
aide_beat(struct aide_self *a)
{
	__atomic_store_n(a->beat_ns, clock_mono_ns(), __ATOMIC_RELAXED);
}

/* --- a life ---------------------------------------------------------------- */

/* max_work -10 % to +10 %, so that workers of one age do not leave in a row. */
static int64_t
own_quota(int64_t max_work, int32_t pid)
{
	uint32_t chance = (uint32_t)pid * UINT32_C(2654435761) >> 8;
	int64_t permille = 900 + chance % 201;

	return max_work <= 0 ? 0 : (max_work * permille + 999) / 1000;
}

/* False when the master has gone meanwhile. */
static bool
begin_life(const struct supervisor *s, const char *name, pid_t master, bool worker)
{
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)
		return false;
	if (s->front != NULL)
		s->front->forget(s->front_arg, worker);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	return true;
}

int
child_run(const struct supervisor *s, int index, pid_t master, int news_fd)
{
	struct child c = { .s = s,
			   .board = s->board,
			   .slot = &s->board->workers[index],
			   .index = index,
			   .pid = getpid(),
			   .news_fd = news_fd,
			   .reopened = s->board->reopen,
			   .file.fd = -1 };

	block_signals();
	install_handlers();
	if (!begin_life(s, "hob-worker", master, true))
		return 0;
	c.quota = own_quota(s->limits.max_work, c.pid);
	c.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (c.epoll_fd < 0)
		die("worker: epoll: %s", strerror(errno));
	return s->worker_main(&c, s->arg);
}

int
child_run_aide(const struct supervisor *s, const struct aide_seat *seat, pid_t master)
{
	struct aide_self self = { .index = seat->index, .beat_ns = seat->beat_ns };

	ignore_signals();
	if (!begin_life(s, seat->kind->name, master, false))
		return 0;
	aide_beat(&self);
	return seat->kind->main(&self, s->arg);
}
