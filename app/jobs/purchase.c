/*
 * purchase.c: what a store says of a purchase, the job's key, is written. There is one job for a purchase at a time, so that
 * of two answers the later is written last. What follows is in sql/functions/purchases.sql. Runs in runners.
 */
#include "jobs/purchase.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
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

enum job_end
purchase_tell(struct runner *r, const struct job *job, const struct asked *q,
	      const struct said *s, bool *owned)
{
	int index;
	enum err e = link_ask(r->db, Q_PURCHASE_TOLD, &index, "purchase", job->key,
			      "named", s->named, "asked_ms",
			      arena_printf(&r->arena, "%lld", (long long)q->at_ms),
			      "said", written(r, s), NULL);

	*owned = e == ERR_OK && str_is(db_get(r->db, index, 0, "owned"), "t");
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
		clock_now_us() / 1000,
	};
	return true;
}
