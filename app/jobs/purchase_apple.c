/* purchase_apple.c: asks the App Store what a subscription is by now. Runs in runners. */
#include <stdio.h>
#include <string.h>

#include "jobs/purchase.h"
#include "jobs/stores.h"
#include "model/apple.h"
#include "model/stores.h"

/* clang-format off */
static const struct stores_refusal apple_refusals[] = {
	{ 400, "4000006", JOB_DONE },	/* InvalidTransactionIdError */
	{ 400, "4000008", JOB_DONE },	/* InvalidOriginalTransactionIdError */
	{ 404, "4040001", JOB_DONE },	/* AccountNotFoundError */
	{ 404, "4040003", JOB_WAIT },	/* AppNotFoundError */
	{ 404, "4040005", JOB_DONE },	/* OriginalTransactionIdNotFoundError */
	{ 404, "4040010", JOB_DONE },	/* TransactionIdNotFoundError */
	{ 0, NULL, JOB_LATER }
};
/* clang-format on */

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

	cJSON_ArrayForEach (group, stores_member(answer, "data")) {
		cJSON_ArrayForEach (last, stores_member(group, "lastTransactions")) {
			const char *its = stores_text(last, "originalTransactionId");

			if (its != NULL && strcmp(its, id) == 0)
				return last;
		}
	}
	return NULL;
}

/* Of the two tokens both are proven, and about the same subscription; the older one says as of when. */
static enum err
read_tokens(struct runner *r, const cJSON *last, struct apple_transaction *t,
	    struct apple_renewal *n)
{
	const struct config *c = &r->heritage->config;
	const char *why = "there is no such subscription in it";
	enum err e = last == NULL ? ERR_NOT_FOUND : ERR_OK;

	if (e == ERR_OK)
		e = apple_read_transaction(&r->arena, c, APPLE_NOW,
					   str_of(stores_text(last,
							      "signedTransactionInfo")),
					   t, &why);
	if (e == ERR_OK)
		e = apple_read_renewal(&r->arena, c,
				       str_of(stores_text(last, "signedRenewalInfo")), n,
				       &why);
	if (e != ERR_OK)
		snprintf(r->why, sizeof(r->why), "Apple's answer is not taken: %s", why);
	return e;
}

/* False: *end is what becomes of the job. */
static bool
apple_says(struct runner *r, const struct asked *q, const cJSON *last, struct said *out,
	   enum job_end *end)
{
	struct apple_transaction t;
	struct apple_renewal n;
	enum err e = read_tokens(r, last, &t, &n);

	*end = e == ERR_INTERNAL ? JOB_WAIT : JOB_LATER;
	if (e != ERR_OK)
		return false;
	*out = (struct said){
		.environment = stores_environment(t.is_sandbox),
		.product = t.product,
		.status = apple_status_of(stores_number(last, "status"), &t, &n),
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

enum job_end
apple_purchase_run(struct runner *r, const struct job *job)
{
	const struct config *c = &r->heritage->config;
	struct stores_request request = { .method = HTTP_GET,
					  .refusals = apple_refusals };
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
	request.is_aside = strcmp(q.environment, "sandbox") == 0;
	request.url = arena_printf(&r->arena, "%s/inApps/v1/subscriptions/%s",
				   request.is_aside ? c->stores_apple_sandbox_url
						    : c->stores_apple_url,
				   q.id);
	if (!stores_ask(r, &request, &answer, &status, &end))
		return end == JOB_DONE ? purchase_tell_unknown(r, job) : end;
	if (!apple_says(r, &q, find_subscription(answer, q.id), &said, &end))
		return end;
	return purchase_tell(r, job, &q, &said);
}
