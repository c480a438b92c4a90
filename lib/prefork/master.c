/*
 * master.c: the loop of the master, its signals, and the phases of its life.
 *
 * Reload starts a new generation beside the old one and drains the old only when
 * the new one is ready. USR2 lets the workers leave and executes the program
 * anew. TERM lets queue and requests finish. Nothing in here waits, except in
 * epoll_wait: the gate must not stand still. Runs in the master.
 */
#define HOB_MASTER
#include "prefork/prefork.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "log/log.h"
#include "prefork/internal.h"

#define MS INT64_C(1000000)

static const int64_t tick_every_ns = 250 * MS;
/* While a phase waits for its end it looks more often. */
static const int64_t phase_every_ns = 20 * MS;
static const int64_t reload_wait_ns = 10000 * MS;
static const int64_t handover_wait_ns = 1000 * MS;
static const int64_t quick_wait_ns = 1000 * MS;
/* `program -t` signs in at the database; this bounds one that hangs. */
static const int64_t checker_wait_ns = 30000 * MS;

enum { EVENTS_MAX = 64 };

static void
set_limits(struct master *m, const struct prefork_limits *l)
{
	m->p->limits = *l;
	m->target = l->workers;
	m->board->configured = (uint32_t)l->workers;
	m->board->queue_limit = (uint32_t)(l->workers * l->queue_per_worker);
}

/* --- reload ---------------------------------------------------------------- */

static void
reload_begin(struct master *m)
{
	int i;

	m->reload_wanted = false;
	m->next_limits = m->p->limits;
	if (m->p->reload != NULL && m->p->reload(m->p->arg, &m->next_limits) != ERR_OK) {
		log_say(LOG_ERROR, "reload_refused", "the old configuration stays");
		return;
	}
	m->reloading = true;
	m->reload_deadline_ns = m->now + reload_wait_ns;
	m->last_generation++;
	for (i = 0; i < m->next_limits.workers; i++)
		if (!pool_spawn(m, m->last_generation))
			return;
}

static void
reload_end(struct master *m, bool good)
{
	m->reloading = false;
	if (m->p->reloaded != NULL)
		m->p->reloaded(m->p->arg, good);
	if (good) {
		m->generation = m->last_generation;
		m->board->generation = m->generation;
		set_limits(m, &m->next_limits);
		pool_retire(m, m->generation, true);
		pool_retire_aide(m);
		log_say(LOG_INFO, "reloaded", "generation %u has taken over",
			m->generation);
	} else {
		pool_retire(m, m->last_generation, false);
		log_say(LOG_ERROR, "reload_failed",
			"generation %u did not become ready: the old one stays",
			m->last_generation);
	}
}

static void
abandon_reload(struct master *m)
{
	m->reload_wanted = false;
	if (m->reloading)
		reload_end(m, false);
}

static void
reload_step(struct master *m)
{
	int wanted;

	/* Until the generation that leaves has left, both would not fit: wait. */
	if (!m->reloading && m->reload_wanted && pool_alive(m) <= SCOREBOARD_WORKERS / 2)
		reload_begin(m);
	if (!m->reloading)
		return;
	wanted = m->next_limits.workers;
	if (pool_count(m, m->last_generation, true) >= wanted)
		reload_end(m, true);
	else if (pool_count(m, m->last_generation, false) < wanted ||
		 m->now >= m->reload_deadline_ns)
		reload_end(m, false);
}

/* --- handing over to a new image ------------------------------------------- */

static void
handover_begin(struct master *m)
{
	m->handover_wanted = false;
	abandon_reload(m);
	m->phase = PHASE_HANDOVER;
	m->tick_ns = m->now;
	m->deadline_ns = m->now + handover_wait_ns;
	m->gate.closed = m->gate.paused = true;
	pool_retire(m, 0, true);
	pool_retire_aide(m);
	log_say(LOG_INFO, "handover", "workers leave, then %s is executed", m->program);
}

/* In a child of its own: it may take long, and the gate must go on. */
static void
handover_check(struct master *m)
{
	if (m->checker != 0 || m->phase != PHASE_RUNNING)
		return;
	if (m->p->check_new == NULL) {
		m->handover_wanted = true;
		return;
	}
	m->checker_deadline_ns = m->now + checker_wait_ns;
	m->checker = fork();
	if (m->checker == 0) {
		sigprocmask(SIG_SETMASK, &m->old_mask, NULL);
		_exit(m->p->check_new(m->p->arg, m->program) ? EXIT_SUCCESS
							     : EXIT_FAILURE);
	}
	if (m->checker < 0) {
		m->checker = 0;
		log_say(LOG_ERROR, "handover_refused", "fork: %s", strerror(errno));
	}
}

static void
handover_step(struct master *m)
{
	if ((pool_alive(m) > 0 || m->aide != 0) && m->now < m->deadline_ns)
		return;
	/* Signals are blocked: this one waits for the image that comes. */
	if (m->held_signal != 0)
		raise(m->held_signal);
	m->held_signal = 0;
	inherit_exec(m);
	log_say(LOG_ERROR, "handover_failed", "%s: %s: new workers of the old program",
		m->program, strerror(errno));
	m->phase = PHASE_RUNNING;
	m->generation = ++m->last_generation;
	m->board->generation = m->generation;
	gate_resume(&m->gate);
}

/* --- stopping -------------------------------------------------------------- */

static void
stop_begin(struct master *m, enum phase phase, int64_t wait_ns)
{
	if (m->phase == PHASE_RUNNING)
		log_say(LOG_INFO, "stopping", "at most %lld ms",
			(long long)(wait_ns / MS));
	abandon_reload(m);
	m->phase = phase;
	m->tick_ns = m->now;
	m->deadline_ns = m->now + wait_ns;
	m->handover_wanted = false;
	m->gate.closed = true;
	if (phase == PHASE_STOPPING) {
		m->gate.paused = true;
		pool_retire(m, 0, true);
		pool_retire_aide(m);
	}
}

static void
drain_step(struct master *m)
{
	if (gate_close_idle(&m->gate) > 0 && m->now < m->deadline_ns)
		return;
	stop_begin(m, PHASE_STOPPING, m->deadline_ns - m->now + quick_wait_ns);
}

static void
stop_step(struct master *m)
{
	if (pool_alive(m) == 0 && m->aide == 0) {
		m->done = true;
	} else if (m->now >= m->deadline_ns) {
		pool_signal(m, SIGKILL);
		if (m->aide != 0)
			kill(m->aide, SIGKILL);
		m->deadline_ns = m->now + quick_wait_ns;
	}
}

/* --- signals --------------------------------------------------------------- */

static void
on_stop_signal(struct master *m, int sig)
{
	if (m->phase == PHASE_HANDOVER)
		m->held_signal = sig;
	else if (sig == SIGINT)
		stop_begin(m, PHASE_STOPPING, quick_wait_ns);
	else if (m->phase == PHASE_RUNNING)
		stop_begin(m, PHASE_DRAINING, m->p->limits.drain_ms * MS);
}

static void
on_target_signal(struct master *m, int step)
{
	int target = m->target + step;

	if (target >= 1 && target <= SCOREBOARD_WORKERS / 2)
		m->target = target;
}

static void
on_signal(struct master *m, int sig)
{
	switch (sig) {
	case SIGCHLD:
		pool_reap(m);
		break;
	case SIGHUP:
		m->reload_wanted = m->phase == PHASE_RUNNING;
		break;
	case SIGUSR1:
		if (m->p->reopen_logs != NULL)
			m->p->reopen_logs(m->p->arg);
		m->board->reopen++;
		pool_retire_aide(m); /* the next one has the new log */
		pool_signal(m, SIGUSR1);
		break;
	case SIGUSR2:
		handover_check(m);
		break;
	case SIGTTIN:
		on_target_signal(m, 1);
		break;
	case SIGTTOU:
		on_target_signal(m, -1);
		break;
	default:
		on_stop_signal(m, sig);
	}
}

static void
read_signals(struct master *m)
{
	struct signalfd_siginfo si;

	while (read(m->signal_fd, &si, sizeof(si)) == sizeof(si))
		on_signal(m, (int)si.ssi_signo);
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
	return m->signal_fd >= 0 && gate_watch(&m->gate, m->signal_fd, SOURCE_SIGNALS);
}

/* --- the loop -------------------------------------------------------------- */

static void
tick(struct master *m)
{
	m->tick_ns = m->now;
	m->tick_ns += m->phase == PHASE_RUNNING ? tick_every_ns : phase_every_ns;
	pool_reap(m);
	pool_kill_stuck(m);
	gate_sweep(&m->gate);
	if (m->checker != 0 && m->now >= m->checker_deadline_ns)
		kill(m->checker, SIGKILL);
}

static void
step(struct master *m)
{
	m->gate.news = false;
	if (m->now >= m->tick_ns)
		tick(m);
	switch (m->phase) {
	case PHASE_RUNNING:
		if (m->handover_wanted)
			handover_begin(m);
		else
			reload_step(m);
		break;
	case PHASE_HANDOVER:
		handover_step(m);
		break;
	case PHASE_DRAINING:
		drain_step(m);
		break;
	case PHASE_STOPPING:
		stop_step(m);
	}
	if (m->phase == PHASE_RUNNING || m->phase == PHASE_DRAINING) {
		pool_maintain(m);
		pool_aide(m);
	}
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
turn(struct master *m)
{
	struct epoll_event ev[EVENTS_MAX];
	int i, n;

	n = epoll_wait(m->gate.epoll_fd, ev, EVENTS_MAX,
		       gate_may_sleep(&m->gate) ? sleep_ms(m) : 0);
	m->now = clock_mono_ns();
	for (i = 0; i < n; i++) {
		if (gate_event(&m->gate, ev[i].data.u64, ev[i].events, m->now) !=
		    SOURCE_SIGNALS)
			continue;
		read_signals(m);
		m->gate.news = true;
	}
	gate_hand(&m->gate);
	if (m->gate.news || m->now >= m->tick_ns ||
	    (m->due_ns != 0 && m->now >= m->due_ns))
		step(m);
}

/* Every connection is a descriptor here: as many as we may have. */
static void
raise_file_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

int
prefork_run(struct prefork *p)
{
	struct master *m = calloc(1, sizeof(*m));
	int code = EXIT_SUCCESS;

	if (m == NULL)
		return EXIT_FAILURE;
	m->p = p;
	m->board = p->board;
	m->now = clock_mono_ns();
	m->generation = m->last_generation = 1;
	m->board->generation = 1;
	m->board->master_pid = getpid();
	raise_file_limit();
	inherit_remember_program(m);
	set_limits(m, &p->limits);
	if (!gate_open(&m->gate, p->board, p->listen_fd) || !open_signals(m)) {
		log_say(LOG_ERROR, "start_failed", "%s", strerror(errno));
		code = EXIT_FAILURE;
		goto out;
	}
	inherit_take(m);
	gate_hand(&m->gate);
	step(m);
	while (!m->done)
		turn(m);
out:
	free(m);
	return code;
}
