#ifndef HOB_SUPERVISE_SUPERVISE_H
#define HOB_SUPERVISE_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/strbuf.h"
#include "supervise/front.h"
#include "supervise/scoreboard.h"

/*
 * A master and its children: workers, all alike, which are replaced, counted and watched
 * one by one, and aides, processes beside them with a purpose of their own. It knows
 * nothing of their work. A front (front.h) brings work to the workers, or they look for
 * it themselves.
 *
 * Signals to the master: TERM and QUIT drain, INT quick, HUP reload, USR1 reopen logs
 * (passed on to the workers; aides look at board->reopen), USR2 exec the program anew in
 * place, TTIN and TTOU one worker more or fewer.
 */

/* The limits that a reload may change. */
struct supervise_limits {
	int workers;			/* configured number, 1..SCOREBOARD_WORKERS/2 */
	int64_t max_work;		/* a worker leaves after so many, +-10 %; 0: never */
	int64_t max_rss_bytes;		/* ... or beyond this much memory; 0: never */
	int64_t drain_ms;		/* TERM: wait this long, then KILL */
	int64_t kill_ms;		/* work older than this: KILL its worker; 0: never */
};

struct child;
struct aide_self;

enum aide_restart {
	AIDE_ALWAYS,			/* when one ends another follows */
	AIDE_UNLESS_DONE		/* ... unless it exits with 0; a reload begins one anew */
};

/*
 * One kind of aide. It has every signal but TERM ignored, and TERM as it is by default: one that
 * must not be interrupted changes that itself. It opens its log anew when board->reopen moves. One
 * that died within a second of its start is followed later, by up to 5 s.
 */
struct aide {
	const char *name;		/* of its process, and in the log */
	/* Runs in the child; its result is the exit code. See child.h. */
	int (*main)(struct aide_self *self, void *arg);
	int count;			/* so many run */
	/* It calls aide_beat at least so often, from its start to its end: KILL one that does not;
	 * 0: it need not. Time counts only while the master runs, too. */
	int64_t beat_ms;
	enum aide_restart restart;
	/* At the end of a good reload, before `reloaded`: does it serve the new configuration as
	 * it is? Else (or NULL) another is begun. */
	bool (*stays)(void *arg);
	/* One has ended. May be NULL. */
	void (*gone)(void *arg);
};

/* A page that the master shows on its status socket: GET of `target`, query and all. */
struct status_page {
	const char *target;		/* NULL: the end of a table */
	const char *type;		/* of its content */
	/* From its loop, so within some ms, and from memory alone. */
	void (*write)(void *arg, struct strbuf *out);
};

/* The program's side of supervision. Functions may be NULL, except worker_main. */
struct supervisor {
	struct scoreboard *board;
	struct supervise_limits limits;
	int lock_fd;			/* stays open and locked through USR2, -1: none */
	char *const *argv;		/* for USR2 */
	/* A unix socket, 0660, of that group where this user may give it away (NULL: own), which
	 * answers GET by HTTP/1.0 while every worker is busy or dead: these pages, /livez and
	 * /ping. Path NULL: none. */
	const char *status_path, *status_group;
	const struct status_page *status_pages;
	void *arg;			/* passed to the functions below */
	/* Runs in the child; its result is the exit code. See child.h. */
	int (*worker_main)(struct child *c, void *arg);
	const struct aide *aides;	/* SCOREBOARD_AIDES processes at most */
	int aide_count;			/* rows */
	const struct front *front;	/* NULL: workers find their work themselves */
	void *front_arg;
	/* HUP: read the configuration again. ERR_OK and *limits filled, or an error:
	 * the old one stays (the function has logged why). Workers forked until
	 * `reloaded` are to have the new one. */
	enum err (*reload)(void *arg, struct supervise_limits *limits);
	/* Before that, in a child: would workers with the configuration as it is now serve?
	 * It logs why not. */
	bool (*check_reload)(void *arg);
	/* The end of a reload: the new workers have taken over, or (`good` false) they
	 * did not become ready, and workers are to have the old configuration again. */
	void (*reloaded)(void *arg, bool good);
	void (*reopen_logs)(void *arg);
	/* The master reaped `pid`: free what it may have held. `undone` is its slot when it did
	 * not finish what it began, else -1; one that died between two pieces of work, or before
	 * its first, had begun nothing. The front hears of its end only afterwards. A worker of
	 * the image before a USR2 (generation 0) is never done: it told that image's shared block. */
	void (*forget)(void *arg, int32_t pid, int undone);
	/* No worker has a link any more (see child_link), and `why`; or one has again. */
	void (*cut_off)(void *arg, bool cut_off, const char *why);
	/* Adds to a log line the work of the worker in slot `index`. */
	void (*log_work)(void *arg, int index);
	/* May the new binary at `path` take over (`program -t`)? Run in a child, before USR2. */
	bool (*check_new)(void *arg, const char *path);
};

/* Takes over from an earlier image of this process (USR2): fills lock_fd, -1: none. */
void supervise_inherit(struct supervisor *s);
/* Runs until told to stop. Returns the program's exit code. */
int supervise_run(struct supervisor *s);

#endif
