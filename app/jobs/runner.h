#ifndef HOB_JOBS_RUNNER_H
#define HOB_JOBS_RUNNER_H

#include "core/arena.h"
#include "core/str.h"
#include "jobs/heritage.h"
#include "jobs/link.h"
#include "jobs/seat.h"

/*
 * A job, as it was leased: it is this runner's until the lease ends, and others take it then. So a
 * job may run twice, and each kind sees to it that this does no harm.
 */
struct job {
	const char *id, *kind, *key;
	struct str args;		/* JSON, an object */
	int attempt;			/* which lease it is: the fence */
	int tries;			/* of a limited number, this one counted */
	bool last_try;
};

enum job_end {
	JOB_DONE,
	JOB_LATER,			/* failed: another try follows, unless it was the last */
	JOB_WAIT,			/* a neighbour is away or set up wrong: it waits, and the try does not count */
	JOB_NEVER			/* failed, and no other try would fare better */
};

/* What a kind works with. */
struct runner {
	const struct heritage *heritage;
	struct db *db;
	struct arena arena;		/* of the job */
	struct fetch *strangers;	/* to addresses that people gave; NULL: none was needed yet */
	struct push *push;		/* to Gorush, likewise */
	struct smtp *smtp;		/* of letter.c, likewise */
	struct file_stores *file_stores;	/* of file_store.c, likewise */
	struct stores *stores;		/* of stores.c, likewise */
	struct teller *teller;		/* for statements with _touch (teller.h) */
	bool asked;			/* set by the kind: it has asked its neighbour, so the end of the job tells of that */
	bool away;			/* set by the kind: its neighbour does not answer, whatever becomes of the job */
	int64_t rest_ms;		/* set by the kind: so long its neighbour wants to be left alone; 0: it did not say */
	char why[LINK_WHY_SIZE];	/* a failure in words, filled by the kind; no secrets, no addresses */
};

struct kind {
	const char *name;		/* as in the table job_kinds */
	int batch;			/* so many are leased at a time, and ended together; quick ones, if many */
	enum job_end (*run)(struct runner *r, const struct job *job);
	enum neighbour neighbour;	/* while it is away, none is leased on this host */
	enum seats seats;		/* without one that is free none is leased by this runner */
};

/* kinds.c: one row for each file of a kind, JOB_KINDS at most. */
extern const struct kind kinds[];
extern const int kind_count;

enum job_end apple_purchase_run(struct runner *r, const struct job *job);
enum job_end google_acknowledge_run(struct runner *r, const struct job *job);
enum job_end google_purchase_run(struct runner *r, const struct job *job);
enum job_end google_push_run(struct runner *r, const struct job *job);
enum job_end digest_run(struct runner *r, const struct job *job);
enum job_end mail_run(struct runner *r, const struct job *job);
enum job_end plan_run(struct runner *r, const struct job *job);
enum job_end probe_run(struct runner *r, const struct job *job);
enum job_end erase_run(struct runner *r, const struct job *job);
enum job_end export_run(struct runner *r, const struct job *job);
enum job_end export_sweep_run(struct runner *r, const struct job *job);
enum job_end file_sweep_run(struct runner *r, const struct job *job);
enum job_end purge_run(struct runner *r, const struct job *job);
enum job_end push_run(struct runner *r, const struct job *job);
enum job_end image_run(struct runner *r, const struct job *job);
enum job_end record_run(struct runner *r, const struct job *job);
enum job_end recount_run(struct runner *r, const struct job *job);
enum job_end rollup_run(struct runner *r, const struct job *job);
enum job_end remind_run(struct runner *r, const struct job *job);
enum job_end sweep_run(struct runner *r, const struct job *job);
enum job_end tiers_run(struct runner *r, const struct job *job);
enum job_end invitation_run(struct runner *r, const struct job *job);
enum job_end keep_purchases_run(struct runner *r, const struct job *job);
enum job_end letters_run(struct runner *r, const struct job *job);
enum job_end webhook_run(struct runner *r, const struct job *job);

/* The delivery of this job will not be sent, for a reason of doc/api/notifications.md. */
enum job_end delivery_drop(struct runner *r, const struct job *job, enum channel channel, const char *why);
/* A statement of the job's own failed with `e`: fills r->why. */
enum job_end runner_failed(struct runner *r, enum err e);
/* Is it told to leave? A job that has pieces may end between two of them, as JOB_LATER. */
bool runner_must_leave(const struct runner *r);

#endif
