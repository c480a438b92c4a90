#ifndef HOB_JOBS_COUNTS_H
#define HOB_JOBS_COUNTS_H

#include "jobs/runner.h"

/* What runners do is counted for Prometheus, in the shared block; the counts outlive them. */

/* In the master, before the first runner. */
void counts_begin(struct job_counts *c);
/* What became of a job. */
void counts_job(const struct runner *r, const struct kind *kind, enum job_result result);
/* A try to send something to somebody. */
void counts_sent(const struct runner *r, enum channel channel, enum sent what);

#endif
