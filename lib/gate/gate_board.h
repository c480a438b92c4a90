#ifndef HOB_GATE_GATE_BOARD_H
#define HOB_GATE_GATE_BOARD_H

#include <stdint.h>

#include "supervise/scoreboard.h"

/*
 * The state that gate and workers share, and `hob status` reads: in the shared block,
 * behind the scoreboard. Fields have one writer each (named below); readers take them as
 * they are.
 */
enum {
	GATE_CONNS = 4096,
	GATE_ROUTES = 256,
	GATE_ROUTE_SIZE = 80,
	GATE_REQUEST_ID_SIZE = 65
};

/* A worker's request and counters; by the worker. The counters go on in its successor. */
struct request_slot {
	int32_t route;			/* -1: not known yet */
	int32_t statement;		/* 0: none */
	char request_id[GATE_REQUEST_ID_SIZE];
	uint64_t round_trips;
	uint64_t errors_5xx;
	uint64_t db_wait_ns;
};

enum conn_state {
	CONN_FREE,		/* no connection in this slot */
	CONN_IDLE,		/* open, no request known; the gate watches it */
	CONN_READY,		/* has a request; waits in the gate's queue or the workers' socket */
	CONN_TAKEN,		/* a worker has it */
	CONN_SHUT		/* a worker is done with it for good; the gate closes it */
};

/*
 * One kept connection of nginx. The word says its state, whose it is and which of the
 * connections that used this slot it is, so that one compare-and-swap moves all three.
 */
struct conn_slot {
	uint64_t word;			/* pid if taken << 32 | serial << 3 | conn_state */
	int64_t ready_ns;		/* when its request was first seen */
	int32_t read_ms;		/* its read timeout as it was set */
};

struct gate_board {
	/* by the gate */
	uint32_t connections;
	uint32_t queue_now, queue_max, queue_limit;
	int64_t queue_oldest_ns;	/* monotonic, 0 when empty */
	uint64_t handed;		/* requests given to workers */
	uint32_t accepting;		/* 0: the gate does not accept: the queue is full, or ... */
	uint32_t starved;		/* 1: ... no descriptor is left for another connection */
	uint32_t poke_wanted;		/* the gate sleeps on a queue: tell it of a take */
	/* before the start */
	uint32_t route_count;
	char routes[GATE_ROUTES][GATE_ROUTE_SIZE];	/* "GET /api/tasks" */
	/* by workers, atomic */
	uint64_t shed_stale;		/* waited too long, refused unexecuted (and by the gate) */
	uint64_t shed_full;		/* not even accepted for as long, as the queue was full; by the gate */
	uint64_t hung_up;		/* the client had gone before its turn */
	uint64_t retaken;		/* next request found by the worker itself */
	struct request_slot requests[SCOREBOARD_WORKERS];	/* as scoreboard.workers */
	struct conn_slot conns[GATE_CONNS];
};

#endif
