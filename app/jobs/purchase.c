/*
 * purchase.c: asks a store what a purchase, the job's key, is by now, and writes that. There is one job for a purchase at a
 * time, so that of two answers the later is written last. What follows is in sql/functions/purchases.sql. Runs in runners.
 */
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/strbuf.h"
#include "json/json.h"
#include "jobs/stores.h"
#include "jobs/teller.h"
#include "jws/keys.h"
#include "log/log.h"
#include "model/apple.h"
#include "model/google.h"
#include "statements.h"

/* What a store has said, as hob.purchase_told takes it. Numbers of 0 and texts of NULL are null. */
struct said {
	const char *environment, *product, *status, *named, *replaces, *follows;
	bool renews, is_new; /* is_new: Google wants to hear that it arrived */
	int64_t as_of_ms, until_ms, grace_ms;
};

/* The purchase that is asked for. */
struct asked {
	const char *environment, *id;
	int64_t at_ms;
};

/* --- writing ------------------------------------------------------------------------- */

static void
text_member(struct json_writer *w, const char *name, const char *text)
{
	json_key(w, name);
	json_cstring(w, text);
}

static void
ms_member(struct json_writer *w, const char *name, int64_t ms)
{
	json_key(w, name);
	if (ms > 0)
		json_i64(w, ms);
	else
		json_null(w);
}

static const char *
written(struct runner *r, const struct said *s)
{
	bool is_real = strcmp(s->environment, "production") == 0;
	struct strbuf b;
	struct json_writer w;
	const char *text;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_object(&w);
	text_member(&w, "environment", s->environment);
	text_member(&w, "product_id", s->product);
	text_member(&w, "status", s->status);
	text_member(&w, "replaces", s->replaces);
	text_member(&w, "follows", s->follows);
	json_key(&w, "renews");
	json_bool(&w, s->renews);
	json_key(&w, "lifts");
	json_bool(&w, is_real || r->heritage->config.stores_sandbox);
	ms_member(&w, "as_of_ms", s->as_of_ms);
	ms_member(&w, "until_ms", s->until_ms);
	ms_member(&w, "grace_ms", s->grace_ms);
	json_end_object(&w);
	text = arena_cstr(&r->arena, strbuf_str(&b));
	strbuf_release(&b);
	return text;
}

static enum job_end
tell(struct runner *r, const struct job *job, const struct asked *q, const struct said *s,
     bool *owned)
{
	int index;
	enum err e = link_ask(
		r->db, Q_PURCHASE_TOLD, &index, "purchase", job->key, "named", s->named,
		"asked_ms", arena_printf(&r->arena, "%lld", (long long)q->at_ms), "said",
		written(r, s), NULL);

	*owned = e == ERR_OK && str_is(db_get(r->db, index, 0, "owned"), "t");
	teller_tell(r->teller, r->db, index, e);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}

static enum job_end
tell_unknown(struct runner *r, const struct job *job)
{
	int index;
	enum err e = link_ask(r->db, Q_PURCHASE_UNKNOWN, &index, "purchase", job->key,
			      NULL);

	log_begin(LOG_WARN, "purchase_unknown");
	log_cstr("purchase_id", job->key);
	log_end();
	teller_tell(r->teller, r->db, index, e);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}

/* False: *end is what becomes of the job. */
static bool
find(struct runner *r, const struct job *job, const char *setting, const char *is_set,
     struct asked *out, enum job_end *end)
{
	int index;
	enum err e = link_ask(r->db, Q_PURCHASE_DUE, &index, "purchase", job->key, NULL);

	*end = e == ERR_OK ? JOB_DONE : runner_failed(r, e);
	if (e != ERR_OK || db_row_count(r->db, index) == 0)
		return false;
	if (is_set[0] == '\0') {
		snprintf(r->why, sizeof(r->why), "%s is not set", setting);
		*end = JOB_WAIT;
		return false;
	}
	*out = (struct asked){
		arena_cstr(&r->arena, db_get(r->db, index, 0, "environment")),
		arena_cstr(&r->arena, db_get(r->db, index, 0, "subscription_id")),
		clock_now_us() / 1000,
	};
	return true;
}

/* --- Apple ---------------------------------------------------------------------------- */

/* Codes of errors by which Apple says that it knows no such transaction. */
enum { APPLE_INVALID = 4000006, APPLE_NOT_FOUND = 4040010 };
enum apple_status { APPLE_ACTIVE = 1, APPLE_RETRY = 3, APPLE_GRACE = 4, APPLE_REVOKED = 5 };

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

	cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(answer, "data"))
	{
		cJSON_ArrayForEach(last, cJSON_GetObjectItemCaseSensitive(
						 group, "lastTransactions"))
		{
			const char *its = apple_text(last, "originalTransactionId");

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

	good = good && apple_read_transaction(
			       &r->arena, c, roots,
			       str_of(apple_text(last, "signedTransactionInfo")), &t,
			       &why) == ERR_OK;
	good = good && apple_read_renewal(&r->arena, roots,
					  str_of(apple_text(last, "signedRenewalInfo")),
					  &n, &why) == ERR_OK;
	if (roots != NULL && !good)
		snprintf(r->why, sizeof(r->why), "Apple's answer is not taken: %s", why);
	if (!good)
		return false;
	*out = (struct said){
		.environment = apple_environment(t.is_sandbox),
		.product = t.product,
		.status = apple_status_of(apple_ms(last, "status"), &t, &n),
		.named = t.named,
		.renews = n.renews,
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
	int64_t code = apple_ms(answer, "errorCode");

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
	bool owned;
	int status;

	if (!find(r, job, "stores.apple_bundle_id", c->stores_apple_bundle_id, &q, &end))
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
		return apple_knows_none(status, answer) ? tell_unknown(r, job) : end;
	if (!read_apple(r, &q, find_subscription(answer, q.id), &said))
		return JOB_WAIT;
	return tell(r, job, &q, &said, &owned);
}

/* --- Google ---------------------------------------------------------------------------- */

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

/* Reasons by which Google says that it knows no such purchase (any more). */
static const char *const google_unknown[] = {
	"invalid", "purchaseTokenNotFound", "purchaseTokenNoLongerValid", "subscriptionPurchaseNoLongerAvailable"
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
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "lineItems"))
	{
		int64_t ms = rfc3339_ms(apple_text(item, "expiryTime"));

		if (best != NULL && ms <= *until_ms)
			continue;
		best = item;
		*until_ms = ms;
	}
	return best;
}

static bool
read_google(struct runner *r, const struct asked *q, const cJSON *answer,
	    struct said *out)
{
	const char *acknowledged = apple_text(answer, "acknowledgementState");
	const cJSON *out_of_app = cJSON_GetObjectItemCaseSensitive(
				    answer, "outOfAppPurchaseContext"),
		    *named = cJSON_GetObjectItemCaseSensitive(
			    answer, "externalAccountIdentifiers"),
		    *named_before = cJSON_GetObjectItemCaseSensitive(
			    out_of_app, "expiredExternalAccountIdentifiers"),
		    *item;

	*out = (struct said){
		.status = google_status_of(apple_text(answer, "subscriptionState")),
		.environment = apple_environment(
			cJSON_HasObjectItem(answer, "testPurchase")),
		.replaces = apple_text(answer, "linkedPurchaseToken"),
		.follows = apple_text(out_of_app, "expiredPurchaseToken"),
		.named = apple_text(named, "obfuscatedExternalAccountId"),
		.as_of_ms = q->at_ms,
	};
	item = google_item(answer, &out->until_ms);
	out->product = apple_text(item, "productId");
	if (out->named == NULL)
		out->named = apple_text(named_before, "obfuscatedExternalAccountId");
	if (out->status == NULL || out->product == NULL) {
		snprintf(r->why, sizeof(r->why), "Google's answer is not understood");
		return false;
	}
	out->renews = strcmp(out->status, "active") == 0 ||
		      strcmp(out->status, "grace") == 0;
	if (strcmp(out->status, "grace") == 0)
		out->grace_ms = out->until_ms;
	out->is_new = acknowledged != NULL &&
		      strcmp(acknowledged, "ACKNOWLEDGEMENT_STATE_PENDING") == 0 &&
		      (out->renews || strcmp(out->status, "cancelled") == 0);
	return true;
}

static bool
google_knows_none(int status, const cJSON *answer)
{
	const cJSON *errors = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(answer, "error"), "errors");
	const char *reason = apple_text(cJSON_GetArrayItem(errors, 0), "reason");

	for (size_t i = 0; i < sizeof(google_unknown) / sizeof(google_unknown[0]); i++)
		if ((status == 400 || status == 404 || status == 410) && reason != NULL &&
		    strcmp(google_unknown[i], reason) == 0)
			return true;
	return false;
}

#define PACKAGE "%s/androidpublisher/v3/applications/%s/purchases/"
#define STATUS_UNAUTHORIZED 401

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

/* Only what is somebody's: what nobody has proved within three days is paid back. */
static enum job_end
acknowledge(struct runner *r, const struct asked *q, const struct said *s)
{
	const struct config *c = &r->heritage->config;
	struct stores_request request = {
		.method = HTTP_POST,
		.url = arena_printf(&r->arena,
				    PACKAGE "subscriptions/%s/tokens/%s:acknowledge",
				    c->stores_google_url, c->stores_google_package,
				    s->product, q->id),
		.type = "application/json",
		.body = STR("{}"),
	};
	const cJSON *answer;
	enum job_end end;
	int status;

	/* Its answer is empty, which is no object, and good. */
	if (ask_google(r, &request, &answer, &status, &end) ||
	    (status >= 200 && status <= 299))
		return JOB_DONE;
	return status >= 400 && status < 500 && status != STATUS_UNAUTHORIZED &&
			       status != 403 && status != 429
		       ? JOB_LATER
		       : end;
}

/* It stands in an address. */
static bool
is_token(const char *id)
{
	return strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			  "-._~") == strlen(id);
}

enum job_end
google_purchase_run(struct runner *r, const struct job *job)
{
	const struct config *c = &r->heritage->config;
	struct stores_request request = { .method = HTTP_GET };
	struct asked q;
	struct said said;
	const cJSON *answer;
	enum job_end end;
	bool owned;
	int status;

	if (!find(r, job, "stores.google_package", c->stores_google_package, &q, &end))
		return end;
	if (!is_token(q.id))
		return tell_unknown(r, job);
	request.url = arena_printf(&r->arena, PACKAGE "subscriptionsv2/tokens/%s",
				   c->stores_google_url, c->stores_google_package, q.id);
	if (!ask_google(r, &request, &answer, &status, &end))
		return google_knows_none(status, answer) ? tell_unknown(r, job) : end;
	if (!read_google(r, &q, answer, &said))
		return JOB_WAIT;
	end = tell(r, job, &q, &said, &owned);
	return end == JOB_DONE && owned && said.is_new ? acknowledge(r, &q, &said) : end;
}

/* --- pushes ------------------------------------------------------------------------------ */

/* By keys that are fetched anew for a token that is newer than those. False: *end says what becomes of the job. */
static bool
prove(struct runner *r, struct str token, bool *good, enum job_end *end)
{
	struct jws_keys *keys;
	struct jws_result result = { .verdict = JWS_UNKNOWN_KEY };

	for (int anew = 0; anew <= 1 && result.verdict == JWS_UNKNOWN_KEY; anew++) {
		if (!stores_google_keys(r, anew, &r->arena, &keys, end))
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
	int index;
	enum err e = link_ask(r->db, Q_GOOGLE_PUSH_DUE, &index, "event", job->key, NULL);

	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	token = arena_str(&r->arena, db_get(r->db, index, 0, "token"));
	if (!prove(r, token, &good, &end))
		return end;
	e = link_ask(r->db, Q_GOOGLE_PUSH_JUDGE, &index, "event", job->key, "good",
		     good ? "true" : "false", NULL);
	if (e == ERR_OK)
		teller_ring(r->teller);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}
