/*
 * pool.c: forks workers, buries them, and counts them.
 *
 * How many there should be, and of which generation, is decided in master.c;
 * here it is made so, not faster than the respawn delay allows. What a dead worker
 * was doing is read from the scoreboard, which outlives it. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "log/log.h"

#define MS INT64_C(1000000)

/* A process that lived shorter than this died quickly; 10 s without one is quiet. */
static const int64_t quick_ns = 1000 * MS;
static const int64_t quiet_ns = 10000 * MS;
static const int64_t delay_first_ns = 100 * MS;
static const int64_t delay_most_ns = 5000 * MS;

/*
 * Requests that may lie in the workers' socket for each worker. One would keep them all
 * busy, but the gate would have to wake for each that is taken: 4 save 10 % of
 * all processor time when there is a queue (measured with 64 clients).
 */
enum { HAND_AHEAD = 4 };

/* --- counting -------------------------------------------------------------- */

static enum worker_state
state_of(const struct worker_slot *s)
{
	return (enum worker_state)__atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
}

static bool
is_warm(const struct worker_slot *s)
{
	return state_of(s) != WORKER_STARTING;
}

static enum worker_link
link_of(const struct worker_slot *s)
{
	return (enum worker_link)__atomic_load_n(&s->link, __ATOMIC_ACQUIRE);
}

static bool
is_fit(const struct worker_slot *s)
{
	enum worker_link link = link_of(s);

	return is_warm(s) && (link == LINK_NONE || link == LINK_READY);
}

static bool
is_refused(const struct worker_slot *s)
{
	return is_warm(s) && link_of(s) == LINK_FULL;
}

int
pool_count(const struct master *m, uint32_t generation, enum pool_kind kind)
{
	static bool (*const tests[])(const struct worker_slot *) = {
		[POOL_WARM] = is_warm, [POOL_FIT] = is_fit, [POOL_REFUSED] = is_refused
	};
	const struct worker_slot *s;
	int i, n = 0;

	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		s = &m->board->workers[i];
		if (s->pid == 0 || s->leave != 0)
			continue;
		if (generation != 0 && s->generation != generation)
			continue;
		if (kind == POOL_ALL || tests[kind](s))
			n++;
	}
	return n;
}

int
pool_alive(const struct master *m)
{
	int i, n = 0;

	for (i = 0; i < SCOREBOARD_WORKERS; i++)
		if (m->board->workers[i].pid != 0)
			n++;
	return n;
}

bool
pool_busy_since(const struct master *m, int64_t then_ns)
{
	int64_t since;
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		since = __atomic_load_n(&m->board->workers[i].request_ns,
					__ATOMIC_ACQUIRE);
		if (m->board->workers[i].pid != 0 && since != 0 && since < then_ns)
			return true;
	}
	return false;
}

/* In the words of one that has none. */
static void
tell_cut_off(const struct master *m, bool cut_off)
{
	const struct worker_slot *s;
	char why[SCOREBOARD_WHY_SIZE] = "";
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS && cut_off && why[0] == '\0'; i++) {
		s = &m->board->workers[i];
		if (s->pid != 0 && is_warm(s) && !is_fit(s))
			snprintf(why, sizeof(why), "%.*s", SCOREBOARD_WHY_SIZE - 1,
				 s->why);
	}
	if (m->p->cut_off != NULL)
		m->p->cut_off(m->p->arg, cut_off, why);
}

/* Have all lost their link, or has one got it back? Said once, whoever noticed first. */
static void
look_at_links(struct master *m)
{
	int fit = pool_count(m, 0, POOL_FIT);
	bool cut_off = fit == 0;

	if (m->phase != PHASE_RUNNING || m->cut_off == cut_off ||
	    pool_count(m, 0, POOL_WARM) == 0)
		return;
	m->cut_off = cut_off;
	tell_cut_off(m, cut_off);
}

void
pool_settle(struct master *m)
{
	int ready = pool_count(m, 0, POOL_WARM);
	int ahead = m->p->limits.queue_per_worker;

	m->gate.hand_limit = ready * (ahead < HAND_AHEAD ? ahead : HAND_AHEAD);
	m->board->running = (uint32_t)pool_alive(m);
	if (!m->announced && pool_count(m, 0, POOL_FIT) > 0) {
		m->announced = true;
		log_say(LOG_INFO, "pool_ready", "the first of %d workers is ready",
			m->target);
	}
	look_at_links(m);
	/* The successor of the one that left used up is here: the next may go. */
	if (m->recycled && pool_count(m, m->generation, POOL_FIT) >= m->target) {
		m->recycled = false;
		__atomic_store_n(&m->board->recycling, 0, __ATOMIC_SEQ_CST);
	}
}

/* --- forking --------------------------------------------------------------- */

/* 0, 0.1, 0.2 ... 5 s. */
static int64_t
longer(int64_t delay_ns)
{
	if (delay_ns == 0)
		return delay_first_ns;
	return delay_ns * 2 > delay_most_ns ? delay_most_ns : delay_ns * 2;
}

/* No worker has died quickly for a while in which one might have: the delay is no such time. */
static bool
is_quiet(const struct master *m)
{
	int64_t since =
		m->respawn_ns > m->last_quick_ns ? m->respawn_ns : m->last_quick_ns;

	return m->last_quick_ns == 0 || m->now - since > quiet_ns;
}

static int
free_slot(const struct scoreboard *b)
{
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->workers[i].pid == 0)
			return i;
	return -1;
}

static void
slot_begin(struct worker_slot *s, uint32_t generation, int64_t now)
{
	s->generation = generation;
	s->started_ns = now;
	s->leave = 0;
	s->leave_ns = s->stopped_ns = 0;
	s->link = LINK_NONE;
	s->why[0] = '\0';
	s->state = WORKER_STARTING;
	s->request_ns = 0;
	s->route = -1;
	s->statement = 0;
	s->request_id[0] = '\0';
}

bool
pool_spawn(struct master *m, uint32_t generation)
{
	int i = free_slot(m->board);
	pid_t self = getpid();
	pid_t pid;

	if (i < 0)
		return false;
	slot_begin(&m->board->workers[i], generation, clock_mono_ns());
	pid = fork();
	if (pid == 0) {
		close(m->signal_fd);
		if (m->reloading && generation == m->last_generation)
			m->p->limits = m->next_limits;
		exit(worker_run(m->p, &m->gate, i, self));
	}
	if (pid < 0) {
		log_say(LOG_ERROR, "fork_failed", "%s", strerror(errno));
		m->board->workers[i].state = WORKER_NONE;
		m->last_quick_ns = m->now;
		m->delay_ns = longer(m->delay_ns);
		m->respawn_ns = m->now + m->delay_ns;
		return false;
	}
	m->board->workers[i].pid = pid;
	return true;
}

static void
tell_to_leave(struct master *m, struct worker_slot *s)
{
	s->leave_ns = m->now;
	__atomic_store_n(&s->leave, 1, __ATOMIC_SEQ_CST);
	kill(s->pid, SIGTERM);
}

void
pool_retire_one(struct master *m)
{
	struct worker_slot *s;
	int i;

	for (i = SCOREBOARD_WORKERS - 1; i >= 0; i--) {
		s = &m->board->workers[i];
		if (s->pid == 0 || s->leave != 0 || s->generation != m->generation)
			continue;
		tell_to_leave(m, s);
		return;
	}
}

void
pool_maintain(struct master *m)
{
	int have = pool_count(m, m->generation, POOL_ALL);

	if (m->delay_ns > 0 && is_quiet(m))
		m->delay_ns = 0;
	for (; have > m->target; have--)
		pool_retire_one(m);
	/* During a reload a fork would have the configuration of the next generation. */
	for (; have < m->target && m->now >= m->respawn_ns && !m->reloading; have++) {
		if (!pool_spawn(m, m->generation))
			break;
		m->respawn_ns = m->delay_ns > 0 ? m->now + m->delay_ns : 0;
	}
	m->due_ns = have < m->target && !m->reloading ? m->respawn_ns : 0;
	pool_settle(m);
}

/* --- the aide -------------------------------------------------------------- */

static void
aide_later(struct master *m)
{
	bool quick = m->now - m->aide_began_ns < quick_ns;

	m->aide_delay_ns = quick ? longer(m->aide_delay_ns) : 0;
	m->aide_due_ns = m->now + m->aide_delay_ns;
}

void
pool_aide(struct master *m)
{
	pid_t self = getpid();

	if (m->p->aide_main == NULL || m->aide != 0 || m->now < m->aide_due_ns)
		return;
	m->aide_began_ns = m->now;
	m->aide = fork();
	if (m->aide == 0) {
		close(m->signal_fd);
		worker_aide(m->p, &m->gate, self);
		exit(EXIT_SUCCESS);
	}
	if (m->aide < 0) {
		log_say(LOG_ERROR, "fork_failed", "%s", strerror(errno));
		m->aide = 0;
		aide_later(m);
	}
}

void
pool_retire_aide(const struct master *m)
{
	if (m->aide != 0)
		kill(m->aide, SIGTERM);
}

static void
bury_aide(struct master *m, int status)
{
	m->aide = 0;
	if (m->p->aide_gone != NULL)
		m->p->aide_gone(m->p->arg);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)
		return;
	aide_later(m);
	log_say(LOG_ERROR, "aide_died", "wait status %d; another follows", status);
}

/* --- leaving --------------------------------------------------------------- */

void
pool_retire(struct master *m, uint32_t generation, bool others)
{
	struct worker_slot *s;
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		s = &m->board->workers[i];
		if (s->pid == 0 || s->leave != 0 ||
		    (s->generation == generation) == others)
			continue;
		tell_to_leave(m, s);
	}
	pool_settle(m);
}

void
pool_signal(const struct master *m, int sig)
{
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS; i++)
		if (m->board->workers[i].pid != 0)
			kill(m->board->workers[i].pid, sig);
}

/* --- burying --------------------------------------------------------------- */

static void
log_doings(const struct prefork *p, const struct worker_slot *s, int64_t now)
{
	const struct scoreboard *b = p->board;
	int32_t route = s->route;

	log_i64("pid", s->pid);
	log_cstr("state", worker_state_name(state_of(s)));
	if (s->request_ns == 0)
		return;
	if (route >= 0 && (uint32_t)route < b->route_count && route < SCOREBOARD_ROUTES)
		log_str("route",
			(struct str){ b->routes[route],
				      strnlen(b->routes[route], SCOREBOARD_NAME_SIZE) });
	log_str("request_id",
		(struct str){ s->request_id,
			      strnlen(s->request_id, SCOREBOARD_REQUEST_ID_SIZE) });
	if (s->statement != 0 && p->statement_name != NULL)
		log_cstr("statement", p->statement_name(p->arg, s->statement));
	log_ms("ms", (now - s->request_ns) / 1000);
}

/* Only those forked under the present delay raise it: several that die together count as one. */
static void
slow_down(struct master *m, int64_t started_ns)
{
	bool quiet = is_quiet(m);

	m->last_quick_ns = m->now;
	if (!quiet && started_ns < m->slowed_ns)
		return;
	m->slowed_ns = m->now;
	m->delay_ns = quiet ? 0 : longer(m->delay_ns);
	m->respawn_ns = quiet ? 0 : m->now + m->delay_ns;
}

static void
note_death(struct master *m, const struct worker_slot *s, int status)
{
	m->board->crashes++;
	if (m->now - s->started_ns < quick_ns || state_of(s) == WORKER_STARTING)
		slow_down(m, s->started_ns);
	log_begin(LOG_ERROR, "worker_died");
	if (WIFSIGNALED(status))
		log_i64("signal", WTERMSIG(status));
	else
		log_i64("exit", WEXITSTATUS(status));
	if (m->delay_ns > 0)
		log_i64("respawn_ms", m->delay_ns / MS);
	log_doings(m->p, s, m->now);
	log_end();
}

/* See supervise.h. */
static bool
is_undone(const struct worker_slot *s, bool clean)
{
	return s->generation == 0 || (!clean && s->request_ns != 0);
}

static void
bury(struct master *m, struct worker_slot *s, int status)
{
	/* One that ends well without having been asked to has not ended well. */
	bool leaving = s->leave != 0 || state_of(s) == WORKER_LEAVING;
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0 && leaving;
	int32_t pid = s->pid;

	if (!clean)
		note_death(m, s, status);
	/* Before its client hears of it: what it may have changed must not be stale then. */
	if (m->p->forget != NULL)
		m->p->forget(m->p->arg, pid, is_undone(s, clean) ? s : NULL);
	gate_worker_gone(&m->gate, pid, clean);
	if (__atomic_load_n(&m->board->recycling, __ATOMIC_SEQ_CST) == pid)
		m->recycled = true;
	s->lived_ns += m->now > s->started_ns ? (uint64_t)(m->now - s->started_ns) : 0;
	s->pid = 0;
	s->leave = 0;
	s->request_ns = 0;
	s->link = LINK_NONE;
	s->state = WORKER_NONE;
}

/* One that is only stopped, or goes on (SIGSTOP, SIGCONT; a debugger). */
static void
note_stop(struct master *m, struct worker_slot *s, int status)
{
	s->stopped_ns = WIFSTOPPED(status) ? m->now : 0;
}

static void
checker_done(struct master *m, int status)
{
	bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	m->checker = 0;
	if (m->checks_reload)
		m->reload_checked = good;
	else
		m->handover_wanted = good;
	/* A check of a reload that ended by itself has said why. */
	if (!good && !m->checks_reload)
		log_say(LOG_ERROR, "handover_refused",
			"the new program does not accept its configuration");
	else if (!good && !WIFEXITED(status))
		log_say(LOG_ERROR, "reload_refused",
			"the check did not end: the old configuration stays");
}

void
pool_reap(struct master *m)
{
	int i, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		bool ended = WIFEXITED(status) || WIFSIGNALED(status);

		if (pid == m->checker && ended)
			checker_done(m, status);
		if (pid == m->aide && ended)
			bury_aide(m, status);
		for (i = 0; i < SCOREBOARD_WORKERS; i++)
			if (m->board->workers[i].pid == pid)
				(ended ? bury : note_stop)(m, &m->board->workers[i],
							   status);
	}
	pool_settle(m);
}

/*
 * Since when it has been at something that has to end: a request, its start, its leaving, or
 * being stopped while it has none of these. 0: it waits for a request, as it should.
 */
static int64_t
busy_since(const struct worker_slot *s)
{
	int64_t since = __atomic_load_n(&s->request_ns, __ATOMIC_ACQUIRE);

	if (since != 0)
		return since;
	if (state_of(s) == WORKER_STARTING)
		return s->started_ns;
	return s->leave != 0 ? s->leave_ns : s->stopped_ns;
}

/* TERM would wait for the request to end, as signals are closed during one. */
void
pool_kill_stuck(struct master *m)
{
	int64_t limit_ns = m->p->limits.kill_ms * MS;
	const struct worker_slot *s;
	int64_t since;
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS && limit_ns > 0; i++) {
		s = &m->board->workers[i];
		since = busy_since(s);
		if (s->pid == 0 || since == 0 || m->now - since <= limit_ns)
			continue;
		m->board->kills++;
		log_begin(LOG_ERROR, "worker_killed");
		log_doings(m->p, s, m->now);
		log_end();
		kill(s->pid, SIGKILL);
	}
}
