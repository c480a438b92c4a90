/*
 * count.c: counts workers, and acts on the counts: how much the front may give them,
 * whether all have lost their link, whether the next may be recycled. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include <stdio.h>

#include "log/log.h"

static bool
is_warm(const struct worker_slot *s)
{
	return __atomic_load_n(&s->state, __ATOMIC_ACQUIRE) != WORKER_STARTING;
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
count_workers(const struct master *m, uint32_t generation, enum count_kind kind)
{
	static bool (*const tests[])(const struct worker_slot *) = {
		[COUNT_WARM] = is_warm, [COUNT_FIT] = is_fit, [COUNT_REFUSED] = is_refused
	};
	const struct worker_slot *s;
	int i, n = 0;

	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		s = &m->board->workers[i];
		if (s->pid == 0 || s->leave != 0)
			continue;
		if (generation != 0 && s->generation != generation)
			continue;
		if (kind == COUNT_ALL || tests[kind](s))
			n++;
	}
	return n;
}

int
count_alive(const struct master *m)
{
	int i, n = 0;

	for (i = 0; i < SCOREBOARD_WORKERS; i++)
		if (m->board->workers[i].pid != 0)
			n++;
	return n;
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
	if (m->s->cut_off != NULL)
		m->s->cut_off(m->s->arg, cut_off, why);
}

/* Have all lost their link, or has one got it back? Reported once. */
static void
look_at_links(struct master *m)
{
	int fit = count_workers(m, 0, COUNT_FIT);
	bool cut_off = fit == 0;

	if (m->phase != PHASE_RUNNING || m->cut_off == cut_off ||
	    count_workers(m, 0, COUNT_WARM) == 0)
		return;
	m->cut_off = cut_off;
	tell_cut_off(m, cut_off);
}

void
count_settle(struct master *m)
{
	m->front->settle(m->s->front_arg, (int)m->board->configured,
			 count_workers(m, 0, COUNT_WARM));
	m->board->running = (uint32_t)count_alive(m);
	if (!m->announced && count_workers(m, 0, COUNT_FIT) > 0) {
		m->announced = true;
		log_say(LOG_INFO, "pool_ready", "the first of %d workers is ready",
			m->target);
	}
	look_at_links(m);
	/* The successor of the one that left used up is here: the next may go. */
	if (m->recycled && count_workers(m, m->generation, COUNT_FIT) >= m->target) {
		m->recycled = false;
		__atomic_store_n(&m->board->recycling, 0, __ATOMIC_SEQ_CST);
	}
}
