/*
 * purchase_google.c: asks Google Play what a purchase is by now, tells it that the purchase has arrived, and proves what it
 * pushes. Runs in runners.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "jobs/purchase.h"
#include "jobs/stores.h"
#include "jobs/teller.h"
#include "jws/keys.h"
#include "log/log.h"
#include "model/stores.h"
#include "statements.h"

/* clang-format off */
static const struct {
	const char *name, *status;
} google_states[] = {
	{ "SUBSCRIPTION_STATE_PENDING",         "pending" },
	{ "SUBSCRIPTION_STATE_ACTIVE",          "active" },
	{ "SUBSCRIPTION_STATE_PAUSED",          "paused" },
	{ "SUBSCRIPTION_STATE_IN_GRACE_PERIOD", "grace" },
	{ "SUBSCRIPTION_STATE_ON_HOLD",         "retry" },
	{ "SUBSCRIPTION_STATE_CANCELED",        "cancelled" },
	{ "SUBSCRIPTION_STATE_EXPIRED",         "expired" },
	{ "SUBSCRIPTION_STATE_PENDING_PURCHASE_CANCELED", "expired" },
};

static const struct stores_refusal google_refusals[] = {
	{ 400, "invalid",                               JOB_DONE },
	{ 400, "purchaseTokenDoesNotMatchPackageName",  JOB_DONE },
	{ 404, "applicationNotFound",                   JOB_WAIT },
	{ 404, "purchaseTokenNotFound",                 JOB_DONE },
	{ 410, "purchaseTokenNoLongerValid",            JOB_DONE },
	{ 410, "subscriptionPurchaseNoLongerAvailable", JOB_DONE },
	{ 0, NULL, JOB_LATER }
};
/* clang-format on */

static const char *
google_status_of(const char *state)
{
	for (size_t i = 0; i < sizeof(google_states) / sizeof(google_states[0]); i++)
		if (state != NULL && strcmp(google_states[i].name, state) == 0)
			return google_states[i].status;
	return NULL;
}

/* RFC 3339 in UTC, as protocol buffers print it; 0: it is none. */
static int64_t
rfc3339_ms(const char *text)
{
	struct tm tm = { 0 };
	const char *rest = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	int64_t ms = 0, unit = 100;

	if (rest == NULL)
		return 0;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
			ms += (*rest - '0') * unit;
	return *rest == 'Z' ? (int64_t)timegm(&tm) * 1000 + ms : 0;
}

/* The item that holds now: the one that ends last; one that comes at the next renewal has no end yet. */
static const cJSON *
google_item(const cJSON *answer, int64_t *until_ms)
{
	const cJSON *item, *best = NULL;

	*until_ms = 0;
	cJSON_ArrayForEach (item, stores_member(answer, "lineItems")) {
		int64_t ms = rfc3339_ms(stores_text(item, "expiryTime"));

		if (best != NULL && ms <= *until_ms)
			continue;
		best = item;
		*until_ms = ms;
	}
	return best;
}

static bool
google_says(struct runner *r, const struct asked *q, const cJSON *answer,
	    struct said *out)
{
	const char *acknowledged = stores_text(answer, "acknowledgementState");
	const cJSON *out_of_app = stores_member(answer, "outOfAppPurchaseContext"),
		    *named = stores_member(answer, "externalAccountIdentifiers"),
		    *named_before = stores_member(out_of_app,
						  "expiredExternalAccountIdentifiers"),
		    *item;
	bool is_paid;

	*out = (struct said){
		.status = google_status_of(stores_text(answer, "subscriptionState")),
		.environment =
			stores_environment(stores_member(answer, "testPurchase") != NULL),
		.replaces = stores_text(answer, "linkedPurchaseToken"),
		.follows = stores_text(out_of_app, "expiredPurchaseToken"),
		.named = stores_text(named, "obfuscatedExternalAccountId"),
		.as_of_ms = q->at_ms,
	};
	item = google_item(answer, &out->until_ms);
	out->product = stores_text(item, "productId");
	if (out->named == NULL)
		out->named = stores_text(named_before, "obfuscatedExternalAccountId");
	if (out->status == NULL || out->product == NULL) {
		snprintf(r->why, sizeof(r->why), "Google's answer is not understood");
		return false;
	}
	is_paid = strcmp(out->status, "active") == 0 || strcmp(out->status, "grace") == 0;
	out->renews = is_paid && stores_member(item, "autoRenewingPlan") != NULL;
	if (strcmp(out->status, "grace") == 0)
		out->grace_ms = out->until_ms;
	out->is_new = acknowledged != NULL &&
		      strcmp(acknowledged, "ACKNOWLEDGEMENT_STATE_PENDING") == 0 &&
		      (is_paid || strcmp(out->status, "cancelled") == 0);
	return true;
}

enum { TOKEN_MIN = 20 };
#define PACKAGE "%s/androidpublisher/v3/applications/%s/purchases/"

/* With an access token; with another one when the first is not taken any more. */
static bool
ask_google(struct runner *r, struct stores_request *request, const cJSON **answer,
	   int *status, enum job_end *end)
{
	*status = 0;
	*answer = NULL;
	if (!stores_google_token(r, &request->token, end))
		return false;
	if (stores_ask(r, request, answer, status, end))
		return true;
	if (*status != STATUS_UNAUTHORIZED)
		return false;
	stores_forget_token(r);
	return stores_google_token(r, &request->token, end) &&
	       stores_ask(r, request, answer, status, end);
}

enum job_end
google_acknowledge_run(struct runner *r, const struct job *job)
{
	const struct config *c = &r->heritage->config;
	struct stores_request request = {
		.method = HTTP_POST,
		.type = "application/json",
		.body = STR("{}"),
		.refusals = google_refusals,
	};
	struct asked q;
	const cJSON *answer;
	enum job_end end;
	int status;

	if (!purchase_find(r, job, "stores.google_package", c->stores_google_package, &q,
			   &end))
		return end;
	request.url =
		arena_printf(&r->arena, PACKAGE "subscriptions/%s/tokens/%s:acknowledge",
			     c->stores_google_url, c->stores_google_package, q.product,
			     q.id);
	/* Its answer is empty, which is no object, and good. */
	if (ask_google(r, &request, &answer, &status, &end) ||
	    (status >= 200 && status <= 299))
		return JOB_DONE;
	return end == JOB_DONE ? JOB_LATER : end;
}

/* It stands in an address, of which ".." would be a way up. */
static bool
is_token(const char *id)
{
	return strlen(id) >= TOKEN_MIN &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			  "-._~") == strlen(id);
}

enum job_end
google_purchase_run(struct runner *r, const struct job *job)
{
	const struct config *c = &r->heritage->config;
	struct stores_request request = { .method = HTTP_GET,
					  .refusals = google_refusals };
	struct asked q;
	struct said said;
	const cJSON *answer;
	enum job_end end;
	int status;

	if (!purchase_find(r, job, "stores.google_package", c->stores_google_package, &q,
			   &end))
		return end;
	if (!is_token(q.id))
		return purchase_tell_unknown(r, job);
	request.url = arena_printf(&r->arena, PACKAGE "subscriptionsv2/tokens/%s",
				   c->stores_google_url, c->stores_google_package, q.id);
	if (!ask_google(r, &request, &answer, &status, &end))
		return end == JOB_DONE ? purchase_tell_unknown(r, job) : end;
	if (!google_says(r, &q, answer, &said))
		return JOB_LATER;
	return purchase_tell(r, job, &q, &said);
}

/* --- pushes ------------------------------------------------------------------------------ */

/* By keys that are fetched anew for a token that is newer than those. False: *end says what becomes of the job. */
static bool
prove_push(struct runner *r, struct str token, int64_t arrived_ms, bool *good,
	   enum job_end *end)
{
	struct jws_keys *keys;
	struct jws_result result = { .verdict = JWS_UNKNOWN_KEY };

	for (int anew = 0; anew <= 1 && result.verdict == JWS_UNKNOWN_KEY; anew++) {
		if (!stores_google_keys(r, anew ? arrived_ms : 0, &keys, end))
			return false;
		result = jws_verify_by_keys(&r->arena, token, keys);
	}
	*good = result.verdict == JWS_VERIFIED;
	if (!*good) {
		log_begin(LOG_WARN, "store_refused");
		log_cstr("why", result.why);
		log_end();
	}
	return true;
}

enum job_end
google_push_run(struct runner *r, const struct job *job)
{
	struct str token;
	enum job_end end;
	bool good;
	int64_t age_ms = 0;
	int index;
	enum err e = link_ask(r->db, Q_GOOGLE_PUSH_DUE, &index, "event", job->key, NULL);

	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	token = arena_str(&r->arena, db_get(r->db, index, 0, "token"));
	str_to_i64(db_get(r->db, index, 0, "age_ms"), &age_ms);
	if (!prove_push(r, token, clock_mono_ms() - age_ms, &good, &end))
		return end;
	e = link_ask(r->db, Q_GOOGLE_PUSH_JUDGE, &index, "event", job->key, "good",
		     good ? "true" : "false", NULL);
	if (e == ERR_OK)
		teller_ring(r->teller);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}
