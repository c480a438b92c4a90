/*
 * aides.c: processes beside the workers, as the program's rows ask for them. Each seat has one, and
 * another a moment after it has ended; one that gives no sign of life is killed. Runs in the master.
 */
#define HOB_MASTER
#include "supervise/seats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/log.h"

bool
aides_init(struct master *m)
{
	const struct supervisor *s = m->s;

	for (int i = 0; i < s->aide_count; i++)
		for (int k = 0; k < s->aides[i].count; k++) {
			int n = m->seat_count;

			if (n == SCOREBOARD_AIDES)
				return false;
			m->seats[n] = (struct aide_seat){
				.kind = &s->aides[i],
				.index = k,
				.beat_ns = &m->board->aide_beats_ns[n],
			};
			m->seat_count++;
		}
	return true;
}

static void
later(struct master *m, struct aide_seat *a)
{
	bool quick = backoff_is_quick(m->now - a->began_ns);

	a->delay_ns = quick ? backoff_longer(a->delay_ns) : 0;
	a->due_ns = m->now + a->delay_ns;
}

static void
begin(struct master *m, struct aide_seat *a)
{
	pid_t self = getpid();

	a->began_ns = m->now;
	a->silent_ns = 0;
	a->pid = fork();
	if (a->pid == 0) {
		master_forget(m);
		close(m->news_fd);
		exit(child_run_aide(m->s, a, self));
	}
	if (a->pid < 0) {
		log_say(LOG_ERROR, "fork_failed", "%s", strerror(errno));
		a->pid = 0;
		later(m, a);
	}
}

void
aides_maintain(struct master *m)
{
	for (int i = 0; i < m->seat_count; i++) {
		struct aide_seat *a = &m->seats[i];

		if (a->pid == 0 && !a->done && m->now >= a->due_ns)
			begin(m, a);
	}
}

static bool
is_silent(struct aide_seat *a, int64_t passed_ns)
{
	int64_t beat_ns = __atomic_load_n(a->beat_ns, __ATOMIC_RELAXED);

	a->silent_ns = beat_ns == a->seen_ns ? a->silent_ns + passed_ns : 0;
	a->seen_ns = beat_ns;
	return a->kind->beat_ms > 0 && a->silent_ns > a->kind->beat_ms * MS;
}

/*
 * TERM would wait in one that is stopped. One that does not die of it (a disk that hangs) is killed
 * again when it has been silent for as long again.
 */
void
aides_kill_silent(struct master *m, int64_t passed_ns)
{
	for (int i = 0; i < m->seat_count; i++) {
		struct aide_seat *a = &m->seats[i];

		if (a->pid == 0 || !is_silent(a, passed_ns))
			continue;
		log_say(LOG_ERROR, "aide_killed", "%s: no sign of life for %lld ms",
			a->kind->name, (long long)(a->silent_ns / MS));
		kill(a->pid, SIGKILL);
		a->silent_ns = 0;
	}
}

/* However it ends, it has not died. */
static void
end(struct aide_seat *a)
{
	a->replaced = a->pid != 0;
	if (a->replaced)
		kill(a->pid, SIGTERM);
}

void
aides_end(struct master *m)
{
	for (int i = 0; i < m->seat_count; i++)
		end(&m->seats[i]);
}

void
aides_reload(struct master *m)
{
	for (int i = 0; i < m->seat_count; i++) {
		struct aide_seat *a = &m->seats[i];
		bool stays = a->kind->stays != NULL && a->kind->stays(m->s->arg);

		if (stays)
			continue;
		a->done = false;
		end(a);
	}
}

void
aides_signal(const struct master *m, int sig)
{
	for (int i = 0; i < m->seat_count; i++)
		if (m->seats[i].pid != 0)
			kill(m->seats[i].pid, sig);
}

bool
aides_alive(const struct master *m)
{
	for (int i = 0; i < m->seat_count; i++)
		if (m->seats[i].pid != 0)
			return true;
	return false;
}

static void
bury(struct master *m, struct aide_seat *a, int status)
{
	a->pid = 0;
	if (a->kind->gone != NULL)
		a->kind->gone(m->s->arg);
	if (a->replaced || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)) {
		a->replaced = false;
		return;
	}
	a->done = a->kind->restart == AIDE_UNLESS_DONE && WIFEXITED(status) &&
		  WEXITSTATUS(status) == 0;
	if (a->done)
		return;
	later(m, a);
	log_say(LOG_ERROR, "aide_died", "%s: wait status %d; another follows",
		a->kind->name, status);
}

bool
aides_bury(struct master *m, pid_t pid, int status)
{
	for (int i = 0; i < m->seat_count; i++)
		if (m->seats[i].pid == pid) {
			bury(m, &m->seats[i], status);
			return true;
		}
	return false;
}
