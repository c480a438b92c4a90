/*
 * reap.c: reaps children, and kills workers that are stuck. The last work of a dead
 * worker is read from the scoreboard, which outlives it. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include <sys/wait.h>

#include "log/log.h"

static enum worker_state
state_of(const struct worker_slot *s)
{
	return (enum worker_state)__atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
}

static int
index_of(const struct master *m, const struct worker_slot *s)
{
	return (int)(s - m->board->workers);
}

static void
log_doings(const struct master *m, const struct worker_slot *s)
{
	log_i64("pid", s->pid);
	log_cstr("state", worker_state_name(state_of(s)));
	if (s->work_ns == 0)
		return;
	if (m->s->log_work != NULL)
		m->s->log_work(m->s->arg, index_of(m, s));
	log_ms("ms", (m->now - s->work_ns) / 1000);
}

static void
note_death(struct master *m, const struct worker_slot *s, int status)
{
	if (backoff_is_quick(m->now - s->started_ns) || state_of(s) == WORKER_STARTING)
		backoff_death(m, s->started_ns);
	log_begin(LOG_ERROR, "worker_died");
	if (WIFSIGNALED(status))
		log_i64("signal", WTERMSIG(status));
	else
		log_i64("exit", WEXITSTATUS(status));
	if (m->delay_ns > 0)
		log_i64("respawn_ms", m->delay_ns / MS);
	log_doings(m, s);
	log_end();
}

/* See `forget` in supervise.h. */
static bool
is_undone(const struct worker_slot *s, bool clean)
{
	return s->generation == 0 || (!clean && s->work_ns != 0);
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
	/* Before its client gets the error: a change by the worker must not be stale
	 * then. */
	if (m->s->forget != NULL)
		m->s->forget(m->s->arg, pid, is_undone(s, clean) ? index_of(m, s) : -1);
	m->front->worker_gone(m->s->front_arg, pid, clean);
	if (__atomic_load_n(&m->board->recycling, __ATOMIC_SEQ_CST) == pid)
		m->recycled = true;
	s->lived_ns += m->now > s->started_ns ? (uint64_t)(m->now - s->started_ns) : 0;
	s->pid = 0;
	s->leave = 0;
	s->work_ns = 0;
	s->link = LINK_NONE;
	s->state = WORKER_NONE;
	/* Who sees it counted sees its slot empty. */
	if (!clean)
		__atomic_add_fetch(&m->board->crashes, 1, __ATOMIC_RELEASE);
}

/* One that is only stopped, or goes on (SIGSTOP, SIGCONT; a debugger). */
static void
note_stop(struct master *m, struct worker_slot *s, int status)
{
	s->stopped_ns = WIFSTOPPED(status) ? m->now : 0;
}

void
reap(struct master *m)
{
	int i, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		bool ended = WIFEXITED(status) || WIFSIGNALED(status);

		if (ended && (trial_bury(m, pid, status) || aides_bury(m, pid, status)))
			continue;
		for (i = 0; i < SCOREBOARD_WORKERS; i++)
			if (m->board->workers[i].pid == pid)
				(ended ? bury : note_stop)(m, &m->board->workers[i],
							   status);
	}
	count_settle(m);
}

/*
 * Since when it has been at something that has to end: a piece of work, its start, its leaving, or
 * being stopped while it has none of these. 0: it waits for work, as it should.
 */
static int64_t
busy_since(const struct worker_slot *s)
{
	int64_t since = __atomic_load_n(&s->work_ns, __ATOMIC_ACQUIRE);

	if (since != 0)
		return since;
	if (state_of(s) == WORKER_STARTING)
		return s->started_ns;
	return s->leave != 0 ? s->leave_ns : s->stopped_ns;
}

bool
reap_is_stuck(const struct master *m, const struct worker_slot *s)
{
	int64_t limit_ns = m->s->limits.kill_ms * MS, since = busy_since(s);

	return limit_ns > 0 && since != 0 && m->now - since > limit_ns;
}

/* TERM would wait for the work to end, as signals are closed during it. */
void
reap_kill_stuck(struct master *m)
{
	const struct worker_slot *s;
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		s = &m->board->workers[i];
		if (s->pid == 0 || !reap_is_stuck(m, s))
			continue;
		m->board->kills++;
		log_begin(LOG_ERROR, "worker_killed");
		log_doings(m, s);
		log_end();
		kill(s->pid, SIGKILL);
	}
}
