/*
 * reload.c: HUP. The new configuration is checked in a child; then a new generation starts beside the
 * old one, which drains only when the new one can serve. Where both find no room at the database an
 * old worker leaves for each new one. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include "log/log.h"

static const int64_t wait_ns = 10000 * MS;

void
reload_set_limits(struct master *m, const struct supervise_limits *l)
{
	m->s->limits = *l;
	m->target = l->workers;
	m->board->configured = (uint32_t)l->workers;
	count_settle(m);
}

static void
begin(struct master *m)
{
	int i;

	m->reload_checked = false;
	m->reload_gave = 0;
	m->next_limits = m->s->limits;
	if (m->s->reload != NULL && m->s->reload(m->s->arg, &m->next_limits) != ERR_OK) {
		log_say(LOG_ERROR, "reload_refused", "the old configuration stays");
		return;
	}
	m->reloading = true;
	m->reload_deadline_ns = m->now + wait_ns;
	m->last_generation++;
	for (i = 0; i < m->next_limits.workers; i++)
		if (!pool_spawn(m, m->last_generation))
			return;
}

static void
end(struct master *m, bool good)
{
	m->reloading = false;
	if (good)
		aides_reload(m);
	if (m->s->reloaded != NULL)
		m->s->reloaded(m->s->arg, good);
	if (good) {
		m->generation = m->last_generation;
		m->board->generation = m->generation;
		reload_set_limits(m, &m->next_limits);
		pool_retire(m, m->generation, true);
		log_say(LOG_INFO, "reloaded", "generation %u has taken over",
			m->generation);
	} else {
		pool_retire(m, m->last_generation, false);
		log_say(LOG_ERROR, "reload_failed",
			"generation %u did not become ready: the old one stays",
			m->last_generation);
	}
}

void
reload_abandon(struct master *m)
{
	m->reload_wanted = m->reload_checked = false;
	if (m->reloading)
		end(m, false);
}

bool
reload_is_under_way(const struct master *m)
{
	return m->reload_wanted || m->reload_checked || m->reloading ||
	       (m->trial != 0 && m->trial_of_reload);
}

/*
 * The database takes no further connection: an old worker leaves, its connection with it, and
 * the next follows when a new one has taken that place.
 */
static void
give(struct master *m, int fit)
{
	int fresh = count_workers(m, m->last_generation, COUNT_ALL);
	int old = count_workers(m, m->generation, COUNT_ALL);

	if (old == 0 || count_alive(m) > fresh + old || fit < m->reload_gave)
		return;
	if (m->reload_gave == 0)
		log_say(LOG_WARN, "connections_short",
			"the database takes no second connection for each worker: they "
			"are changed one by one");
	m->reload_gave++;
	m->reload_deadline_ns = m->now + wait_ns;
	pool_retire_one(m);
}

/*
 * Not all of the new ones can serve. While there is an old one all is as it was; when those have
 * given their places the new ones that serve are all there is.
 */
static void
fall_short(struct master *m, int fit, int wanted)
{
	bool good = fit > 0 && count_workers(m, m->generation, COUNT_ALL) == 0;

	if (good)
		log_say(LOG_WARN, "workers_short",
			"%d of %d new workers can serve, and no old one is left", fit,
			wanted);
	end(m, good);
}

static void
go_on(struct master *m)
{
	int wanted = m->next_limits.workers;
	int fit = count_workers(m, m->last_generation, COUNT_FIT);

	if (fit >= wanted)
		end(m, true);
	else if (count_workers(m, m->last_generation, COUNT_ALL) < wanted ||
		 m->now >= m->reload_deadline_ns)
		fall_short(m, fit, wanted);
	else if (count_workers(m, m->last_generation, COUNT_REFUSED) > 0)
		give(m, fit);
}

void
reload_step(struct master *m)
{
	if (m->reloading)
		go_on(m);
	else if (m->reload_checked)
		begin(m);
	/* Until the generation that leaves has left, both would not fit: wait. */
	else if (m->reload_wanted && m->trial == 0 &&
		 count_alive(m) <= SCOREBOARD_WORKERS / 2) {
		m->reload_wanted = false;
		if (m->s->check_reload != NULL)
			trial_begin(m, true);
		else
			begin(m);
	}
}
