#ifndef HOB_MODEL_JOBS_BLOCK_H
#define HOB_MODEL_JOBS_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/config.h"
#include "supervise/scoreboard.h"

/* The shared block of hob-jobs on a host, in the file "jobs" of its directory: made by its master, read by `hob`. */

static inline const char *
jobs_run_dir(const struct config *c)
{
	return c->jobs_run_dir[0] ? c->jobs_run_dir : c->api.run_dir;
}

enum { DOING_KIND_SIZE = 32, DOING_ID_SIZE = 40, BACKLOG_ROWS = 64, BACKLOG_NAME_SIZE = 32 };

/*
 * Whom a kind of job asks, and leaves alone for a while when they are away. Of strangers one that is says nothing of the
 * others. FILE_STORE: where new files are kept; FILE_STORES: wherever there are any, which may be away while the other is
 * not.
 */
enum neighbour { NOBODY, GORUSH, MAIL_SERVER, FILE_STORE, FILE_STORES, APPLE_STORE, GOOGLE_STORE, GOOGLE_KEYS, NEIGHBOURS };

/*
 * What the runners of this host have done since its master started, for Prometheus: jobs by kind and what became of them,
 * and each try to send something to somebody. Words are atomic.
 */
enum { JOB_KINDS = 32 };
enum job_result { RESULT_DONE, RESULT_FAILED, RESULT_PUT_OFF, RESULT_DEAD, JOB_RESULTS };
enum channel { CHANNEL_PUSH, CHANNEL_MAIL, CHANNEL_WEBHOOK, CHANNELS };
/* Later: another try follows. Away: it does not answer, or cannot be asked. Gone: the address is not valid any more. */
enum sent { SENT_ACCEPTED, SENT_LATER, SENT_AWAY, SENT_REFUSED, SENT_GONE, SENT_DROPPED, SENT_COUNT };

struct job_counts {
	char kinds[JOB_KINDS][DOING_KIND_SIZE];	/* by the master; "": no more */
	uint64_t results[JOB_KINDS][JOB_RESULTS];
	uint64_t sent[CHANNELS][SENT_COUNT];
};

/* The job that a runner is at, by slot: for the log of its death. */
struct doing {
	char kind[DOING_KIND_SIZE];	/* "": none */
	char id[DOING_ID_SIZE];
};

/* What waits in the database, on all hosts: of a kind of jobs, or of what leaves the house. */
struct backlog_row {
	char name[BACKLOG_NAME_SIZE];	/* "webhook", "push" */
	bool is_kind, paused;
	int64_t waiting;
	int64_t held;			/* jobs: leased; deliveries: until quiet hours end */
	int64_t dead;
	int64_t late_s;			/* how long the oldest of those that are due waits */
};

/* Written by the planner; a reader beside it may see a row of before. */
struct backlog {
	int64_t begun_ns;		/* monotonic, since when somebody should count */
	int64_t at_ns;			/* monotonic, when it was counted; 0: not yet */
	int32_t count;
	struct backlog_row rows[BACKLOG_ROWS];
};

struct jobs_block {
	struct scoreboard board;
	struct doing doing[SCOREBOARD_WORKERS];
	int64_t rest_until_ms[NEIGHBOURS];	/* by clock_mono_ms: it is away; 0: it is not */
	struct backlog backlog;
	struct job_counts counts;
};

#endif
