/*
 * purchases.c: what proves that somebody has paid, from clients and from stores. Nothing is believed that a store has not
 * signed, and what it signed is a hint: a job asks it (sql/functions/purchases.sql). Runs in workers.
 */
#include "api/resources.h"

#include <stdio.h>
#include <string.h>

#include "api/values.h"
#include "core/strbuf.h"
#include "crypto/hash.h"
#include "db/db.h"
#include "json/json.h"
#include "log/log.h"
#include "model/apple.h"
#include "model/google.h"
#include "model/stores.h"
#include "serve/pipeline.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

enum {
	EVENT_MAX_BYTES = 64 * 1024,
	EVENT_VALUES = 200,
	SIGNED_MAX = 30000,
	PURCHASE_MAX = 1000
};

/* --- stores ------------------------------------------------------------------------ */

/* Who has a session is told why, if it holds: that is asked now, for no statement has run. */
static enum err
refuse(struct req *r, enum err why, const char *code, const char *detail)
{
	int index;
	enum err e = r->principal.kind == PRINCIPAL_PERSON
			     ? request_run(r, NO_STATEMENT, &index)
			     : ERR_OK;

	return e == ERR_OK ? request_fail(r, why, code, detail) : e;
}

static enum err
refuse_store(struct req *r)
{
	return refuse(r, ERR_CONFLICT, "store_off",
		      "This server sells nothing in this store.");
}

/* Not of the store, or not for this app: without a word on what of it was seen. ERR_INTERNAL: we cannot tell. */
static enum err
refuse_false(struct req *r, enum err e, const char *why)
{
	if (e == ERR_INTERNAL) {
		log_say(LOG_ERROR, "store_root", "stores.apple_root %s", why);
		return e;
	}
	log_begin(LOG_WARN, "store_refused");
	log_cstr("request_id", arena_cstr(r->arena, r->request_id));
	log_cstr("why", why);
	log_end();
	return refuse(r, ERR_FORBIDDEN, "not_genuine",
		      "The store has not signed this for this app.");
}

static const struct config *
config_of(struct req *r)
{
	return &r->worker->heritage->config;
}

static const char *
yes_or_no(bool b)
{
	return b ? "true" : "false";
}

static void
bind_place(struct req *r, const char *id, bool is_sandbox, bool is_shared)
{
	r->values[VALUE_PURCHASE_SUBSCRIPTION] = id;
	r->values[VALUE_PURCHASE_ENVIRONMENT] = stores_environment(is_sandbox);
	r->values[VALUE_PURCHASE_LIFTS] =
		yes_or_no(!is_shared && (!is_sandbox || config_of(r)->stores_sandbox));
}

/* --- what a client has -------------------------------------------------------------- */

/* As hob.claim_purchase takes it. A period that an upgrade has ended says nothing. */
static const char *
seen(struct req *r, const struct apple_transaction *t)
{
	struct strbuf b;
	struct json_writer w;
	const char *text;

	if (t->is_upgraded)
		return NULL;
	strbuf_init(&b);
	json_begin(&w, &b);
	json_object(&w);
	json_key(&w, "product_id");
	json_cstring(&w, t->product);
	json_key(&w, "until_ms");
	json_i64(&w, t->until_ms);
	json_key(&w, "as_of_ms");
	json_i64(&w, t->signed_ms);
	json_key(&w, "revoked");
	json_bool(&w, t->is_revoked);
	json_end_object(&w);
	text = arena_cstr(r->arena, strbuf_str(&b));
	strbuf_release(&b);
	return text;
}

static enum err
claim_apple(struct req *r)
{
	const char *token = request_field(r, "signed_transaction"), *why;
	struct apple_transaction t;
	enum err e;

	if (token == NULL)
		return request_invalid_body(r, "signed_transaction", "required",
					    "is missing");
	e = apple_read_transaction(r->arena, config_of(r), APPLE_AS_SIGNED, str_of(token),
				   &t, &why);
	if (e != ERR_OK)
		return refuse_false(r, e, why);
	bind_place(r, t.id, t.is_sandbox, t.is_shared);
	r->values[VALUE_PURCHASE_NAMED] = t.named;
	r->values[VALUE_PURCHASE_SEEN] = seen(r, &t);
	return ERR_OK;
}

/* Whose environment it is of the store says. It may know no such purchase, as with a secret that is wrong. */
static enum err
claim_google(struct req *r)
{
	const char *token = request_field(r, "purchase_token");

	if (token == NULL)
		return request_invalid_body(r, "purchase_token", "required",
					    "is missing");
	bind_place(r, token, false, false);
	return limit_secret(r, RATE_PURCHASE);
}

static const struct {
	enum err (*claim)(struct req *r);
	int status;
} sellers[] = {
	[STORE_APPLE] = { claim_apple, 200 },
	[STORE_GOOGLE] = { claim_google, 202 },
};

static enum seller
seller_of(struct req *r)
{
	enum seller s = STORE_APPLE;

	while (strcmp(store_names[s], request_field(r, "store")) != 0)
		s++;
	return s;
}

/* As a wrong secret while the store has not spoken. */
static void
settle_claim(struct req *r, enum err e, int index)
{
	bool is_pending =
		e == ERR_OK && str_is(db_get(r->worker->db, index, 0, "is_pending"), "t");

	limit_secret_settle(r, is_pending ? ERR_NOT_FOUND : e);
}

static enum err
verify(struct req *r)
{
	enum seller s = seller_of(r);
	int index = -1;
	enum err e;

	if (!stores_sell(config_of(r), s))
		return refuse_store(r);
	e = sellers[s].claim(r);
	if (e != ERR_OK)
		return e;
	e = request_run(r, r->statement, &index);
	settle_claim(r, e, index);
	if (e == ERR_DONE)
		e = replay_run(r, &index);
	if (e != ERR_OK)
		return e;
	reply_json(r, sellers[s].status);
	reply_add_row(r, index, 0);
	return ERR_OK;
}

/* --- what stores tell ------------------------------------------------------------------ */

/* A text member of the body, in the arena; NULL: there is none. */
static const char *
member(struct req *r, const struct json_outline *body, const char *name)
{
	const struct json_limits limits = { 1, 1 };
	struct json_doc doc;
	struct json_fault fault;

	for (size_t i = 0; i < body->count; i++)
		if (str_is(body->names[i], name) &&
		    json_read(r->arena, body->raw[i], limits, &doc, &fault) == ERR_OK &&
		    cJSON_IsString(doc.root))
			return doc.root->valuestring;
	return NULL;
}

static enum err
take(struct req *r, enum seller s, enum err (*read)(struct req *r))
{
	int index;
	enum err e;

	if (!stores_sell(config_of(r), s))
		return refuse_store(r);
	e = read(r);
	if (e == ERR_OK)
		e = request_run(r, r->statement, &index);
	return e == ERR_OK ? reply_rows(r, index) : e;
}

/* What is genuine and about no subscription is about nothing here. */
static enum err
read_apple_event(struct req *r)
{
	struct json_outline body;
	struct apple_event event;
	struct apple_transaction t = { 0 };
	const char *token, *why = "it has no signedPayload";
	enum err e = request_outline(r, EVENT_MAX_BYTES, EVENT_VALUES, &body);

	if (e != ERR_OK)
		return e;
	token = member(r, &body, "signedPayload");
	if (token == NULL)
		return refuse_false(r, ERR_FORBIDDEN, why);
	e = apple_read_event(r->arena, config_of(r), str_of(token), &event, &why);
	if (e == ERR_OK && event.transaction != NULL)
		e = apple_read_transaction(r->arena, config_of(r), APPLE_NOW,
					   str_of(event.transaction), &t, &why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return refuse_false(r, e, why);
	bind_place(r, e == ERR_OK ? t.id : NULL, event.is_sandbox, t.is_shared);
	r->values[VALUE_PURCHASE_EVENT] = event.id;
	return ERR_OK;
}

static enum err
take_apple(struct req *r)
{
	return take(r, STORE_APPLE, read_apple_event);
}

/* What is behind "Bearer ". */
static struct str
bearer(struct req *r)
{
	struct str header = request_header(r, "HTTP_AUTHORIZATION"),
		   scheme = str_cut(&header, ' ');

	return str_eq_ci(scheme, STR("Bearer")) ? str_trim(header) : STR_NONE;
}

static enum err
read_google_event(struct req *r)
{
	struct str token = bearer(r), text;
	struct google_push push;
	const char *fault = google_claims_fault(r->arena, config_of(r), token);
	char *proof = arena_alloc(r->arena, SHA256_HEX_SIZE);
	enum err e;

	if (fault != NULL)
		return refuse_false(r, ERR_FORBIDDEN, fault);
	e = request_text(r, "application/json", EVENT_MAX_BYTES, &text);
	if (e == ERR_OK)
		e = google_read_push(r->arena, config_of(r), text, &push);
	if (e == ERR_FORBIDDEN)
		return refuse_false(r, e, "it is about another app");
	if (e != ERR_OK)
		return e;
	sha256_hex(token, proof);
	r->values[VALUE_PURCHASE_EVENT] = push.id;
	r->values[VALUE_PURCHASE_SUBSCRIPTION] = push.purchase;
	r->values[VALUE_PURCHASE_PROOF] = proof;
	r->values[VALUE_PURCHASE_PUSH] = arena_cstr(r->arena, token);
	return ERR_OK;
}

static enum err
take_google(struct req *r)
{
	return take(r, STORE_GOOGLE, read_google_event);
}

/* --- the table ---------------------------------------------------------------- */

#define SUBSCRIPTION "/api/subscription"

/* clang-format off */
static const struct field verify_fields[] = {
	{ "store", FIELD_CHOICE, REQUIRED, 0, 0, store_names, NULL, 0 },
	{ "signed_transaction", FIELD_LINE, HANDLED, 1, SIGNED_MAX, NULL, NULL, 0 },
	{ "purchase_token", FIELD_LINE, HANDLED, 1, PURCHASE_MAX, NULL, NULL, 0 },
	END
};

/* The plan of the account, which has no id. */
static const struct thing subscription = { "subscription", NULL, NO_STATEMENT, Q_SUBSCRIPTION_GET };

static const struct route routes[] = {
	{ HTTP_POST, SUBSCRIPTION "/verify", SIGNED, verify_fields, NULL, Q_PURCHASE_CLAIM, ONE,
	  .handler = verify, .rate = RATE_PURCHASE, .shows = &subscription, SESSION_ONLY,
	  DOC("verifyPurchase", "Subscription", "Subscription", "Prove a purchase, or restore one", .also = "store_off not_genuine purchase_of_another", .may_wait = true) },
	{ HTTP_POST, SUBSCRIPTION "/webhooks/apple", ANYONE, NULL, NULL, Q_APPLE_EVENT_TAKE, NO_CONTENT,
	  .handler = take_apple, .reads_body = true,
	  DOC("takeAppleNotification", "Subscription", NULL, "For the App Store: App Store Server Notifications, version 2", "AppleNotification", .also = "store_off not_genuine") },
	{ HTTP_POST, SUBSCRIPTION "/webhooks/google", ANYONE, NULL, NULL, Q_GOOGLE_PUSH_TAKE, NO_CONTENT,
	  .handler = take_google, .reads_body = true,
	  DOC("takeGoogleNotification", "Subscription", NULL, "For Google Play: real-time developer notifications, pushed by Pub/Sub", "GooglePush", .also = "store_off not_genuine") },
};
/* clang-format on */

RESOURCE(purchases);
