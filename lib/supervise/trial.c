/*
 * trial.c: a configuration, or a new program, is tried in a child before anything is changed: it may
 * take long, and the master must go on. Runs in the master, and in that child.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/log.h"

/* A check signs in at the database; this bounds one that hangs. */
static const int64_t wait_ns = 30000 * MS;

static bool
try(struct master *m)
{
	if (!m->trial_of_reload)
		return m->s->check_new(m->s->arg, m->program);
	master_forget(m);
	close(m->news_fd);
	m->front->forget(m->s->front_arg, false);
	return m->s->check_reload(m->s->arg);
}

void
trial_begin(struct master *m, bool of_reload)
{
	m->trial_of_reload = of_reload;
	m->trial_deadline_ns = m->now + wait_ns;
	m->trial = fork();
	if (m->trial == 0) {
		sigprocmask(SIG_SETMASK, &m->old_mask, NULL);
		_exit(try(m) ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	if (m->trial < 0) {
		m->trial = 0;
		log_say(LOG_ERROR, of_reload ? "reload_refused" : "handover_refused",
			"fork: %s", strerror(errno));
	}
}

bool
trial_bury(struct master *m, pid_t pid, int status)
{
	bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (pid != m->trial)
		return false;
	m->trial = 0;
	if (m->trial_of_reload)
		m->reload_checked = good;
	else
		m->handover_wanted = good;
	/* A check of a reload that ended by itself has said why. */
	if (!good && !m->trial_of_reload)
		log_say(LOG_ERROR, "handover_refused",
			"the new program does not accept its configuration");
	else if (!good && !WIFEXITED(status))
		log_say(LOG_ERROR, "reload_refused",
			"the check did not end: the old configuration stays");
	return true;
}

void
trial_bound(struct master *m)
{
	if (m->trial != 0 && m->now >= m->trial_deadline_ns)
		kill(m->trial, SIGKILL);
}
