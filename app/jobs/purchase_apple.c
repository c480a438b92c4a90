/* purchase_apple.c: asks the App Store what a subscription is by now. Runs in runners. */
#include <stdio.h>
#include <string.h>

#include "jobs/purchase.h"
#include "jobs/stores.h"
#include "model/apple.h"
#include "model/stores.h"

/* Codes of errors by which Apple says that it knows no such transaction. */
enum { APPLE_INVALID = 4000006, APPLE_NOT_FOUND = 4040010 };
enum apple_status {
	APPLE_ACTIVE = 1,
	APPLE_RETRY = 3,
	APPLE_GRACE = 4,
	APPLE_REVOKED = 5
};

static const char *
apple_status_of(int64_t status, const struct apple_transaction *t,
		const struct apple_renewal *n)
{
	switch (status) {
	case APPLE_ACTIVE:
		return n->renews ? "active" : "cancelled";
	case APPLE_RETRY:
		return "retry";
	case APPLE_GRACE:
		return "grace";
	case APPLE_REVOKED:
		return t->is_refund ? "refunded" : "revoked";
	default:
		return "expired";
	}
}

static const cJSON *
find_subscription(const cJSON *answer, const char *id)
{
	const cJSON *group, *last;

	cJSON_ArrayForEach (group, cJSON_GetObjectItemCaseSensitive(answer, "data")) {
		cJSON_ArrayForEach (last,
				    cJSON_GetObjectItemCaseSensitive(group, "lastTransact"
									    "ions")) {
			const char *its = stores_text(last, "originalTransactionId");

			if (its != NULL && strcmp(its, id) == 0)
				return last;
		}
	}
	return NULL;
}

/* Of the two tokens both are proven, and about the same subscription; the older one says as of when. */
static bool
read_apple(struct runner *r, const struct asked *q, const cJSON *last, struct said *out)
{
	const struct config *c = &r->heritage->config;
	const struct jws_roots *roots = stores_root(r);
	const char *why = "there is no such subscription in it";
	struct apple_transaction t;
	struct apple_renewal n;
	bool good = roots != NULL && last != NULL;

	good = good &&
	       apple_read_transaction(&r->arena, c, roots,
				      str_of(stores_text(last, "signedTransactionInfo")),
				      &t, &why) == ERR_OK;
	good = good && apple_read_renewal(&r->arena, roots,
					  str_of(stores_text(last, "signedRenewalInfo")),
					  &n, &why) == ERR_OK;
	if (roots != NULL && !good)
		snprintf(r->why, sizeof(r->why), "Apple's answer is not taken: %s", why);
	if (!good)
		return false;
	*out = (struct said){
		.environment = stores_environment(t.is_sandbox),
		.product = t.product,
		.status = apple_status_of(stores_ms(last, "status"), &t, &n),
		.named = t.named,
		.renews = n.renews,
		.is_shared = t.is_shared,
		.as_of_ms = t.signed_ms < n.signed_ms ? t.signed_ms : n.signed_ms,
		.until_ms = t.until_ms,
		.grace_ms = n.grace_ms,
	};
	snprintf(r->why, sizeof(r->why), "Apple's answer is about something else");
	return strcmp(t.id, q->id) == 0 && n.id != NULL && strcmp(n.id, q->id) == 0 &&
	       strcmp(out->environment, q->environment) == 0;
}

static bool
apple_knows_none(int status, const cJSON *answer)
{
	int64_t code = stores_ms(answer, "errorCode");

	return (status == 404 && code == APPLE_NOT_FOUND) ||
	       (status == 400 && code == APPLE_INVALID);
}

enum job_end
apple_purchase_run(struct runner *r, const struct job *job)
{
	const struct config *c = &r->heritage->config;
	struct stores_request request = { .method = HTTP_GET };
	struct asked q;
	struct said said;
	const cJSON *answer;
	enum job_end end;
	int status;

	if (!purchase_find(r, job, "stores.apple_bundle_id", c->stores_apple_bundle_id,
			   &q, &end))
		return end;
	request.token = stores_apple_token(r);
	if (request.token == NULL)
		return JOB_WAIT;
	request.url = arena_printf(&r->arena, "%s/inApps/v1/subscriptions/%s",
				   strcmp(q.environment, "sandbox") == 0
					   ? c->stores_apple_sandbox_url
					   : c->stores_apple_url,
				   q.id);
	if (!stores_ask(r, &request, &answer, &status, &end))
		return apple_knows_none(status, answer) ? purchase_tell_unknown(r, job)
							: end;
	if (!read_apple(r, &q, find_subscription(answer, q.id), &said))
		return JOB_WAIT;
	return purchase_tell(r, job, &q, &said);
}
