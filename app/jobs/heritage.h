#ifndef HOB_JOBS_HERITAGE_H
#define HOB_JOBS_HERITAGE_H

#include "model/config.h"
#include "model/settings.h"
#include "supervise/scoreboard.h"

/* All that crosses the fork from the master of hob-jobs to a runner or the planner. */

enum {
	EXIT_CONFIG = 78,		/* EX_CONFIG: starting again will not help by itself */
	DOING_KIND_SIZE = 32, DOING_ID_SIZE = 40
};

/* Whom a kind of job talks to. */
enum neighbour { NOBODY, GORUSH, MAIL_SERVER, NEIGHBOURS };

/* The job that a runner is at, by slot: for the log of its death. */
struct doing {
	char kind[DOING_KIND_SIZE];	/* "": none */
	char id[DOING_ID_SIZE];
};

/* The file "jobs" of api.run_dir. */
struct jobs_block {
	struct scoreboard board;
	struct doing doing[SCOREBOARD_WORKERS];
	int64_t rest_until_ms[NEIGHBOURS];	/* by clock_mono_ms: it is away; 0: it is not */
};

struct heritage {
	struct config config;
	struct settings settings;
	struct jobs_block *block;
	unsigned char secret[32];	/* made of cursor.secret, as hob-api makes it */
	int bells[SCOREBOARD_WORKERS];	/* an eventfd for each slot, on which its runner sleeps (bell.c) */
};

struct child;

/* What each child begins with: its name in the log, and the rights that it gives up, or it dies. */
void heritage_settle(const struct heritage *h, const char *program, int index);
/* Opens the log anew when USR1 came since *seen, for aides. */
void heritage_tend_log(const struct heritage *h, uint32_t *seen);

/* Runs a runner (runner.c), the planner (planner.c), the bell (bell.c). The results are their exit codes. */
int runner_main(struct child *c, void *heritage);
int planner_main(void *heritage, int index);
int bell_main(void *heritage, int index);

#endif
