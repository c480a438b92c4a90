/*
 * backoff.c: how fast children that die may be followed by others. A fault that kills each of them
 * at its start must not become a storm of forks; one death alone delays nothing. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

/* A process that lived shorter than this died quickly; 10 s without one is quiet. */
static const int64_t quick_ns = 1000 * MS;
static const int64_t quiet_ns = 10000 * MS;
static const int64_t delay_first_ns = 100 * MS;
static const int64_t delay_most_ns = 5000 * MS;

bool
backoff_is_quick(int64_t lived_ns)
{
	return lived_ns < quick_ns;
}

int64_t
backoff_longer(int64_t delay_ns)
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

/* Only those forked under the present delay raise it: several that die together count as one. */
void
backoff_death(struct master *m, int64_t started_ns)
{
	bool quiet = is_quiet(m);

	m->last_quick_ns = m->now;
	if (!quiet && started_ns < m->slowed_ns)
		return;
	m->slowed_ns = m->now;
	m->delay_ns = quiet ? 0 : backoff_longer(m->delay_ns);
	m->respawn_ns = quiet ? 0 : m->now + m->delay_ns;
}

void
backoff_fork_failed(struct master *m)
{
	m->last_quick_ns = m->now;
	m->delay_ns = backoff_longer(m->delay_ns);
	m->respawn_ns = m->now + m->delay_ns;
}

void
backoff_relax(struct master *m)
{
	if (m->delay_ns > 0 && is_quiet(m))
		m->delay_ns = 0;
}
