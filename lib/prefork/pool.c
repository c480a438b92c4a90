/*
 * pool.c: forks workers, buries them, and counts them.
 *
 * How many there should be, and of which generation, is decided in master.c;
 * here it is made so, not faster than the respawn delay allows. What a dead worker
 * was doing is read from the scoreboard, which outlives it. Runs in the master.
 */
#define HOB_MASTER
#include "prefork/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "log/log.h"

#define MS INT64_C(1000000)

/* A worker that lived shorter than this died quickly; 10 s without one is quiet. */
static const int64_t quick_ns = 1000 * MS;
static const int64_t quiet_ns = 10000 * MS;
static const int64_t delay_first_ns = 100 * MS;
static const int64_t delay_most_ns = 5000 * MS;
static const int64_t aide_delay_ns = 100 * MS;

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

int
pool_count(const struct master *m, uint32_t generation, bool ready)
{
	const struct worker_slot *s;
	int i, n = 0;

	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		s = &m->board->workers[i];
		if (s->pid == 0 || s->leave != 0)
			continue;
		if (generation != 0 && s->generation != generation)
			continue;
		if (!ready || state_of(s) != WORKER_STARTING)
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

void
pool_settle(struct master *m)
{
	int ready = pool_count(m, 0, true);
	int ahead = m->p->limits.queue_per_worker;

	m->gate.hand_limit = ready * (ahead < HAND_AHEAD ? ahead : HAND_AHEAD);
	m->board->running = (uint32_t)pool_alive(m);
	if (ready > 0 && !m->announced) {
		m->announced = true;
		log_say(LOG_INFO, "pool_ready", "the first of %d workers is ready",
			m->target);
	}
	/* The successor of the one that left used up is here: the next may go. */
	if (m->recycled && pool_count(m, m->generation, true) >= m->target) {
		m->recycled = false;
		__atomic_store_n(&m->board->recycling, 0, __ATOMIC_SEQ_CST);
	}
}

/* --- forking --------------------------------------------------------------- */

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
	s->requests = s->errors_5xx = s->round_trips = 0;
	s->busy_ns = s->db_wait_ns = 0;
	s->started_ns = now;
	s->leave = 0;
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
		exit(worker_run(m->p, &m->gate, i, self));
	}
	if (pid < 0) {
		log_say(LOG_ERROR, "fork_failed", "%s", strerror(errno));
		m->board->workers[i].state = WORKER_NONE;
		m->delay_ns = delay_first_ns;
		m->last_quick_ns = m->now;
		m->respawn_ns = m->now + m->delay_ns;
		return false;
	}
	m->board->workers[i].pid = pid;
	return true;
}

/* Tells the one in the highest slot to leave. */
static void
retire_one(struct master *m)
{
	struct worker_slot *s;
	int i;

	for (i = SCOREBOARD_WORKERS - 1; i >= 0; i--) {
		s = &m->board->workers[i];
		if (s->pid == 0 || s->leave != 0 || s->generation != m->generation)
			continue;
		__atomic_store_n(&s->leave, 1, __ATOMIC_SEQ_CST);
		kill(s->pid, SIGTERM);
		return;
	}
}

void
pool_maintain(struct master *m)
{
	int have = pool_count(m, m->generation, false);

	if (m->delay_ns > 0 && m->now - m->last_quick_ns > quiet_ns)
		m->delay_ns = 0;
	for (; have > m->target; have--)
		retire_one(m);
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

void
pool_aide(struct master *m)
{
	pid_t self = getpid();

	if (m->p->aide_main == NULL || m->aide != 0 || m->now < m->aide_due_ns)
		return;
	m->aide_due_ns = m->now + aide_delay_ns;
	m->aide = fork();
	if (m->aide == 0) {
		close(m->signal_fd);
		worker_aide(m->p, &m->gate, self);
		exit(EXIT_SUCCESS);
	}
	if (m->aide < 0) {
		log_say(LOG_ERROR, "fork_failed", "%s", strerror(errno));
		m->aide = 0;
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
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
		log_say(LOG_ERROR, "aide_died", "wait status %d; another follows",
			status);
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
		__atomic_store_n(&s->leave, 1, __ATOMIC_SEQ_CST);
		kill(s->pid, SIGTERM);
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
log_doings(const struct scoreboard *b, const struct worker_slot *s, int64_t now)
{
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
	log_i64("statement", s->statement);
	log_ms("ms", (now - s->request_ns) / 1000);
}

/* 0, 0.1, 0.2 ... 5 s; several that die while one delay runs count as one. */
static void
slow_down(struct master *m)
{
	bool quiet = m->last_quick_ns == 0 || m->now - m->last_quick_ns > quiet_ns;

	m->last_quick_ns = m->now;
	if (quiet) {
		m->delay_ns = m->respawn_ns = 0;
	} else if (m->now >= m->respawn_ns) {
		m->delay_ns = m->delay_ns == 0 ? delay_first_ns : m->delay_ns * 2;
		if (m->delay_ns > delay_most_ns)
			m->delay_ns = delay_most_ns;
		m->respawn_ns = m->now + m->delay_ns;
	}
}

static void
note_death(struct master *m, const struct worker_slot *s, int status)
{
	m->board->crashes++;
	log_begin(LOG_ERROR, "worker_died");
	if (WIFSIGNALED(status))
		log_i64("signal", WTERMSIG(status));
	else
		log_i64("exit", WEXITSTATUS(status));
	log_doings(m->board, s, m->now);
	log_end();
	if (m->now - s->started_ns < quick_ns || state_of(s) == WORKER_STARTING)
		slow_down(m);
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
	/*
	 * Before its client hears of it: what it may have changed must not be stale then. One of
	 * the image before us (generation 0) has told that image's shared block, not ours.
	 */
	if (m->p->forget != NULL)
		m->p->forget(m->p->arg, pid, clean && s->generation != 0);
	gate_worker_gone(&m->gate, pid, clean);
	if (__atomic_load_n(&m->board->recycling, __ATOMIC_SEQ_CST) == pid)
		m->recycled = true;
	s->pid = 0;
	s->leave = 0;
	s->request_ns = 0;
	s->state = WORKER_NONE;
}

static void
checker_done(struct master *m, int status)
{
	m->checker = 0;
	m->handover_wanted = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (!m->handover_wanted)
		log_say(LOG_ERROR, "handover_refused",
			"the new program does not accept its configuration");
}

void
pool_reap(struct master *m)
{
	int i, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == m->checker) {
			checker_done(m, status);
			continue;
		}
		if (pid == m->aide) {
			bury_aide(m, status);
			continue;
		}
		for (i = 0; i < SCOREBOARD_WORKERS; i++)
			if (m->board->workers[i].pid == pid)
				bury(m, &m->board->workers[i], status);
	}
	pool_settle(m);
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
		since = __atomic_load_n(&s->request_ns, __ATOMIC_ACQUIRE);
		if (s->pid == 0 || since == 0 || m->now - since <= limit_ns)
			continue;
		m->board->kills++;
		log_begin(LOG_ERROR, "worker_killed");
		log_doings(m->board, s, m->now);
		log_end();
		kill(s->pid, SIGKILL);
	}
}
