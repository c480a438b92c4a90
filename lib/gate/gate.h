#ifndef HOB_GATE_GATE_H
#define HOB_GATE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "gate/gate_board.h"
#include "supervise/front.h"

/*
 * The gate: a front (supervise/front.h) that accepts nginx's kept connections and watches
 * them. One that has a request is handed to an idle worker as a descriptor (gate_worker.h).
 * The gate reads no byte of a request. It closes a connection that waits too long, which
 * nginx answers with 503. Kept connections go on to the next image of the program, or to
 * the next process on a socket that another process holds for both.
 */
struct gate;

/*
 * Connections that wait to be accepted. Small: one above it is an instant 502 and not a
 * long wait; large enough for a burst while the gate waits for a processor (5 ms of nginx
 * opening one every 20 µs).
 */
enum { GATE_BACKLOG = 256 };

/* The limits that a reload may change. */
struct gate_limits {
	int queue_per_worker;		/* queue bound = configured workers * this */
	int64_t stale_ms;		/* a request that waits longer is refused; 0: never */
};

struct gate_options {
	struct gate_board *board;
	const struct scoreboard *pool;
	struct gate_limits limits;
	int listen_fd;			/* non-blocking, listening */
	bool listen_kept;		/* held by another process too, for later */
};

/*
 * The listening socket and kept connections that a previous image of this process left
 * for us (USR2), or systemd (LISTEN_FDS): fills listen_fd and listen_kept. listen_fd -1:
 * there is none, bind your own (supervise/listen.h). Connections that a former process left in
 * the backlog of a kept socket come while we run.
 */
void gate_inherit(struct gate_options *o);
/* Before the fork; dies when out of memory. supervise_run opens and closes what it needs. */
struct gate *gate_new(const struct gate_options *o);
void gate_free(struct gate *g);
/* For a supervisor: .front = &gate_front, .front_arg = a gate. */
extern const struct front gate_front;
/* At the end of a good reload. */
void gate_set_limits(struct gate *g, const struct gate_limits *l);
/* Adds to a log line the request of the worker in slot `index`. */
void gate_log_request(const struct gate_board *b, int index);

#endif
