/*
 * stop.c: TERM lets the front's requests and the work at hand finish; INT only the work
 * at hand, quickly. Workers that do not end in time are killed. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include "log/log.h"

static const int64_t quick_wait_ns = 1000 * MS;

static void
begin(struct master *m, enum phase phase, int64_t wait_ns)
{
	if (m->phase == PHASE_RUNNING)
		log_say(LOG_INFO, "stopping", "at most %lld ms",
			(long long)(wait_ns / MS));
	reload_abandon(m);
	m->phase = phase;
	m->tick_ns = m->now;
	m->deadline_ns = m->now + wait_ns;
	m->handover_asked = m->handover_wanted = false;
	m->front->set(m->s->front_arg,
		      phase == PHASE_STOPPING ? FRONT_CLOSED : FRONT_DRAINING);
	if (phase == PHASE_STOPPING) {
		pool_retire(m, 0, true);
		aides_end(m);
	}
}

void
stop_drain_step(struct master *m)
{
	if (m->front->is_draining(m->s->front_arg, m->asked_ns) &&
	    m->now < m->deadline_ns)
		return;
	begin(m, PHASE_STOPPING, m->deadline_ns - m->now + quick_wait_ns);
}

void
stop_step(struct master *m)
{
	if (count_alive(m) == 0 && !aides_alive(m)) {
		m->front->end(m->s->front_arg, m->asked_ns != 0);
		m->done = true;
	} else if (m->now >= m->deadline_ns) {
		pool_signal(m, SIGKILL);
		aides_signal(m, SIGKILL);
		m->deadline_ns = m->now + quick_wait_ns;
	}
}

void
stop_signal(struct master *m, int sig)
{
	if (m->phase == PHASE_HANDOVER)
		m->held_signal = sig;
	else if (sig == SIGINT)
		begin(m, PHASE_STOPPING, quick_wait_ns);
	else if (m->phase == PHASE_RUNNING) {
		m->asked_ns = m->now;
		begin(m, PHASE_DRAINING, m->s->limits.drain_ms * MS);
	}
}
