#ifndef HOB_SUPERVISE_CHILD_H
#define HOB_SUPERVISE_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "supervise/scoreboard.h"

/*
 * A supervised worker's side (an aide's is at the end): it reports its state and its work, waits, and learns there
 * that it must leave. Signals are unblocked only while it waits, so that no work is
 * interrupted.
 */
struct child;

/* This worker's own slot, and the board it is on. */
struct worker_slot *child_slot(struct child *c);
struct scoreboard *child_board(struct child *c);
int child_index(const struct child *c);	/* 0..; reused by its successor */
/* Warmed up: from now on there may be work. */
void child_ready(struct child *c);

/* A descriptor of the program's own to be woken by. */
struct child_file {
	int fd;				/* -1: none */
	short events;			/* poll(2)'s */
	unsigned serial;		/* changes when `fd` may be another file */
};
/*
 * Waits until there may be work, with signals open only here. The worker looks for it itself.
 *   ERR_TIMEOUT  `wait_ms` passed (-1: never), `file` (may be NULL) has something, or USR1 came
 *   ERR_CLOSED   told to leave (also by child_leave), or used up (max_work, max_rss_bytes):
 *                exit, with 0 unless another one would fare no better
 */
enum err child_sleep(struct child *c, const struct child_file *file, int wait_ms);
/* A piece of work begins, and ends: it is watched and counted. */
void child_begin(struct child *c, int64_t now_ns);
void child_end(struct child *c);
/* Between both: it is long, and goes on as if it had begun just now. */
void child_goes_on(struct child *c, int64_t now_ns);
/*
 * Reports the state of this worker's link. While no worker has a link, the program is
 * told (cut_off); a reload waits for one.
 */
void child_link(struct child *c, enum worker_link link, const char *why);
/*
 * Is it told to leave, in the middle of its work, too? For work of many pieces, which may end
 * between two of them.
 */
bool child_is_told(const struct child *c);
/* Leave after the work at hand, as if told to. */
void child_leave(struct child *c);
/* USR1 came: reopen the log. True once each time; ask before every piece of work. */
bool child_reopen_wanted(struct child *c);

/* --- for the worker's side of a front ------------------------------------- */

/* Told to leave, or used up: then it takes nothing more. */
bool child_must_leave(struct child *c);
/* The epoll set that child_wait waits on, for files of the front's; data.fd is theirs. */
int child_epoll_fd(const struct child *c);
enum child_woken {
	CHILD_SIGNAL = 1,		/* look whether to leave, and at the log */
	CHILD_FRONT = 2,		/* `front_fd` has something */
	CHILD_FILE = 4			/* `file` has */
};
/* Waits once. Flags of enum child_woken, 0: `wait_ms` passed. */
unsigned child_wait(struct child *c, const struct child_file *file, int front_fd, int wait_ms);
/* Has USR1 come since child_reopen_wanted was last asked? */
bool child_is_reopen_due(const struct child *c);

/* --- an aide's side (struct aide) ------------------------------------------ */

struct aide_self;

int aide_index(const struct aide_self *a);	/* which of the `count` */
/* A sign of life: once in each turn of its loop, and between parts that may last long (beat_ms). */
void aide_beat(struct aide_self *a);

#endif
