#ifndef HOB_JOBS_PURCHASE_H
#define HOB_JOBS_PURCHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "jobs/runner.h"

/* For the files of purchases: what is asked of a store about one, and what it says. */

/* As hob.purchase_told takes it. Numbers of 0 and texts of NULL are null. */
struct said {
	const char *environment, *product, *status, *named, *replaces, *follows;
	bool renews, is_shared, is_new;	/* is_shared: with a family; is_new: Google wants to hear that it arrived */
	int64_t as_of_ms, until_ms, grace_ms;
};

/* The purchase that is asked for. product: "" when the store has said nothing yet; at_ms: by the database's clock. */
struct asked {
	const char *environment, *id, *product;
	int64_t at_ms;
};

/* What the job is about, where the store's setting is there; false: *end is what becomes of the job. */
bool purchase_find(struct runner *r, const struct job *job, const char *setting, const char *is_set, struct asked *out,
		   enum job_end *end);
/* Writes what the store has said. */
enum job_end purchase_tell(struct runner *r, const struct job *job, const struct asked *q, const struct said *s);
/* Writes that the store knows no such purchase (any more). */
enum job_end purchase_tell_unknown(struct runner *r, const struct job *job);

#endif
