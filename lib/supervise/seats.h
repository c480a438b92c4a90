#ifndef HOB_SUPERVISE_SEATS_H
#define HOB_SUPERVISE_SEATS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "supervise/front.h"
#include "supervise/supervise.h"

/* Between the files of this folder only. */

#define MS INT64_C(1000000)

enum phase {
	PHASE_RUNNING,
	PHASE_HANDOVER,			/* USR2: workers leave, then exec */
	PHASE_DRAINING,			/* TERM: what the front has is finished */
	PHASE_STOPPING			/* workers leave, then exit */
};

/* What systemd was told last. */
enum notify_state {
	NOTIFY_STARTING,
	NOTIFY_READY,
	NOTIFY_RELOADING,
	NOTIFY_STOPPING
};

/* One process that a row of aides asks for. */
struct aide_seat {
	const struct aide *kind;
	int index;
	pid_t pid;			/* 0: none */
	bool done;			/* and wants no other: AIDE_UNLESS_DONE */
	bool replaced;			/* told to end: it has not died, however it ends */
	int64_t due_ns;			/* when the next may be forked */
	int64_t began_ns, delay_ns;
	int64_t *beat_ns;		/* on the board: its last sign of life */
	int64_t seen_ns;		/* that as of the last look, */
	int64_t silent_ns;		/* and for how long it is the same, by ticks */
};

enum { STATUS_CONNS = 8, STATUS_REQUEST_SIZE = 4096 };

/* A connection to the status socket: one request, one answer. */
struct status_conn {
	int fd;				/* -1: none */
	int64_t until_ns;		/* then it is closed, whatever is left to do */
	size_t got, sent;
	struct strbuf reply;		/* empty until the request is whole */
	char request[STATUS_REQUEST_SIZE];
};

struct status {
	int listen_fd;			/* -1: none */
	bool listening;			/* it is in the epoll set */
	int64_t paced_ns;		/* when pages will have taken their share of time and no more */
	struct status_conn conns[STATUS_CONNS];
};

struct master {
	struct supervisor *s;
	struct scoreboard *board;
	const struct front *front;	/* front_none when there is none */
	sigset_t old_mask;
	int epoll_fd;
	int signal_fd;
	int news_fd;			/* an eventfd: a worker is warm, or its link changed */
	bool news;			/* look at the pool */
	char program[4096];		/* what USR2 executes */
	enum phase phase;
	bool done;
	bool announced;			/* the first worker was ready */
	bool cut_off;			/* no worker has a link */
	int64_t asked_ns;		/* when TERM came */
	int64_t now;			/* monotonic ns, of this turn of the loop */
	int64_t tick_ns;		/* next one */
	int64_t deadline_ns;		/* of the phase */
	int target;			/* workers wanted */
	uint32_t generation;		/* theirs */
	uint32_t last_generation;	/* highest number given */
	/* reload */
	bool reload_wanted, reload_checked, reloading;
	int reload_gave;		/* old workers that left to make room for new connections */
	int64_t reload_deadline_ns;
	struct supervise_limits next_limits;
	/* a trial before a reload or a handover, in a child */
	pid_t trial;			/* 0: none */
	bool trial_of_reload;
	int64_t trial_deadline_ns;
	/* USR2 */
	bool handover_asked;
	bool handover_wanted;		/* and the new program was found good */
	int held_signal;		/* came during the handover, for whom it makes */
	/* respawn delay */
	int64_t delay_ns, respawn_ns, last_quick_ns;
	int64_t slowed_ns;		/* when it was last raised */
	int64_t due_ns;			/* when a missing worker may be forked, or 0 */
	bool recycled;			/* the holder of board->recycling has left */
	struct status status;
	/* systemd */
	enum notify_state notified;
	int64_t feed_every_ns, feed_ns;	/* its watchdog, 0: it has none; and when next */
	int seat_count;
	struct aide_seat seats[SCOREBOARD_AIDES];
};

/* Events of the loop that are not the front's: signals, news, and the status socket's. */
enum { SOURCE_SIGNALS, SOURCE_NEWS, SOURCE_STATUS };
#define STATUS_DATA (FRONT_DATA_END + SOURCE_STATUS)
_Static_assert(SOURCE_STATUS + STATUS_CONNS < 15, "FRONT_DATA_END leaves no room");

void status_forget(const struct master *m);

/* In a child: closes the loop's descriptors. */
static inline void
master_forget(const struct master *m)
{
	status_forget(m);
	close(m->signal_fd);
	close(m->epoll_fd);
}

/* --- none.c: the front of those who have none ------------------------------ */

extern const struct front front_none;

/* --- backoff.c: not too fast ------------------------------------------------ */

/* Did a process that lived so long die quickly? */
bool backoff_is_quick(int64_t lived_ns);
/* 0, 0.1, 0.2 ... 5 s. */
int64_t backoff_longer(int64_t delay_ns);
/* A worker that was started then died quickly, or a fork failed: the next one later. */
void backoff_death(struct master *m, int64_t started_ns);
void backoff_fork_failed(struct master *m);
/* No delay any more after long enough without such a death. */
void backoff_relax(struct master *m);

/* --- child.c: in the children ----------------------------------------------- */

/* The life of a worker. Returns its exit code. */
int child_run(const struct supervisor *s, int index, pid_t master, int news_fd);
/* The life of an aide. */
int child_run_aide(const struct supervisor *s, const struct aide_seat *seat, pid_t master);

/* --- count.c: workers are counted, and what follows -------------------------- */

enum count_kind {
	COUNT_ALL,
	COUNT_WARM,			/* has started */
	COUNT_FIT,			/* ... and has what it works from */
	COUNT_REFUSED			/* ... and was refused it for want of connections */
};
/* Workers alive and not leaving; of `generation` unless 0. */
int count_workers(const struct master *m, uint32_t generation, enum count_kind kind);
int count_alive(const struct master *m);
/* Updates the counts for front, program and status. */
void count_settle(struct master *m);

/* --- pool.c: workers are forked, and told to leave --------------------------- */

bool pool_spawn(struct master *m, uint32_t generation);
/* As many workers of the present generation as wanted, not faster than the delay. */
void pool_maintain(struct master *m);
/* Tells one worker of the present generation to leave. */
void pool_retire_one(struct master *m);
/* Tells all workers of `generation` (or of all others) to leave. */
void pool_retire(struct master *m, uint32_t generation, bool others);
void pool_signal(const struct master *m, int sig);

/* --- status.c: pages for who asks --------------------------------------------- */

void status_open(struct master *m);
/* An event with data from STATUS_DATA on. */
void status_event(struct master *m, uint64_t data);
/* Closes connections that take too long. */
void status_tick(struct master *m);
/* The socket is gone. A process that executes another program leaves it to that one. */
void status_close(struct master *m);

/* --- reap.c: burying, and killing what is stuck ------------------------------ */

/* Buries all children that have ended. */
void reap(struct master *m);
void reap_kill_stuck(struct master *m);
/* Is it at something that should have ended? */
bool reap_is_stuck(const struct master *m, const struct worker_slot *s);

/* --- aides.c ----------------------------------------------------------------- */

/* A seat for each process that the rows ask for. False: too many. */
bool aides_init(struct master *m);
/* Forks those that are missing and due. */
void aides_maintain(struct master *m);
/* Kills those that have given no sign of life for too long; `passed_ns` since the last look. */
void aides_kill_silent(struct master *m, int64_t passed_ns);
/* Tells those to end that do not serve the configuration of a reload as they are. */
void aides_reload(struct master *m);
void aides_signal(const struct master *m, int sig);
/* Tells all to end: TERM. */
void aides_end(struct master *m);
bool aides_alive(const struct master *m);
/* Was `pid` an aide? Then it is buried. */
bool aides_bury(struct master *m, pid_t pid, int status);

/* --- trial.c: a check in a child, for it may take long ----------------------- */

void trial_begin(struct master *m, bool of_reload);
/* Was `pid` the trial? Then its result is known. */
bool trial_bury(struct master *m, pid_t pid, int status);
void trial_bound(struct master *m);

/* --- reload.c: HUP ------------------------------------------------------------ */

/* The limits in force. */
void reload_set_limits(struct master *m, const struct supervise_limits *l);
void reload_step(struct master *m);
void reload_abandon(struct master *m);
/* From HUP until it has taken over or was refused. */
bool reload_is_under_way(const struct master *m);

/* --- notify.c: systemd -------------------------------------------------------- */

void notify_init(struct master *m);
/* Tells what has changed, and that the pool makes progress. */
void notify_step(struct master *m);

/* --- replace.c: USR2 ---------------------------------------------------------- */

/* Finds out what USR2 will execute. */
void replace_remember_program(struct master *m);
/* Takes over what supervise_inherit found: workers still busy. */
void replace_take(struct master *m);
/* While running: true when the handover has begun. */
bool replace_is_due(struct master *m);
void replace_step(struct master *m);

/* --- stop.c: TERM, INT -------------------------------------------------------- */

void stop_signal(struct master *m, int sig);
void stop_drain_step(struct master *m);
void stop_step(struct master *m);

#endif
