#ifndef HOB_SUPERVISE_SUPERVISE_H
#define HOB_SUPERVISE_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "supervise/scoreboard.h"

/*
 * A master that is also the gate, and its workers. The master accepts nginx's
 * kept connections and watches them; one that has a request is handed to an
 * idle worker as a descriptor. The master never reads a byte of a request.
 *
 * Signals to the master: TERM and QUIT drain, INT quick, HUP reload, USR1
 * reopen logs (passed on to the workers and the aide), USR2 exec the program anew in place with its
 * connections, TTIN and TTOU one worker more or fewer.
 */

/* What a reload may change. */
struct prefork_limits {
	int workers;			/* configured number, 1..SCOREBOARD_WORKERS/2 */
	int queue_per_worker;		/* queue bound = workers * this */
	int64_t max_requests;		/* a worker leaves after this many, +-10 %; 0: never */
	int64_t max_rss_bytes;		/* ... or beyond this much memory; 0: never */
	int64_t drain_ms;		/* TERM: wait this long, then KILL */
	int64_t kill_ms;		/* a request older than this: KILL its worker */
	int64_t stale_ms;		/* a request that waits longer is refused; 0: never */
	int read_ms;			/* reading from a connection waits this long; 0: for ever */
};

struct prefork_worker;

struct prefork {
	struct scoreboard *board;
	struct prefork_limits limits;
	int listen_fd;			/* non-blocking, listening */
	bool listen_kept;		/* somebody else holds it too, and may listen after us */
	int lock_fd;			/* stays open and locked through USR2, -1: none */
	char *const *argv;		/* for USR2 */
	void *arg;			/* passed to the functions below */
	/* Runs in the child; its result is the exit code. */
	int (*worker_main)(struct prefork_worker *w, void *arg);
	/* HUP: read the configuration again. ERR_OK and *limits filled, or an error:
	 * the old one stays (the function has logged why). Workers forked until
	 * `reloaded` are to have the new one. */
	enum err (*reload)(void *arg, struct prefork_limits *limits);
	/* Before that, in a child: would workers with the configuration as it is now serve?
	 * It logs why not. */
	bool (*check_reload)(void *arg);
	/* The end of a reload: the new workers have taken over, or (`good` false) they
	 * did not become ready, and workers are to have the old configuration again. */
	void (*reloaded)(void *arg, bool good);
	void (*reopen_logs)(void *arg);
	/* The master reaped `pid`: free what it may have held. `undone` is its slot when it did
	 * not finish what it began, else NULL; one that died between two requests, or before
	 * its first, had begun nothing. The client hears of its end only afterwards. A worker of
	 * the image before a USR2 (generation 0) is never done: it told that image's shared block. */
	void (*forget)(void *arg, int32_t pid, const struct worker_slot *undone);
	/* No worker has a link any more (see prefork_link), and `why`; or one has again. */
	void (*cut_off)(void *arg, bool cut_off, const char *why);
	/* For the log: what worker_slot.statement stands for. */
	const char *(*statement_name)(void *arg, int32_t statement);
	/* Runs in one child beside the workers that serves nobody, with every signal but
	 * TERM ignored; there is always one. It opens its log anew when board->reopen moves. */
	void (*aide_main)(void *arg);
	/* At the end of a good reload, before `reloaded`: does the aide serve the new
	 * configuration as it is? Else (or NULL) another is begun. */
	bool (*aide_stays)(void *arg);
	/* It has ended; another follows a moment later. */
	void (*aide_gone)(void *arg);
	/* May the new binary at `path` take over (`program -t`)? Run in a child, before
	 * USR2. May be NULL, as all functions here but worker_main. */
	bool (*check_new)(void *arg, const char *path);
};

/*
 * The listening socket and kept connections that a previous image of this process
 * left for us (USR2), or systemd (LISTEN_FDS): fills listen_fd, listen_kept and lock_fd.
 * listen_fd -1: nobody did, bind your own with prefork_bind. What a process that listened on a
 * kept socket before us left in its backlog comes while we run.
 */
void prefork_inherit(struct prefork *p);
/*
 * Binds a unix socket, mode 0660, group `group` (NULL: own); replaces one that nobody
 * listens on. -1 with errno, EADDRINUSE when somebody does.
 */
int prefork_bind(const char *path, const char *group);
/* Runs until told to stop. Returns the program's exit code. */
int prefork_run(struct prefork *p);

/* --- in a worker --------------------------------------------------------- */

struct prefork_conn {
	int fd;
	int slot;
	int64_t waited_ns;		/* between its request being seen and now */
};

/* This worker's own slot. */
struct worker_slot *prefork_slot(struct prefork_worker *w);
int prefork_index(const struct prefork_worker *w);	/* 0..; reused by its successor */
/* Warmed up: from now on requests may come. */
void prefork_ready(struct prefork_worker *w);
/* A descriptor of the program's own to be woken by. */
struct prefork_extra {
	int fd;				/* -1: none */
	short events;			/* poll(2)'s */
	unsigned serial;		/* changes when `fd` may be another file */
};
/*
 * Waits for a connection with a request, with signals open only here.
 *   ERR_OK       *out filled; it is ours until prefork_done
 *   ERR_TIMEOUT  `wait_ms` passed (-1: never), `extra` (may be NULL) has something,
 *                or USR1 came
 *   ERR_CLOSED   told to leave (also by prefork_leave), or used up (max_requests, max_rss):
 *                exit, with 0 unless another one would fare no better
 */
enum err prefork_next(struct prefork_worker *w, const struct prefork_extra *extra,
		      int wait_ms, struct prefork_conn *out);
/*
 * After the reply. `open`: the connection goes on. Otherwise c->fd must have been
 * closed already, as fcgi_accept and fcgi_finish do when they say ERR_CLOSED. True when
 * its next request is already here and is ours again: *c is filled anew, serve on.
 * False: given back. Counts the request and its time in the worker's slot.
 */
bool prefork_done(struct prefork_worker *w, struct prefork_conn *c, bool open);
/*
 * Says how it stands with what this worker serves from. One that has none stands aside: it takes
 * no request while others can, unless somebody waits for half a second already.
 */
void prefork_link(struct prefork_worker *w, enum worker_link link, const char *why);
/*
 * Leave after the request at hand, as if told to: prefork_done takes no other, prefork_next says
 * ERR_CLOSED at once. What the gate has handed to all workers is for the others.
 */
void prefork_leave(struct prefork_worker *w);
/* USR1 came: reopen the log. True once each time; ask before every request. */
bool prefork_reopen_wanted(struct prefork_worker *w);

#endif
