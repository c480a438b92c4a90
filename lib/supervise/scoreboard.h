#ifndef HOB_PREFORK_SCOREBOARD_H
#define HOB_PREFORK_SCOREBOARD_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/*
 * What every process of the pool is doing, in memory they all share and that
 * outlives each of them. Backed by a file so that `hob status` can read it while every
 * worker is busy. Fields have one writer each (named below); readers take them as they are.
 */
enum {
	SCOREBOARD_WORKERS = 256,
	SCOREBOARD_CONNS = 4096,
	SCOREBOARD_ROUTES = 256,
	SCOREBOARD_NAME_SIZE = 80,
	SCOREBOARD_REQUEST_ID_SIZE = 65,
	SCOREBOARD_WHY_SIZE = 160
};

enum worker_state {
	WORKER_NONE,		/* free slot */
	WORKER_STARTING,
	WORKER_IDLE,
	WORKER_READING,
	WORKER_HANDLING,
	WORKER_DB_WAIT,
	WORKER_WRITING,
	WORKER_LEAVING,
	WORKER_STATE_COUNT
};

const char *worker_state_name(enum worker_state s);

/* What a worker serves from, its connection to the database. */
enum worker_link {
	LINK_NONE,		/* it needs none, or has not said yet */
	LINK_AWAY,		/* it has none: it stands aside while others have one */
	LINK_FULL,		/* ... because no further connection is allowed */
	LINK_READY,
	LINK_COUNT
};

const char *worker_link_name(enum worker_link l);

struct worker_slot {
	/* written by the master */
	int32_t pid;			/* 0: free */
	uint32_t generation;
	int64_t started_ns;		/* monotonic */
	uint32_t leave;			/* 1: finish the request, then exit */
	int64_t leave_ns;		/* when it was told so */
	int64_t stopped_ns;		/* when a signal stopped it, 0: it runs */
	uint64_t lived_ns;		/* of those before it in this slot */
	/* written by the worker; the counters go on counting in its successor */
	uint32_t state;			/* enum worker_state */
	int64_t request_ns;		/* start of the present request, 0 between requests */
	int32_t route;			/* -1: not known yet */
	int32_t statement;		/* 0: none */
	uint32_t link;			/* enum worker_link */
	char why[SCOREBOARD_WHY_SIZE];	/* it is not ready */
	char request_id[SCOREBOARD_REQUEST_ID_SIZE];
	uint64_t requests;		/* this and busy_ns by prefork_done */
	uint64_t round_trips;
	uint64_t errors_5xx;
	uint64_t busy_ns;
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

struct scoreboard {
	char magic[8];			/* "HOBBOARD" */
	uint32_t version;		/* of this layout */
	uint32_t size_bytes;
	/* all below written by the master */
	int32_t master_pid;
	int64_t started_us;		/* unix, of the first exec */
	int64_t beat_ns;		/* monotonic; four times a second, the last sign of life */
	uint32_t generation;
	uint32_t configured;
	uint32_t running;
	uint32_t connections;
	uint32_t queue_now, queue_max, queue_limit;
	int64_t queue_oldest_ns;	/* monotonic, 0 when empty */
	uint64_t handed;		/* requests given to workers */
	uint32_t reopen;		/* counts USR1: the others reopen their logs when it moves */
	uint64_t crashes, kills;
	uint32_t accepting;		/* 0: the gate does not accept: the queue is full, or ... */
	uint32_t starved;		/* 1: ... no descriptor is left for another connection */
	uint32_t route_count;
	char routes[SCOREBOARD_ROUTES][SCOREBOARD_NAME_SIZE];	/* "GET /api/tasks" */
	uint32_t poke_wanted;		/* the gate sleeps on a queue: tell it of a take */
	/* by workers, atomic */
	int32_t recycling;		/* pid of the one that leaves used up, or 0 */
	uint64_t shed_stale;		/* waited too long, refused unexecuted (and by the gate) */
	uint64_t hung_up;		/* the client had gone before its turn */
	uint64_t retaken;		/* next request found by the worker itself */
	struct worker_slot workers[SCOREBOARD_WORKERS];
	struct conn_slot conns[SCOREBOARD_CONNS];
};

/*
 * Creates (or replaces) the file at `path` with `size_bytes` >= sizeof(struct
 * scoreboard), mode 0640, mapped shared and zeroed, header filled in. What the program
 * shares beyond the scoreboard follows it. ERR_IO with errno.
 */
enum err scoreboard_create(const char *path, size_t size_bytes, struct scoreboard **out);
/*
 * Maps an existing one read-only. ERR_IO; ERR_INVALID when it is of another version, or not of
 * `size_bytes`: what stands behind the scoreboard is that of another program then.
 */
enum err scoreboard_open(const char *path, size_t size_bytes,
			 const struct scoreboard **out);
/* The same, to write in what stands behind the scoreboard. */
enum err scoreboard_join(const char *path, size_t size_bytes, struct scoreboard **out);

#endif
