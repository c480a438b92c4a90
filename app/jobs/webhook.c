/*
 * webhook.c: sends what is due to one webhook, signed, each delivery by itself: one that fails is tried again
 * later and holds up no other. One without an answer ends the job, which is added again: a host that hangs holds a
 * runner once, and then other work has its turn. Which comes when, and when a webhook is switched off, is in
 * sql/functions/webhooks.sql. Runs in runners.
 */
#include <stdio.h>

#include "core/clock.h"
#include "fetch/fetch.h"
#include "jobs/counts.h"
#include "jobs/teller.h"
#include "log/log.h"
#include "model/webhook.h"
#include "statements.h"
#include "version.h"

/* No delivery is begun later than ROUND_MS after the first. */
enum {
	CONNECT_MS = 5000,
	WHOLE_MS = 15000,
	ROUND_MS = 15000,
	ANSWER_MAX_BYTES = 64 * 1024
};

struct delivery {
	const char *id, *created_at;
	struct str event_id, body, url, nonce;
};

static struct fetch *
strangers(struct runner *r)
{
	if (r->strangers == NULL)
		r->strangers = fetch_new(r->heritage->config.webhooks_anywhere
						 ? FETCH_ANYWHERE
						 : FETCH_PUBLIC_ONLY,
					 NULL);
	return r->strangers;
}

static enum err
post(struct runner *r, const struct delivery *d, struct fetch_answer *answer)
{
	struct str secret = heritage_secret(r->heritage);
	int64_t now_s = clock_now_us() / 1000000;
	unsigned char key[WEBHOOK_KEY_SIZE];
	struct arena *a = &r->arena;

	/* It was taken when it might lead anywhere. */
	if (webhook_url_fault(d->url, r->heritage->config.webhooks_anywhere) != NULL)
		return ERR_FORBIDDEN;
	webhook_key(secret, d->nonce, key);
	const struct http_pair headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("User-Agent"), STR("Hob/" HOB_VERSION) },
		{ STR("webhook-id"), d->event_id },
		{ STR("webhook-timestamp"),
		  str_of(arena_printf(a, "%lld", (long long)now_s)) },
		{ STR("webhook-signature"),
		  webhook_signature(a, (struct str){ (const char *)key, sizeof(key) },
				    d->event_id, now_s, d->body) },
	};

	return fetch_send(strangers(r),
			  &(struct fetch_request){
				  .method = HTTP_POST,
				  .url = d->url,
				  .headers = headers,
				  .header_count = sizeof(headers) / sizeof(headers[0]),
				  .body = d->body,
				  .connect_ms = CONNECT_MS,
				  .whole_ms = WHOLE_MS,
				  .answer_max_bytes = ANSWER_MAX_BYTES,
			  },
			  answer);
}

/* Any 2xx is a yes, however long the answer. */
static bool
is_good(enum err e, const struct fetch_answer *answer)
{
	return (e == ERR_OK || e == ERR_TOO_LARGE) && answer->status >= 200 &&
	       answer->status < 300;
}

static void
log_try(const struct job *job, const struct delivery *d, bool good, enum err e,
	int status)
{
	log_begin(good ? LOG_INFO : LOG_WARN, good ? "webhook_sent" : "webhook_failed");
	log_cstr("webhook_id", job->key);
	log_cstr("delivery_id", d->id);
	log_i64("status", status);
	log_cstr("why", good ? NULL : err_name(e));
	log_end();
}

static enum err
send_one(struct runner *r, const struct job *job, const struct delivery *d,
	 bool *answered)
{
	struct fetch_answer answer = { 0 };
	enum err e = post(r, d, &answer);
	bool good = is_good(e, &answer);
	int index;

	*answered = answer.status != 0;
	log_try(job, d, good, e, answer.status);
	counts_sent(r, CHANNEL_WEBHOOK,
		    good	? SENT_ACCEPTED
		    : *answered ? SENT_LATER
				: SENT_AWAY);
	e = link_ask(r->db, Q_WEBHOOK_TRIED, &index, "webhook", job->key, "delivery",
		     d->id, "created_at", d->created_at, "good", good ? "true" : "false",
		     "status",
		     answer.status ? arena_printf(&r->arena, "%d", answer.status) : NULL,
		     NULL);
	teller_tell(r->teller, r->db, index, e);
	return e;
}

static int
read_due(struct runner *r, int index, struct delivery **out)
{
	int count = db_row_count(r->db, index);

	*out = arena_zalloc(&r->arena, (size_t)count + 1, sizeof(**out));
	for (int i = 0; i < count; i++) {
		struct delivery *d = &(*out)[i];
		struct arena *a = &r->arena;

		d->id = arena_cstr(a, db_get(r->db, index, i, "id"));
		d->created_at = arena_cstr(a, db_get(r->db, index, i, "created_at"));
		d->event_id = arena_str(a, db_get(r->db, index, i, "event_id"));
		d->body = arena_str(a, db_get(r->db, index, i, "body"));
		d->url = arena_str(a, db_get(r->db, index, i, "url"));
		d->nonce = arena_str(a, db_get(r->db, index, i, "nonce"));
	}
	return count;
}

enum job_end
webhook_run(struct runner *r, const struct job *job)
{
	struct delivery *due;
	int index, count;
	int64_t until_ms = clock_mono_ms() + ROUND_MS;
	bool goes_on = true;
	enum err e = link_ask(r->db, Q_WEBHOOK_DUE, &index, "webhook", job->key, NULL);

	if (e != ERR_OK)
		return runner_failed(r, e);
	count = read_due(r, index, &due);
	for (int i = 0; i < count && e == ERR_OK && goes_on; i++) {
		e = send_one(r, job, &due[i], &goes_on);
		goes_on = goes_on && clock_mono_ms() < until_ms && !runner_must_leave(r);
	}
	if (e == ERR_OK)
		e = link_ask(r->db, Q_WEBHOOK_REST, &index, "webhook", job->key, NULL);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}
