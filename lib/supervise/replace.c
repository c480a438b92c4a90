/*
 * replace.c: USR2. The new binary is tried in a child; then the workers leave and the
 * program is executed anew in place: same process, same descriptors. The environment
 * carries the start time of the master, the lock it holds, and the pids of workers still
 * busy, which stay our children. The front passes its connections itself. Runs in the
 * master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/str.h"
#include "core/strbuf.h"
#include "log/log.h"

/* "started_us,lock" and then for each worker alive ",pid". */
static const char env_name[] = "HOB_SUPERVISE";

static const int64_t wait_ns = 1000 * MS;

static struct {
	int64_t started_us; /* 0: no image was before us */
	int count;
	int32_t pids[SCOREBOARD_WORKERS];
} left;

/* --- taking over ----------------------------------------------------------- */

static void
read_left(struct supervisor *s, struct str text)
{
	int64_t lock_fd, pid;

	if (!str_to_i64(str_cut(&text, ','), &left.started_us) ||
	    !str_to_i64(str_cut(&text, ','), &lock_fd) || lock_fd > INT32_MAX)
		return;
	if (lock_fd >= 0 && fcntl((int)lock_fd, F_SETFD, FD_CLOEXEC) == 0)
		s->lock_fd = (int)lock_fd;
	while (text.ptr != NULL && left.count < SCOREBOARD_WORKERS)
		if (str_to_i64(str_cut(&text, ','), &pid) && pid > 1 && pid <= INT32_MAX)
			left.pids[left.count++] = (int32_t)pid;
}

void
supervise_inherit(struct supervisor *s)
{
	const char *text = getenv(env_name);

	s->lock_fd = -1;
	if (text != NULL)
		read_left(s, str_of(text));
	unsetenv(env_name);
}

/* A worker of the image before us: it only has to finish. */
static void
adopt(struct master *m, int32_t pid)
{
	struct worker_slot *s;
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		s = &m->board->workers[i];
		if (s->pid != 0)
			continue;
		s->pid = pid;
		s->leave = 1;
		s->state = WORKER_LEAVING;
		/* Its own scoreboard went with the old image: count from now. */
		s->started_ns = s->work_ns = m->now;
		return;
	}
}

void
replace_take(struct master *m)
{
	m->board->started_us = left.started_us;
	if (m->board->started_us == 0)
		m->board->started_us = clock_now_us();
	for (int i = 0; i < left.count; i++)
		adopt(m, left.pids[i]);
	left.count = 0;
}

/* --- executing ------------------------------------------------------------- */

/*
 * The path as it was called, so that a link to a new release or a file put in its
 * place is what runs next; the kernel's own idea of it would be the old file.
 */
void
replace_remember_program(struct master *m)
{
	const char *called = m->s->argv != NULL ? m->s->argv[0] : NULL;
	char here[sizeof(m->program) / 2];
	ssize_t n;

	if (called != NULL && called[0] == '/') {
		snprintf(m->program, sizeof(m->program), "%s", called);
	} else if (called != NULL && strchr(called, '/') != NULL &&
		   getcwd(here, sizeof(here)) != NULL) {
		snprintf(m->program, sizeof(m->program), "%s/%s", here, called);
	} else {
		n = readlink("/proc/self/exe", m->program, sizeof(m->program) - 1);
		m->program[n > 0 ? n : 0] = '\0';
	}
}

static void
write_left(const struct master *m, struct strbuf *b)
{
	strbuf_addf(b, "%lld,%d", (long long)m->board->started_us, m->s->lock_fd);
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (m->board->workers[i].pid != 0)
			strbuf_addf(b, ",%d", (int)m->board->workers[i].pid);
}

/* Returns only on failure, errno set. */
static void
execute(struct master *m)
{
	struct strbuf b;
	int saved;

	strbuf_init(&b);
	write_left(m, &b);
	if (m->s->lock_fd >= 0)
		fcntl(m->s->lock_fd, F_SETFD, 0);
	m->front->hand_on(m->s->front_arg, true);
	setenv(env_name, b.ptr, 1);
	execv(m->program, m->s->argv);
	saved = errno;
	unsetenv(env_name);
	m->front->hand_on(m->s->front_arg, false);
	if (m->s->lock_fd >= 0)
		fcntl(m->s->lock_fd, F_SETFD, FD_CLOEXEC);
	strbuf_release(&b);
	errno = saved;
}

/* --- the phase ------------------------------------------------------------- */

static void
begin(struct master *m)
{
	m->handover_asked = m->handover_wanted = false;
	reload_abandon(m);
	m->phase = PHASE_HANDOVER;
	m->tick_ns = m->now;
	m->deadline_ns = m->now + wait_ns;
	m->front->set(m->s->front_arg, FRONT_CLOSED);
	pool_retire(m, 0, true);
	aides_end(m);
	log_say(LOG_INFO, "handover", "workers leave, then %s is executed", m->program);
}

/* One that is asked for while a reload is checked has its turn afterwards. */
static void
look(struct master *m)
{
	if (!m->handover_asked || m->trial != 0)
		return;
	m->handover_asked = false;
	if (m->s->check_new == NULL)
		m->handover_wanted = true;
	else
		trial_begin(m, false);
}

bool
replace_is_due(struct master *m)
{
	look(m);
	if (!m->handover_wanted)
		return false;
	begin(m);
	return true;
}

void
replace_step(struct master *m)
{
	if ((count_alive(m) > 0 || aides_alive(m)) && m->now < m->deadline_ns)
		return;
	/* The next image does not know them. */
	aides_signal(m, SIGKILL);
	/* Signals are blocked: this one waits for the image that comes. */
	if (m->held_signal != 0)
		raise(m->held_signal);
	m->held_signal = 0;
	execute(m);
	log_say(LOG_ERROR, "handover_failed", "%s: %s: new workers of the old program",
		m->program, strerror(errno));
	m->phase = PHASE_RUNNING;
	m->generation = ++m->last_generation;
	m->board->generation = m->generation;
	m->front->set(m->s->front_arg, FRONT_OPEN);
}
