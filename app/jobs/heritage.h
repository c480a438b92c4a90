#ifndef HOB_JOBS_HERITAGE_H
#define HOB_JOBS_HERITAGE_H

#include "confine/confine.h"
#include "core/str.h"
#include "model/config.h"
#include "model/jobs_block.h"
#include "model/settings.h"
#include "supervise/supervise.h"

/* All that crosses the fork from the master of hob-jobs to a runner or the planner. */

enum {
	EXIT_CONFIG = 78		/* EX_CONFIG: starting again will not help by itself */
};

struct heritage {
	struct config config;
	struct settings settings;
	struct jobs_block *block;
	unsigned char secret[32];	/* made of cursor.secret, as hob-api makes it */
	int bells[SCOREBOARD_WORKERS];	/* an eventfd for each slot, on which its runner sleeps (bell.c) */
	int images[2];			/* a socket: runners ask at the first, hob-image is started at the other (image_ask.h) */
	int seats;			/* a file whose bytes runners lock (seat.c) */
};

static inline struct str
heritage_secret(const struct heritage *h)
{
	return (struct str){ (const char *)h->secret, sizeof(h->secret) };
}

struct child;
struct aide_self;

/*
 * Above what aides may take from beat to beat. The planner runs two statements, each of 60 s at most (statement_timeout
 * of hob_jobs; behind 70 s of a mute server no other follows), or one and waits for jobs.poll, a minute at most; the rest
 * is for Redis and names. A turn of the bell is a second, but a name that no server answers for takes 30 s for each
 * domain that resolv.conf searches. Who starts hob-image waits for nothing longer than a second.
 */
enum { PLANNER_BEAT_MS = 180000, BELL_BEAT_MS = 120000, IMAGES_BEAT_MS = 30000 };

/* What the master shows on its status socket, given its heritage (pages.c). */
extern const struct status_page jobs_pages[];
/* What each child begins with: its name in the log, and the rights that it gives up but for `kept`, or it dies. */
void heritage_settle(const struct heritage *h, const char *program, int index, enum confine_kept kept);
/* Opens the log anew when USR1 came since *seen, for aides. */
void heritage_tend_log(const struct heritage *h, uint32_t *seen);

/* Runs a runner (runner.c), the planner (planner.c), the bell (bell.c), who starts hob-image (image_aide.c). The results are their exit codes. */
int runner_main(struct child *c, void *heritage);
int planner_main(struct aide_self *self, void *heritage);
int bell_main(struct aide_self *self, void *heritage);
int image_aide_main(struct aide_self *self, void *heritage);

#endif
