#ifndef HOB_SUPERVISE_SCOREBOARD_H
#define HOB_SUPERVISE_SCOREBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/*
 * The state of every process of the pool, in memory they all share and that outlives each
 * of them. Backed by a file so that `hob status` can read it while every worker is busy.
 * Fields have one writer each (named below); readers take them as they are.
 */
enum {
	SCOREBOARD_WORKERS = 256,
	SCOREBOARD_AIDES = 32,
	SCOREBOARD_WHY_SIZE = 160
};

enum worker_state {
	WORKER_NONE,		/* free slot */
	WORKER_STARTING,
	WORKER_IDLE,
	WORKER_READING,		/* the first step of a piece of work; the others follow */
	WORKER_HANDLING,
	WORKER_DB_WAIT,
	WORKER_WRITING,
	WORKER_LEAVING,
	WORKER_STATE_COUNT
};

const char *worker_state_name(enum worker_state s);

/* A worker's link: its connection to the database. */
enum worker_link {
	LINK_NONE,		/* it needs none, or has not said yet */
	LINK_AWAY,		/* it has none: it takes no work while others have one */
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
	uint32_t leave;			/* 1: finish the work at hand, then exit */
	int64_t leave_ns;		/* when it was told so */
	int64_t stopped_ns;		/* when a signal stopped it, 0: it runs */
	uint64_t lived_ns;		/* of those before it in this slot */
	/* written by the worker; the counters go on counting in its successor */
	uint32_t state;			/* enum worker_state */
	int64_t work_ns;		/* start of the piece of work at hand, 0 between two */
	uint32_t link;			/* enum worker_link */
	char why[SCOREBOARD_WHY_SIZE];	/* it is not ready */
	uint64_t done;			/* pieces of work, ... */
	uint64_t busy_ns;		/* ... and the time they took: by child_end */
	int64_t rss_bytes;		/* its memory, as it has last looked */
};

struct scoreboard {
	char magic[8];			/* "HOBBOARD" */
	uint32_t version;		/* of this layout */
	uint32_t size_bytes;
	/* all below written by the master */
	int32_t master_pid;
	int64_t started_us;		/* unix, of the first exec */
	int64_t beat_ns;		/* monotonic; set four times a second */
	uint32_t generation;
	uint32_t configured;
	uint32_t running;
	uint32_t reopen;		/* counts USR1: the others reopen their logs when it moves */
	uint64_t crashes, kills;
	/* by workers, atomic */
	int32_t recycling;		/* pid of the one that leaves used up, or 0 */
	uint64_t recycles;		/* so many left used up */
	/* by aides, atomic: monotonic, the last sign of life of each (aide_beat) */
	int64_t aide_beats_ns[SCOREBOARD_AIDES];
	struct worker_slot workers[SCOREBOARD_WORKERS];
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
/* The same, writable: for the data behind the scoreboard. */
enum err scoreboard_join(const char *path, size_t size_bytes, struct scoreboard **out);
void scoreboard_leave(struct scoreboard *b);
/* Is a piece of work at hand that was begun before `then_ns`? */
bool scoreboard_busy_since(const struct scoreboard *b, int64_t then_ns);

#endif
