/*
 * master.c: the loop of the master, its signals, and the phase of its life. The master
 * waits only in epoll_wait here: the front must not stand still. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "log/log.h"
#include "supervise/seats.h"

static const int64_t tick_every_ns = 250 * MS;
/* While a phase waits for its end it looks more often. */
static const int64_t phase_every_ns = 20 * MS;

enum { EVENTS_MAX = 64 };

static const uint64_t of_signals = FRONT_DATA_END + SOURCE_SIGNALS,
		      of_news = FRONT_DATA_END + SOURCE_NEWS;

/* --- signals --------------------------------------------------------------- */

static void
on_target_signal(struct master *m, int step)
{
	int target = m->target + step;

	if (target < 1 || target > SCOREBOARD_WORKERS / 2) {
		log_say(LOG_WARN, "workers_kept", "%d workers are the %s there may be",
			m->target, step < 0 ? "fewest" : "most");
		return;
	}
	m->target = target;
	log_say(LOG_INFO, "workers_wanted", "%d workers, %u configured", target,
		m->board->configured);
}

static void
on_signal(struct master *m, int sig)
{
	switch (sig) {
	case SIGCHLD:
		reap(m);
		break;
	case SIGHUP:
		m->reload_wanted = m->phase == PHASE_RUNNING;
		break;
	case SIGUSR1:
		if (m->s->reopen_logs != NULL)
			m->s->reopen_logs(m->s->arg);
		m->board->reopen++;
		pool_signal(m, SIGUSR1);
		break;
	case SIGUSR2:
		m->handover_asked = m->phase == PHASE_RUNNING;
		break;
	case SIGTTIN:
		on_target_signal(m, 1);
		break;
	case SIGTTOU:
		on_target_signal(m, -1);
		break;
	default:
		stop_signal(m, sig);
	}
}

static void
read_signals(struct master *m)
{
	struct signalfd_siginfo si;

	while (read(m->signal_fd, &si, sizeof(si)) == sizeof(si))
		on_signal(m, (int)si.ssi_signo);
}

/* --- making ---------------------------------------------------------------- */

static bool
watch(struct master *m, int fd, uint64_t data)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = data };

	return fd >= 0 && epoll_ctl(m->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
}

static bool
open_signals(struct master *m)
{
	static const int ours[] = { SIGCHLD, SIGHUP,  SIGUSR1, SIGUSR2, SIGTTIN,
				    SIGTTOU, SIGTERM, SIGQUIT, SIGINT };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		sigaddset(&set, ours[i]);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, &m->old_mask);
	/* After an exec in place the old mask is the one we blocked ourselves. */
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		sigdelset(&m->old_mask, ours[i]);
	m->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return watch(m, m->signal_fd, of_signals);
}

/* False with errno. */
static bool
open_all(struct master *m)
{
	m->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	m->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->epoll_fd < 0 || !watch(m, m->news_fd, of_news))
		return false;
	if (!aides_init(m)) {
		errno = E2BIG;
		return false;
	}
	return m->front->open(m->s->front_arg, m->epoll_fd) && open_signals(m);
}

/* --- the loop -------------------------------------------------------------- */

/* Since the last tick; without a time for which we were stopped, and perhaps the aides with us. */
static int64_t
passed_ns(const struct master *m)
{
	int64_t since = m->now - m->board->beat_ns;

	return since < tick_every_ns ? since : tick_every_ns;
}

static void
tick(struct master *m)
{
	int64_t passed = passed_ns(m);

	m->tick_ns = m->now;
	m->tick_ns += m->phase == PHASE_RUNNING ? tick_every_ns : phase_every_ns;
	m->board->beat_ns = m->now;
	reap(m);
	reap_kill_stuck(m);
	aides_kill_silent(m, passed);
	m->front->tick(m->s->front_arg, m->now);
	status_tick(m);
	trial_bound(m);
}

static void
step(struct master *m)
{
	m->news = false;
	if (m->now >= m->tick_ns)
		tick(m);
	switch (m->phase) {
	case PHASE_RUNNING:
		if (!replace_is_due(m))
			reload_step(m);
		break;
	case PHASE_HANDOVER:
		replace_step(m);
		break;
	case PHASE_DRAINING:
		stop_drain_step(m);
		break;
	case PHASE_STOPPING:
		stop_step(m);
	}
	if (m->phase == PHASE_RUNNING || m->phase == PHASE_DRAINING) {
		pool_maintain(m);
		aides_maintain(m);
	}
	notify_step(m);
}

static int
sleep_ms(const struct master *m)
{
	int64_t until = m->tick_ns;

	if (m->due_ns != 0 && m->due_ns < until)
		until = m->due_ns;
	return until > m->now ? (int)((until - m->now + MS - 1) / MS) : 0;
}

static void
on_event(struct master *m, const struct epoll_event *ev)
{
	uint64_t count;

	if (ev->data.u64 < FRONT_DATA_END) {
		m->front->event(m->s->front_arg, ev->data.u64, ev->events, m->now);
		return;
	}
	if (ev->data.u64 >= STATUS_DATA) {
		status_event(m, ev->data.u64);
		return;
	}
	if (ev->data.u64 == of_signals)
		read_signals(m);
	else if (read(m->news_fd, &count, sizeof(count)) < 0)
		return;
	m->news = true;
}

static void
turn(struct master *m)
{
	struct epoll_event ev[EVENTS_MAX];
	int i, n;

	n = epoll_wait(m->epoll_fd, ev, EVENTS_MAX,
		       m->front->may_sleep(m->s->front_arg) ? sleep_ms(m) : 0);
	m->now = clock_mono_ns();
	for (i = 0; i < n; i++)
		on_event(m, &ev[i]);
	m->front->turn(m->s->front_arg);
	if (m->news || m->now >= m->tick_ns || (m->due_ns != 0 && m->now >= m->due_ns))
		step(m);
}

int
supervise_run(struct supervisor *s)
{
	struct master *m = calloc(1, sizeof(*m));
	int code = EXIT_SUCCESS;

	if (m == NULL)
		return EXIT_FAILURE;
	m->s = s;
	m->board = s->board;
	m->front = s->front != NULL ? s->front : &front_none;
	m->now = clock_mono_ns();
	m->generation = m->last_generation = 1;
	m->board->generation = 1;
	m->board->master_pid = getpid();
	m->board->beat_ns = m->now;
	replace_remember_program(m);
	if (!open_all(m)) {
		log_say(LOG_ERROR, "start_failed", "%s", strerror(errno));
		code = EXIT_FAILURE;
		goto out;
	}
	status_open(m);
	reload_set_limits(m, &s->limits);
	replace_take(m);
	notify_init(m);
	m->front->turn(s->front_arg);
	step(m);
	while (!m->done)
		turn(m);
	status_close(m);
out:
	free(m);
	return code;
}
