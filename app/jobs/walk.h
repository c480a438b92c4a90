#ifndef HOB_JOBS_WALK_H
#define HOB_JOBS_WALK_H

#include "jobs/runner.h"

/*
 * Goes over all there is by a statement that takes one portion, a transaction each: it is given `behind`, null at first,
 * and answers `last`, null when nothing was left, and how much it has done (`count`). A job that is cut short begins
 * anew, so what is done already must cost the statement little. *sum: of all portions.
 */
enum job_end walk(struct runner *r, int statement, int64_t *sum);

#endif
