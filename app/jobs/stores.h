#ifndef HOB_JOBS_STORES_H
#define HOB_JOBS_STORES_H

#include "fetch/fetch.h"
#include "jobs/runner.h"
#include "json/json.h"
#include "jws/chain.h"
#include "jws/keys.h"

/*
 * What runners have in common for asking stores: a connection, the keys by which they sign, what they were given to show,
 * and what a store answers.
 */

/* The root that all of Apple's signatures lead to; NULL: r->why says why not. */
const struct jws_roots *stores_root(struct runner *r);
/* A token for Apple's API, in the runner's arena; NULL: r->why says why not. */
const char *stores_apple_token(struct runner *r);
/* For Google's: bought at its token endpoint and kept. False: *end and r->why say what becomes of the job. */
bool stores_google_token(struct runner *r, const char **token, enum job_end *end);
/* It was refused: the next is another. */
void stores_forget_token(struct runner *r);

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
};
bool stores_ask(struct runner *r, const struct stores_request *request, const cJSON **out, int *status, enum job_end *end);

/* The same for Google's public keys, which are kept; `anew`: those that were kept do not serve. */
bool stores_google_keys(struct runner *r, bool anew, struct arena *a, struct jws_keys **out, enum job_end *end);

#endif
