#ifndef HOB_CORE_ERR_H
#define HOB_CORE_ERR_H

/*
 * The errors that a caller can tell apart. The code is returned; the words stay on the
 * object that failed (db_why). HTTP status codes appear in one table only:
 * app/serve/problems.c.
 */
enum err {
	ERR_OK = 0,
	ERR_MALFORMED,		/* the bytes are not what they claim to be */
	ERR_INVALID,		/* well formed, but breaks a rule */
	ERR_UNAUTHORIZED,	/* no valid session */
	ERR_PLAN_LIMIT,		/* the owner's tier does not reach */
	ERR_FORBIDDEN,		/* signed in, role too low */
	ERR_NOT_FOUND,		/* missing, or not the caller's: no difference */
	ERR_METHOD,		/* the path exists, the method does not */
	ERR_CONFLICT,		/* the state of the thing does not allow it */
	ERR_RUNNING,		/* the same is under way: try later */
	ERR_GONE,		/* a cursor too old to go on from */
	ERR_STALE,		/* changed since it was last read */
	ERR_TOO_LARGE,		/* over a size limit */
	ERR_MEDIA_TYPE,		/* a body of a media type that is not accepted */
	ERR_REUSED,		/* an idempotency key with another body */
	ERR_DONE,		/* done already, by an earlier request: look at the outcome */
	ERR_TOO_MANY,		/* over a rate */
	ERR_FULL,		/* no room where files are kept */
	ERR_BUSY,		/* a service is away, or all workers busy: try later */
	ERR_TIMEOUT,		/* the time limit passed */
	ERR_CLOSED,		/* the other side hung up */
	ERR_IO,			/* a system call failed; errno tells */
	ERR_INTERNAL,		/* a bug or a bad installation */
	ERR_COUNT
};

/* A short lower-case name for logs: "not_found". Never NULL. */
const char *err_name(enum err e);

#endif
