#ifndef HOB_SERVE_PIPELINE_H
#define HOB_SERVE_PIPELINE_H

#include "core/err.h"

struct req;

/*
 * Runs a pipeline: `enter` and the scope check when the route wants a session, then
 * `statement` (NO_STATEMENT: none). ERR_OK: *out is the index for db_row_count and db_value.
 * Every other result is already explained on `r`. Each call is one round trip.
 */
enum err request_run(struct req *r, int statement, int *out);
/* The three steps of request_run, for several requests on one round trip. */
enum err request_open(struct req *r);
int request_queue(struct req *r, int statement);	/* index of `statement` */
int request_queue_also(struct req *r, int statement);	/* behind it, as it is */
enum err request_wait(struct req *r);
/*
 * Asks the database who the caller is and nothing else, for what a refusal says that needed no database; on one
 * round trip. Sets the principal's locale, or leaves it; all that `r` has to say of its failure stays.
 */
void request_meet(struct req *r);

#endif
