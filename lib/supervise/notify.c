/*
 * notify.c: tells systemd how it goes, as sd_notify(3) does: a datagram to $NOTIFY_SOCKET for
 * each change, and a sign of life while the pool makes progress. Without that variable it says
 * nothing. The next image (USR2) has the same environment and goes on. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/str.h"

/* A sign of life is sent twice as often as systemd asks for: sd_watchdog_enabled(3). */
enum { FEEDS = 2 };

/* clang-format off */
static const char *const words[] = {
	[NOTIFY_STARTING] = "STATUS=starting",
	[NOTIFY_READY] = "READY=1\nSTATUS=serving",
	[NOTIFY_RELOADING] = "RELOADING=1\nSTATUS=reloading",
	[NOTIFY_STOPPING] = "STOPPING=1\nSTATUS=stopping",
};
/* clang-format on */

/* Never waits: systemd reads a queue of its own. */
static void
say(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(a.sun_path) || strchr("/@", path[0]) == NULL)
		return;
	memcpy(a.sun_path, path, len);
	/* An abstract name. */
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&a,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

void
notify_init(struct master *m)
{
	int64_t pid, usec;

	if (str_to_i64(str_of(getenv("WATCHDOG_USEC")), &usec) && usec > 0 &&
	    str_to_i64(str_of(getenv("WATCHDOG_PID")), &pid) && pid == getpid())
		m->feed_every_ns = usec * 1000 / FEEDS;
}

static enum notify_state
state_of(const struct master *m)
{
	if (m->phase == PHASE_DRAINING || m->phase == PHASE_STOPPING)
		return NOTIFY_STOPPING;
	/* Without a database it answers what needs none: that is serving, too. */
	if (m->notified == NOTIFY_STARTING && count_workers(m, 0, COUNT_WARM) == 0)
		return NOTIFY_STARTING;
	if (m->phase == PHASE_HANDOVER || reload_is_under_way(m))
		return NOTIFY_RELOADING;
	return NOTIFY_READY;
}

/* One worker that has started, and is not at something for too long. An end has a time limit of its own. */
static bool
makes_progress(const struct master *m)
{
	const struct worker_slot *s;

	for (int i = 0; i < SCOREBOARD_WORKERS && m->phase == PHASE_RUNNING; i++) {
		s = &m->board->workers[i];
		if (s->pid != 0 && !reap_is_stuck(m, s) &&
		    __atomic_load_n(&s->state, __ATOMIC_ACQUIRE) != WORKER_STARTING)
			return true;
	}
	return m->phase != PHASE_RUNNING;
}

void
notify_step(struct master *m)
{
	enum notify_state state = state_of(m);

	if (state != m->notified)
		say(words[state]);
	m->notified = state;
	if (m->feed_every_ns == 0 || m->now < m->feed_ns || !makes_progress(m))
		return;
	m->feed_ns = m->now + m->feed_every_ns;
	say("WATCHDOG=1");
}
