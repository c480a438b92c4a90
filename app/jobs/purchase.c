/*
 * purchase.c: what a store says of a purchase, the job's key, is written. There is one job for a purchase at a time, so that
 * of two answers the later is written last. What follows is in sql/functions/purchases.sql, also what becomes of purchases
 * whose jobs were lost. Runs in runners.
 */
#include "jobs/purchase.h"

#include <stdio.h>
#include <string.h>

#include "core/strbuf.h"
#include "jobs/teller.h"
#include "json/json.h"
#include "log/log.h"
#include "statements.h"

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
	json_key(&w, "is_new");
	json_bool(&w, s->is_new);
	json_key(&w, "lifts");
	json_bool(&w, !s->is_shared && (is_real || r->heritage->config.stores_sandbox));
	ms_member(&w, "as_of_ms", s->as_of_ms);
	ms_member(&w, "until_ms", s->until_ms);
	ms_member(&w, "grace_ms", s->grace_ms);
	json_end_object(&w);
	text = arena_cstr(&r->arena, strbuf_str(&b));
	strbuf_release(&b);
	return text;
}

/* Somebody pays for what no tier has: the staff forgot it, or took it away. */
static void
log_unsold(const struct job *job, const struct said *s)
{
	log_begin(LOG_ERROR, "product_unknown");
	log_cstr("purchase_id", job->key);
	log_cstr("product_id", s->product);
	log_end();
}

enum job_end
purchase_tell(struct runner *r, const struct job *job, const struct asked *q,
	      const struct said *s)
{
	int index;
	enum err e = link_ask(r->db, Q_PURCHASE_TOLD, &index, "purchase", job->key,
			      "named", s->named, "asked_ms",
			      arena_printf(&r->arena, "%lld", (long long)q->at_ms),
			      "said", written(r, s), NULL);

	if (e == ERR_OK && str_is(db_get(r->db, index, 0, "unsold"), "t"))
		log_unsold(job, s);
	teller_tell(r->teller, r->db, index, e);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}

/* By a statement that takes it alone. */
static enum job_end
tell_of(struct runner *r, const struct job *job, int statement)
{
	int index;
	enum err e = link_ask(r->db, statement, &index, "purchase", job->key, NULL);

	teller_tell(r->teller, r->db, index, e);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}

enum job_end
purchase_tell_unknown(struct runner *r, const struct job *job)
{
	log_begin(LOG_WARN, "purchase_unknown");
	log_cstr("purchase_id", job->key);
	log_end();
	return tell_of(r, job, Q_PURCHASE_UNKNOWN);
}

/* Nothing of a sandbox does where it is off. */
static bool
counts(const struct runner *r, struct str environment)
{
	return r->heritage->config.stores_sandbox || str_is(environment, "production");
}

bool
purchase_find(struct runner *r, const struct job *job, const char *setting,
	      const char *is_set, struct asked *out, enum job_end *end)
{
	int index;
	enum err e = link_ask(r->db, Q_PURCHASE_DUE, &index, "purchase", job->key, NULL);

	*end = e == ERR_OK ? JOB_DONE : runner_failed(r, e);
	if (e != ERR_OK || db_row_count(r->db, index) == 0)
		return false;
	if (!counts(r, db_get(r->db, index, 0, "environment"))) {
		*end = tell_of(r, job, Q_PURCHASE_ASIDE);
		return false;
	}
	if (is_set[0] == '\0') {
		snprintf(r->why, sizeof(r->why), "%s is not set", setting);
		*end = JOB_WAIT;
		return false;
	}
	*out = (struct asked){
		arena_cstr(&r->arena, db_get(r->db, index, 0, "environment")),
		arena_cstr(&r->arena, db_get(r->db, index, 0, "subscription_id")),
		arena_cstr(&r->arena, db_get(r->db, index, 0, "product_id")),
		0,
	};
	str_to_i64(db_get(r->db, index, 0, "asked_ms"), &out->at_ms);
	return true;
}

enum job_end
keep_purchases_run(struct runner *r, const struct job *job)
{
	int64_t lost = 0, gone = 0, some_lost = 0, some_gone = 0;
	int index;

	(void)job;
	do {
		enum err e = link_ask(r->db, Q_PURCHASES_KEEP, &index, NULL);

		if (e != ERR_OK)
			return runner_failed(r, e);
		str_to_i64(db_get(r->db, index, 0, "lost"), &some_lost);
		str_to_i64(db_get(r->db, index, 0, "gone"), &some_gone);
		lost += some_lost;
		gone += some_gone;
	} while (some_lost + some_gone > 0 && !runner_must_leave(r));
	if (lost > 0)
		log_say(LOG_WARN, "purchases_found", "%lld that had no job any more",
			(long long)lost);
	if (gone > 0)
		log_say(LOG_INFO, "purchases_gone", "%lld of nobody", (long long)gone);
	return some_lost + some_gone > 0 ? JOB_LATER : JOB_DONE;
}
