#ifndef HOB_API_PARTS_H
#define HOB_API_PARTS_H

#include "api/request.h"

/*
 * Requests inside of one. Each part is the request it would be alone (the same route, fields,
 * statements and problems) and a transaction of its own; all of them go to the database and come back
 * together. What an earlier request has done already is shown, all of it by one more round trip.
 */
struct part {
	struct req req;
	struct http_response out;	/* what was answered, when e is ERR_OK; else see problem_reply */
	enum err e;			/* anything but ERR_OK before it runs: it does not */
	bool joined;			/* in the transaction of the part before, and done or not with it */
	int from, index, to;		/* its statements in the pipeline; of a transaction, the first's */
};

struct parts {
	struct part *list;
	int count;
	/*
	 * Each transaction is done and taken back: what is not refused would be done. Nothing
	 * is answered then but whether it is there already.
	 */
	bool rehearsal;
	int entrance;	/* statements of the whole's own transaction, which goes first */
};

/* Room for `max` parts, in the arena of `whole`. */
void parts_init(struct req *whole, struct parts *p, int max);
/* The next part: a request to this route, with its values, by who makes `whole`. */
struct part *part_begin(struct req *whole, struct parts *p, enum http_method method, const char *path);
/* ... and one more of the same transaction, about the thing that the part before it makes. */
struct part *part_join(struct req *whole, struct parts *p, enum http_method method, const char *path,
		       struct str thing);
/*
 * Runs those that can be. ERR_OK: each part says for itself what became of it; any other result
 * is that of the whole, which is explained.
 */
enum err parts_run(struct req *whole, struct parts *p);

/* Index of a route that there is. */
int route_find(enum http_method method, const char *path);

#endif
