/*
 * master.c: the loop of the master, its signals, and the phases of its life.
 *
 * Reload checks the new configuration in a child, starts a new generation beside the old one
 * and drains the old only when the new one can serve; where both find no room at the database
 * an old worker leaves for each new one. USR2 lets the workers leave and executes the program
 * anew. TERM lets queue and requests finish, and leaves the connections to whoever listens
 * next when the socket is not ours. Nothing in here waits, except in
 * epoll_wait: the gate must not stand still. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/supervise.h"

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
#include "supervise/internal.h"

#define MS INT64_C(1000000)

static const int64_t tick_every_ns = 250 * MS;
/* While a phase waits for its end it looks more often. */
static const int64_t phase_every_ns = 20 * MS;
static const int64_t reload_wait_ns = 10000 * MS;
static const int64_t handover_wait_ns = 1000 * MS;
static const int64_t quick_wait_ns = 1000 * MS;
/* Want of descriptors comes and goes with each connection: one line a minute will do. */
static const int64_t starved_every_ns = 60000 * MS;
/* A check signs in at the database; this bounds one that hangs. */
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

/* --- checking, in a child: it may take long, and the gate must go on --------- */

static bool
check(struct master *m)
{
	if (!m->checks_reload)
		return m->p->check_new(m->p->arg, m->program);
	close(m->signal_fd);
	gate_forget(&m->gate);
	close(m->gate.workers_end);
	return m->p->check_reload(m->p->arg);
}

static void
check_begin(struct master *m, bool of_reload)
{
	m->checks_reload = of_reload;
	m->checker_deadline_ns = m->now + checker_wait_ns;
	m->checker = fork();
	if (m->checker == 0) {
		sigprocmask(SIG_SETMASK, &m->old_mask, NULL);
		_exit(check(m) ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	if (m->checker < 0) {
		m->checker = 0;
		log_say(LOG_ERROR, of_reload ? "reload_refused" : "handover_refused",
			"fork: %s", strerror(errno));
	}
}

/* --- reload ---------------------------------------------------------------- */

static void
reload_begin(struct master *m)
{
	int i;

	m->reload_checked = false;
	m->reload_gave = 0;
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
	bool aide_stays = good && m->p->aide_stays != NULL && m->p->aide_stays(m->p->arg);

	m->reloading = false;
	if (m->p->reloaded != NULL)
		m->p->reloaded(m->p->arg, good);
	if (good) {
		m->generation = m->last_generation;
		m->board->generation = m->generation;
		set_limits(m, &m->next_limits);
		pool_retire(m, m->generation, true);
		if (!aide_stays)
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
	m->reload_wanted = m->reload_checked = false;
	if (m->reloading)
		reload_end(m, false);
}

/*
 * The database takes no further connection: an old worker leaves, its connection with it, and
 * the next follows when a new one has taken that place.
 */
static void
reload_give(struct master *m, int fit)
{
	int fresh = pool_count(m, m->last_generation, POOL_ALL);
	int old = pool_count(m, m->generation, POOL_ALL);

	if (old == 0 || pool_alive(m) > fresh + old || fit < m->reload_gave)
		return;
	if (m->reload_gave == 0)
		log_say(LOG_WARN, "connections_short",
			"the database takes no second connection for each worker: they "
			"are changed one by one");
	m->reload_gave++;
	m->reload_deadline_ns = m->now + reload_wait_ns;
	pool_retire_one(m);
}

/*
 * Not all of the new ones can serve. While there is an old one all is as it was; when those have
 * given their places the new ones that serve are all there is.
 */
static void
reload_fall_short(struct master *m, int fit, int wanted)
{
	bool good = fit > 0 && pool_count(m, m->generation, POOL_ALL) == 0;

	if (good)
		log_say(LOG_WARN, "workers_short",
			"%d of %d new workers can serve, and no old one is left", fit,
			wanted);
	reload_end(m, good);
}

static void
reload_go_on(struct master *m)
{
	int wanted = m->next_limits.workers;
	int fit = pool_count(m, m->last_generation, POOL_FIT);

	if (fit >= wanted)
		reload_end(m, true);
	else if (pool_count(m, m->last_generation, POOL_ALL) < wanted ||
		 m->now >= m->reload_deadline_ns)
		reload_fall_short(m, fit, wanted);
	else if (pool_count(m, m->last_generation, POOL_REFUSED) > 0)
		reload_give(m, fit);
}

static void
reload_step(struct master *m)
{
	if (m->reloading)
		reload_go_on(m);
	else if (m->reload_checked)
		reload_begin(m);
	/* Until the generation that leaves has left, both would not fit: wait. */
	else if (m->reload_wanted && m->checker == 0 &&
		 pool_alive(m) <= SCOREBOARD_WORKERS / 2) {
		m->reload_wanted = false;
		if (m->p->check_reload != NULL)
			check_begin(m, true);
		else
			reload_begin(m);
	}
}

/* --- handing over to a new image ------------------------------------------- */

static void
handover_begin(struct master *m)
{
	m->handover_asked = m->handover_wanted = false;
	abandon_reload(m);
	m->phase = PHASE_HANDOVER;
	m->tick_ns = m->now;
	m->deadline_ns = m->now + handover_wait_ns;
	m->gate.closed = m->gate.paused = true;
	pool_retire(m, 0, true);
	pool_retire_aide(m);
	log_say(LOG_INFO, "handover", "workers leave, then %s is executed", m->program);
}

/* One that is asked for while a reload is checked has its turn afterwards. */
static void
handover_check(struct master *m)
{
	if (!m->handover_asked || m->checker != 0)
		return;
	m->handover_asked = false;
	if (m->p->check_new == NULL)
		m->handover_wanted = true;
	else
		check_begin(m, false);
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
	m->handover_asked = m->handover_wanted = false;
	m->gate.closed = phase == PHASE_STOPPING || !m->p->listen_kept;
	if (phase == PHASE_STOPPING) {
		m->gate.paused = true;
		pool_retire(m, 0, true);
		pool_retire_aide(m);
	}
}

/*
 * With a socket that outlives us everybody is served until what was begun when TERM came is
 * answered; what comes after that finds the next one, on the connection it came on.
 */
static bool
is_draining(struct master *m)
{
	if (m->p->listen_kept)
		return pool_busy_since(m, m->asked_ns);
	return gate_close_idle(&m->gate) > 0;
}

static void
drain_step(struct master *m)
{
	if (is_draining(m) && m->now < m->deadline_ns)
		return;
	stop_begin(m, PHASE_STOPPING, m->deadline_ns - m->now + quick_wait_ns);
}

static void
stop_step(struct master *m)
{
	if (pool_alive(m) == 0 && m->aide == 0) {
		if (m->asked_ns != 0 && m->p->listen_kept)
			inherit_leave(m);
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
	else if (m->phase == PHASE_RUNNING) {
		m->asked_ns = m->now;
		stop_begin(m, PHASE_DRAINING, m->p->limits.drain_ms * MS);
	}
}

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
		pool_reap(m);
		break;
	case SIGHUP:
		m->reload_wanted = m->phase == PHASE_RUNNING;
		break;
	case SIGUSR1:
		if (m->p->reopen_logs != NULL)
			m->p->reopen_logs(m->p->arg);
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
say_starved(struct master *m)
{
	if (!m->gate.starved ||
	    (m->starved_said_ns != 0 && m->now - m->starved_said_ns < starved_every_ns))
		return;
	m->starved_said_ns = m->now;
	log_say(LOG_ERROR, "descriptors_short",
		"%u connections: the limit of open files lets no more be accepted",
		m->board->connections);
}

static void
tick(struct master *m)
{
	m->tick_ns = m->now;
	m->tick_ns += m->phase == PHASE_RUNNING ? tick_every_ns : phase_every_ns;
	m->board->beat_ns = m->now;
	pool_reap(m);
	pool_kill_stuck(m);
	if (m->p->limits.stale_ms > 0)
		gate_refuse_stale(&m->gate, m->now - m->p->limits.stale_ms * MS);
	say_starved(m);
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
		handover_check(m);
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
		enum gate_source source =
			gate_event(&m->gate, ev[i].data.u64, ev[i].events, m->now);

		if (source == SOURCE_HANDOVER)
			inherit_receive_more(&m->gate, (int)(ev[i].data.u64 >> 32));
		if (source != SOURCE_SIGNALS)
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
	m->board->beat_ns = m->now;
	raise_file_limit();
	inherit_remember_program(m);
	set_limits(m, &p->limits);
	if (!gate_open(&m->gate, p->board, p->listen_fd) || !open_signals(m)) {
		log_say(LOG_ERROR, "start_failed", "%s", strerror(errno));
		code = EXIT_FAILURE;
		goto out;
	}
	m->gate.handover = inherit_receive;
	inherit_take(m);
	gate_hand(&m->gate);
	step(m);
	while (!m->done)
		turn(m);
out:
	free(m);
	return code;
}
