#ifndef HOB_JOBS_STORES_H
#define HOB_JOBS_STORES_H

#include "http/http.h"
#include "jobs/runner.h"
#include "json/json.h"
#include "jws/keys.h"

/*
 * What runners have in common for asking stores: a connection, the keys by which they sign, what they were given to show,
 * and what a store answers.
 */

/* A token for Apple's API, in the runner's arena; NULL: r->why says why not. */
const char *stores_apple_token(struct runner *r);
/* For Google's: bought at its token endpoint and kept. False: *end and r->why say what becomes of the job. */
bool stores_google_token(struct runner *r, const char **token, enum job_end *end);
/* It was refused: the next is another. */
void stores_forget_token(struct runner *r);

/* Statuses that are about us or the store, whatever was asked for; with all of 500 and more. */
enum { STATUS_UNAUTHORIZED = 401, STATUS_FORBIDDEN = 403, STATUS_TOO_MANY = 429 };

/*
 * What a store refuses with another status of 400 and more is about what it was asked for: the job is tried later, but
 * for those that a table has, by status and the store's own word (Google's reason, Apple's number).
 */
struct stores_refusal {
	int status;
	const char *word;
	enum job_end end;	/* JOB_DONE: it knows no such thing (any more) */
};
/*
 * Sends a request and reads its JSON. True: the answer has a 2xx and is an object. Else *end is what becomes of
 * the job: it waits while the store is away or refuses us. *status is that of a whole answer, or 0; *out is the object,
 * also of a refusal, or NULL.
 */
struct stores_request {
	enum http_method method;
	const char *url, *token;	/* token: NULL shows none */
	const char *type;		/* of the body */
	struct str body;		/* STR_NONE: none */
	bool is_aside;			/* of a neighbour of its own: it says nothing of the one that the job's kind has */
	const struct stores_refusal *refusals;	/* ends with a status of 0; NULL: each refusal is about us */
};
bool stores_ask(struct runner *r, const struct stores_request *request, const cJSON **out, int *status, enum job_end *end);

/*
 * The same for Google's public keys, which are kept for a while: those that were fetched since, by clock_mono_ms. They are
 * not fetched oftener than neighbours are left alone for (jobs.rest), however many tokens name a key that is none.
 */
bool stores_google_keys(struct runner *r, int64_t since_ms, struct jws_keys **out, enum job_end *end);

#endif
