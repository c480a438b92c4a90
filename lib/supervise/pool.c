/*
 * pool.c: forks workers, and tells them to leave.
 *
 * Their number and generation are decided elsewhere; pool.c makes it so, not faster than
 * the respawn delay allows. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "log/log.h"

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
	s->started_ns = now;
	s->leave = 0;
	s->leave_ns = s->stopped_ns = 0;
	s->link = LINK_NONE;
	s->why[0] = '\0';
	s->state = WORKER_STARTING;
	s->work_ns = 0;
	s->rss_bytes = 0;
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
		master_forget(m);
		if (m->reloading && generation == m->last_generation)
			m->s->limits = m->next_limits;
		exit(child_run(m->s, i, self, m->news_fd));
	}
	if (pid < 0) {
		log_say(LOG_ERROR, "fork_failed", "%s", strerror(errno));
		m->board->workers[i].state = WORKER_NONE;
		backoff_fork_failed(m);
		return false;
	}
	m->board->workers[i].pid = pid;
	return true;
}

void
pool_maintain(struct master *m)
{
	int have = count_workers(m, m->generation, COUNT_ALL);

	backoff_relax(m);
	for (; have > m->target; have--)
		pool_retire_one(m);
	/* During a reload a fork would have the configuration of the next generation. */
	for (; have < m->target && m->now >= m->respawn_ns && !m->reloading; have++) {
		if (!pool_spawn(m, m->generation))
			break;
		m->respawn_ns = m->delay_ns > 0 ? m->now + m->delay_ns : 0;
	}
	m->due_ns = have < m->target && !m->reloading ? m->respawn_ns : 0;
	count_settle(m);
}

/* --- leaving --------------------------------------------------------------- */

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
	count_settle(m);
}

void
pool_signal(const struct master *m, int sig)
{
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS; i++)
		if (m->board->workers[i].pid != 0)
			kill(m->board->workers[i].pid, sig);
}
