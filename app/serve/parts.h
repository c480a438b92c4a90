#ifndef HOB_SERVE_PARTS_H
#define HOB_SERVE_PARTS_H

#include "serve/request.h"

/*
 * Requests inside of one. Each part is the request it would be alone (the same route,
 * fields, statements and problems) and a transaction of its own; all of them share one
 * round trip, behind the statement of the whole, if it has one.
 */
struct part {
	struct req req;
	struct http_response out;	/* the answer of ERR_OK; else see problem_reply */
	enum err e;			/* anything but ERR_OK before it runs: it does not */
	bool joined;			/* in the transaction of the part before: both are done, or none */
	int from, index, to;		/* its statements in the pipeline; of a transaction, the first's */
};

struct parts {
	struct part *list;
	int count, max;
	/* Each transaction is rolled back at its end: a part that is not refused would
	 * succeed. */
	bool rehearsal;
	int index;	/* of the whole's own statement */
	int entrance;	/* statements of its transaction, which goes first */
};

/* Room for `max` parts, in the arena of `whole`. */
void parts_init(struct req *whole, struct parts *p, int max);
/* The next part: a request to this route, with its values, by the caller of `whole`. Dies when there is no room. */
struct part *part_begin(struct req *whole, struct parts *p, enum http_method method, const char *path);
/* ... and one more of the same transaction, about the thing that the part before it makes. */
struct part *part_join(struct req *whole, struct parts *p, enum http_method method, const char *path,
		       struct str thing);
/*
 * Derives an Idempotency-Key of the last part, after it was decoded, from the whole's and
 * the part's number. The whole's own is looked at and kept in its entrance: it stands for all of the
 * body, and each part's decides whether that is done again.
 */
void part_derive_key(struct req *whole, struct parts *p);
/*
 * Runs the parts without an error. ERR_OK: each part has its own result, ERR_DONE when it
 * was done before; any other result is that of the whole, which is explained: ERR_RUNNING while another try of it
 * is at a part. whole->by_key: its key was used before.
 */
enum err parts_run(struct req *whole, struct parts *p);
/*
 * Shows the objects of parts that were done before, by one more round trip. Results as
 * parts_run, without ERR_DONE.
 */
enum err parts_show_done(struct req *whole, struct parts *p);
/* Writes the problem of a part into its `out`. */
void part_refuse(struct req *whole, struct part *p);

#endif
