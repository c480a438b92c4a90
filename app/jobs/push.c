/*
 * push.c: sends one push to one device, through Gorush. What it says, whether it is still to be sent, and what a
 * verdict means for the device is in sql/functions/deliveries.sql. Runs in runners.
 */
#include "push/push.h"

#include <stdio.h>

#include "jobs/counts.h"
#include "log/log.h"
#include "statements.h"

/* So often Gorush may leave a push without an answer before that counts against it: it may be what it hangs at. */
enum { SILENT_MAX = 10 };

struct due {
	struct push_notice notice;
	const char *device_version;
};

static struct push *
gorush(struct runner *r)
{
	const struct config *c = &r->heritage->config;

	if (r->push == NULL)
		r->push =
			push_new(c->push_gorush, c->push_topic, (int)c->push_timeout_ms);
	return r->push;
}

/* All are for people to see at once, so none is of less than high priority. */
static void
read_due(struct runner *r, int index, struct due *out)
{
	struct arena *a = &r->arena;
	int64_t badge = 0;

	str_to_i64(db_get(r->db, index, 0, "badge"), &badge);
	out->device_version = arena_cstr(a, db_get(r->db, index, 0, "device_version"));
	out->notice = (struct push_notice){
		.id = arena_str(a, db_get(r->db, index, 0, "id")),
		.token = arena_str(a, db_get(r->db, index, 0, "token")),
		.platform = str_is(db_get(r->db, index, 0, "platform"), "ios")
				    ? PUSH_IOS
				    : PUSH_ANDROID,
		.priority = PUSH_HIGH,
		.title = arena_str(a, db_get(r->db, index, 0, "title")),
		.message = arena_str(a, db_get(r->db, index, 0, "body")),
		.badge = (int)badge,
		.sound = STR("default"),
		.data = arena_str(a, db_get(r->db, index, 0, "data")),
		.collapse_id = arena_str(a, db_get(r->db, index, 0, "collapse_id")),
	};
}

static void
log_push(const struct job *job, const struct push_result *result)
{
	bool good = result->verdict == PUSH_ACCEPTED;

	log_begin(good ? LOG_INFO : LOG_WARN, good ? "push_accepted" : "push_failed");
	log_cstr("delivery_id", job->key);
	log_cstr("verdict", push_verdict_name(result->verdict));
	log_cstr("why", good ? NULL : result->words);
	log_end();
}

/* A push that waits is tried again; while Gorush is away that is no try of its own. */
/* clang-format off */
static const enum sent sent_of[] = {
	[PUSH_ACCEPTED] = SENT_ACCEPTED, [PUSH_AWAY] = SENT_AWAY, [PUSH_SILENT] = SENT_AWAY, [PUSH_LATER] = SENT_LATER,
	[PUSH_UNKNOWN] = SENT_LATER, [PUSH_REFUSED] = SENT_REFUSED, [PUSH_ENVIRONMENT] = SENT_REFUSED, [PUSH_DEAD] = SENT_GONE,
};
/* clang-format on */

static enum job_end
end_of(enum push_verdict verdict, bool waits, int64_t attempts)
{
	if (!waits)
		return JOB_DONE;
	return verdict == PUSH_AWAY || (verdict == PUSH_SILENT && attempts <= SILENT_MAX)
		       ? JOB_WAIT
		       : JOB_LATER;
}

static enum job_end
note(struct runner *r, const struct job *job, const struct due *due,
     const struct push_result *result)
{
	int64_t attempts = 0;
	int index;
	enum err e = link_ask(r->db, Q_PUSH_TRIED, &index, "delivery", job->key,
			      "verdict", push_verdict_name(result->verdict),
			      "device_version", due->device_version, NULL);

	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	snprintf(r->why, sizeof(r->why), "%s: %s", push_verdict_name(result->verdict),
		 result->words);
	str_to_i64(db_get(r->db, index, 0, "attempts"), &attempts);
	return end_of(result->verdict,
		      str_is(db_get(r->db, index, 0, "state"), "waiting"), attempts);
}

enum job_end
delivery_drop(struct runner *r, const struct job *job, enum channel channel,
	      const char *why)
{
	int index;
	enum err e = link_ask(r->db, Q_DELIVERY_DROPPED, &index, "delivery", job->key,
			      "why", why, NULL);

	if (e != ERR_OK)
		return runner_failed(r, e);
	counts_sent(r, channel, SENT_DROPPED);
	return JOB_DONE;
}

enum job_end
push_run(struct runner *r, const struct job *job)
{
	struct due due;
	struct push_result result;
	int index;
	enum err e = link_ask(r->db, Q_PUSH_DUE, &index, "delivery", job->key, NULL);

	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	if (r->heritage->config.push_gorush[0] == '\0')
		return delivery_drop(r, job, CHANNEL_PUSH, "not_set_up");
	read_due(r, index, &due);
	result = push_send(gorush(r), &r->arena, &due.notice);
	r->asked = true;
	r->away = result.verdict == PUSH_AWAY || result.verdict == PUSH_SILENT;
	log_push(job, &result);
	counts_sent(r, CHANNEL_PUSH, sent_of[result.verdict]);
	return note(r, job, &due, &result);
}
