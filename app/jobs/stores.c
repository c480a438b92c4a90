/*
 * stores.c: how a runner asks app stores: under which tokens, and what their refusals mean. A store that is away, slow,
 * torn or refuses us is left alone, and no try of a job is lost by it. Runs in runners.
 */
#include "jobs/stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/die.h"
#include "core/strbuf.h"
#include "fetch/fetch.h"
#include "jws/sign.h"
#include "model/stores.h"

enum {
	CONNECT_MS = 5000,
	ANSWER_MAX_BYTES = 1024 * 1024,
	DEPTH_MAX = 12,
	VALUES_MAX = 20000,
	KEYS_MAX_BYTES = 64 * 1024,
	TOKEN_MAX = 4096,
	/* Of our own tokens, and of what is left to one of Google's when it is not used any more. */
	TOKEN_S = 600,
	MARGIN_S = 120,
	KEYS_MS = 3600 * 1000,
	/* A store may ask for a pause, not for silence. */
	REST_MAX_MS = 3600 * 1000,
	/* Retry-After beyond this is a time: milliseconds since 1970, as Apple's. */
	SECONDS_MAX = 86400 * 365
};

#define SCOPE "https://www.googleapis.com/auth/androidpublisher"
#define GRANT "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"

struct stores {
	struct fetch *fetch;
	struct jws_signer *apple, *google;
	char email[256];       /* of Google's service account */
	char token[TOKEN_MAX]; /* that Google gave; "": none */
	int64_t token_until_s;
	struct strbuf keys; /* Google's public ones, as JSON */
	int64_t keys_at_ms; /* by clock_mono_ms */
};

static int64_t
now_s(void)
{
	return clock_now_us() / 1000000;
}

static struct stores *
stores_of(struct runner *r)
{
	if (r->stores == NULL) {
		r->stores = calloc(1, sizeof(*r->stores));
		if (r->stores == NULL)
			die("out of memory for stores");
		r->stores->fetch = fetch_new(FETCH_ANYWHERE, NULL);
		strbuf_init(&r->stores->keys);
	}
	return r->stores;
}

/* --- files -------------------------------------------------------------------------- */

static bool
load_apple(struct runner *r, struct stores *s)
{
	const struct config *c = &r->heritage->config;
	struct str pem = stores_read_file(&r->arena, c->stores_apple_key);
	char words[JWS_WHY_SIZE] = "cannot be read";

	if (s->apple == NULL && pem.ptr != NULL)
		s->apple = jws_signer_new(JWS_ES256, pem, str_of(c->stores_apple_key_id),
					  words);
	if (s->apple == NULL)
		snprintf(r->why, sizeof(r->why), "stores.apple_key %s", words);
	return s->apple != NULL;
}

static bool
load_google(struct runner *r, struct stores *s)
{
	struct google_account account;
	char words[JWS_WHY_SIZE] = "is not a service account's file that can be read";

	if (s->google == NULL &&
	    google_account_read(&r->arena, r->heritage->config.stores_google_account,
				&account) &&
	    account.email.len < sizeof(s->email)) {
		snprintf(s->email, sizeof(s->email), "%.*s", STR_FMT(account.email));
		s->google = jws_signer_new(JWS_RS256, account.pem, account.key_id, words);
	}
	if (s->google == NULL)
		snprintf(r->why, sizeof(r->why), "stores.google_account %s", words);
	return s->google != NULL;
}

/* --- our tokens ----------------------------------------------------------------------- */

struct claim {
	const char *name, *text;
};

/* Claims end with a name of NULL; iat and exp are added. NULL: r->why says why not. */
static const char *
sign(struct runner *r, const struct jws_signer *signer, const struct claim *claims)
{
	struct strbuf b;
	struct json_writer w;
	struct str token;
	enum err e;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_object(&w);
	for (; claims->name != NULL; claims++) {
		json_key(&w, claims->name);
		json_cstring(&w, claims->text);
	}
	json_key(&w, "iat");
	json_i64(&w, now_s());
	json_key(&w, "exp");
	json_i64(&w, now_s() + TOKEN_S);
	json_end_object(&w);
	e = jws_sign(signer, &r->arena, strbuf_str(&b), &token);
	strbuf_release(&b);
	if (e != ERR_OK)
		snprintf(r->why, sizeof(r->why), "a token cannot be signed");
	return e == ERR_OK ? token.ptr : NULL;
}

const char *
stores_apple_token(struct runner *r)
{
	const struct config *c = &r->heritage->config;
	const struct claim claims[] = { { "iss", c->stores_apple_issuer_id },
					{ "aud", "appstoreconnect-v1" },
					{ "bid", c->stores_apple_bundle_id },
					{ NULL, NULL } };
	struct stores *s = stores_of(r);

	return load_apple(r, s) ? sign(r, s->apple, claims) : NULL;
}

static bool
buy_token(struct runner *r, struct stores *s, const char *assertion, enum job_end *end)
{
	const struct stores_request request = {
		.method = HTTP_POST,
		.url = r->heritage->config.stores_google_token_url,
		.type = "application/x-www-form-urlencoded",
		.body = str_of(arena_printf(&r->arena, "grant_type=%s&assertion=%s",
					    GRANT, assertion)),
	};
	const cJSON *answer;
	const char *token;
	int status;

	if (!stores_ask(r, &request, &answer, &status, end))
		return false;
	token = stores_text(answer, "access_token");
	if (token == NULL || strlen(token) >= sizeof(s->token)) {
		snprintf(r->why, sizeof(r->why), "Google gives no access token");
		*end = JOB_WAIT;
		return false;
	}
	snprintf(s->token, sizeof(s->token), "%s", token);
	s->token_until_s = now_s() + stores_number(answer, "expires_in") - MARGIN_S;
	return true;
}

bool
stores_google_token(struct runner *r, const char **token, enum job_end *end)
{
	struct stores *s = stores_of(r);
	const char *assertion;
	bool good = s->token[0] != '\0' && now_s() < s->token_until_s;

	*end = JOB_WAIT;
	if (!good && load_google(r, s)) {
		const struct claim claims[] = {
			{ "iss", s->email },
			{ "scope", SCOPE },
			{ "aud", r->heritage->config.stores_google_token_url },
			{ NULL, NULL }
		};

		assertion = sign(r, s->google, claims);
		good = assertion != NULL && buy_token(r, s, assertion, end);
	}
	*token = s->token;
	return good;
}

void
stores_forget_token(struct runner *r)
{
	stores_of(r)->token[0] = '\0';
}

/* --- asking ----------------------------------------------------------------------------- */

static int64_t
pause_ms(int64_t retry_after)
{
	int64_t ms = retry_after <= SECONDS_MAX ? retry_after * 1000
						: retry_after - clock_now_us() / 1000;

	return ms < 0 ? 0 : ms > REST_MAX_MS ? REST_MAX_MS : ms;
}

static enum err
send_request(struct runner *r, const struct stores_request *q, size_t most,
	     struct fetch_answer *answer)
{
	struct http_pair headers[3] = { { STR("Accept"), STR("application/json") } };
	size_t count = 1;

	if (q->token != NULL)
		headers[count++] = (struct http_pair){
			STR("Authorization"),
			str_of(arena_printf(&r->arena, "Bearer %s", q->token))
		};
	if (q->type != NULL)
		headers[count++] =
			(struct http_pair){ STR("Content-Type"), str_of(q->type) };
	r->asked |= !q->is_aside;
	return fetch_send(stores_of(r)->fetch,
			  &(struct fetch_request){
				  .method = q->method,
				  .url = str_of(q->url),
				  .headers = headers,
				  .header_count = count,
				  .body = q->body,
				  .connect_ms = CONNECT_MS,
				  .whole_ms = (int)r->heritage->config.stores_timeout_ms,
				  .answer_max_bytes = most,
			  },
			  answer);
}

/* Is it an answer that says something? Else the store is away, or set up wrong, here or there. */
static bool
answers(struct runner *r, enum err e, const struct fetch_answer *answer,
	enum job_end *end)
{
	int status = answer->status;

	*end = JOB_WAIT;
	if (e != ERR_OK) {
		snprintf(r->why, sizeof(r->why), "the store does not answer: %s",
			 fetch_why(stores_of(r)->fetch));
		return false;
	}
	if (status == STATUS_TOO_MANY || status >= 500)
		r->rest_ms = pause_ms(answer->retry_after);
	if (status < 200 || status > 299)
		snprintf(r->why, sizeof(r->why), "the store answers %d", status);
	return status >= 200 && status <= 299;
}

static const char *
word_of(struct runner *r, const cJSON *answer)
{
	const cJSON *error = stores_member(answer, "error"),
		    *errors = stores_member(error, "errors");
	const char *reason = stores_text(cJSON_GetArrayItem(errors, 0), "reason");

	return reason != NULL
		       ? reason
		       : arena_printf(&r->arena, "%lld",
				      (long long)stores_number(answer, "errorCode"));
}

static enum job_end
refused(struct runner *r, const struct stores_request *q, int status, const cJSON *answer)
{
	const struct stores_refusal *refusal = q->refusals;
	const char *word;

	if (refusal == NULL || status < 400 || status >= 500 ||
	    status == STATUS_UNAUTHORIZED || status == STATUS_FORBIDDEN ||
	    status == STATUS_TOO_MANY)
		return JOB_WAIT;
	word = word_of(r, answer);
	while (refusal->status != 0 &&
	       (refusal->status != status || strcmp(refusal->word, word) != 0))
		refusal++;
	return refusal->status != 0 ? refusal->end : JOB_LATER;
}

bool
stores_ask(struct runner *r, const struct stores_request *q, const cJSON **out,
	   int *status, enum job_end *end)
{
	const struct json_limits limits = { DEPTH_MAX, VALUES_MAX };
	struct fetch_answer answer = { 0 };
	struct json_doc doc;
	struct json_fault fault;
	struct str text;
	enum err e = send_request(r, q, ANSWER_MAX_BYTES, &answer);
	bool good = answers(r, e, &answer, end);

	*out = NULL;
	*status = e == ERR_OK ? answer.status : 0;
	text = arena_str(&r->arena, answer.body);
	if (e == ERR_OK && json_read(&r->arena, text, limits, &doc, &fault) == ERR_OK &&
	    cJSON_IsObject(doc.root))
		*out = doc.root;
	else if (good)
		snprintf(r->why, sizeof(r->why), "the store answers no JSON object");
	if (!good)
		*end = refused(r, q, *status, *out);
	return good && *out != NULL;
}

static bool
fetch_keys(struct runner *r, struct stores *s, enum job_end *end)
{
	const struct stores_request request = {
		.method = HTTP_GET, .url = r->heritage->config.stores_google_keys_url
	};
	struct fetch_answer answer = { 0 };
	int64_t at_ms = clock_mono_ms();
	enum err e = send_request(r, &request, KEYS_MAX_BYTES, &answer);

	if (!answers(r, e, &answer, end))
		return false;
	strbuf_clear(&s->keys, KEYS_MAX_BYTES);
	strbuf_add(&s->keys, answer.body);
	s->keys_at_ms = at_ms;
	return true;
}

bool
stores_google_keys(struct runner *r, int64_t since_ms, struct jws_keys **out,
		   enum job_end *end)
{
	struct stores *s = stores_of(r);
	int64_t age_ms = clock_mono_ms() - s->keys_at_ms;
	bool some = s->keys.len > 0,
	     good = some && age_ms < KEYS_MS && s->keys_at_ms >= since_ms;

	*end = JOB_WAIT;
	if (!good && some && age_ms < r->heritage->config.jobs_rest_ms) {
		snprintf(r->why, sizeof(r->why),
			 "Google's keys were fetched a moment ago");
		return false;
	}
	if (!good && !fetch_keys(r, s, end))
		return false;
	if (jws_keys_read(&r->arena, strbuf_str(&s->keys), out) == ERR_OK)
		return true;
	strbuf_clear(&s->keys, KEYS_MAX_BYTES);
	snprintf(r->why, sizeof(r->why), "Google's keys cannot be read");
	return false;
}
