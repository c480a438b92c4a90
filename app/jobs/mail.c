/*
 * mail.c: sends one notice to the mail address of its reader. What is to be sent, and to whom, is asked for again at each
 * try (sql/functions/deliveries.sql). Runs in runners.
 */
#include <stdio.h>
#include <string.h>

#include "jobs/letter.h"
#include "log/log.h"
#include "model/unsubscribe.h"
#include "statements.h"

/* A delivery, as hob.delivery_due has it. */
struct notice {
	const char *id, *language;
	struct str address, user_id, stops, subject, subject_id, title, body;
	int64_t created_us;
	bool is_fixed; /* nobody can switch it off */
};

static void
read_notice(struct runner *r, int index, struct notice *n)
{
	const struct field {
		const char *column;
		struct str *to;
	} fields[] = {
		{ "address", &n->address },
		{ "user_id", &n->user_id },
		{ "stops", &n->stops },
		{ "subject", &n->subject },
		{ "subject_id", &n->subject_id },
		{ "title", &n->title },
		{ "body", &n->body },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		*fields[i].to =
			arena_str(&r->arena, db_get(r->db, index, 0, fields[i].column));
	n->id = arena_cstr(&r->arena, db_get(r->db, index, 0, "id"));
	n->language = arena_cstr(&r->arena, db_get(r->db, index, 0, "language"));
	n->is_fixed = str_is(db_get(r->db, index, 0, "fixed"), "t");
	n->created_us = 0;
	str_to_i64(db_get(r->db, index, 0, "created_us"), &n->created_us);
}

/* Below site.url; STR_NONE when there is no site, or nothing to lead to. */
static struct str
link_to(struct runner *r, const char *path, struct str rest)
{
	const char *site = r->heritage->config.site_url;

	if (site[0] == '\0' || rest.len == 0)
		return STR_NONE;
	return str_of(arena_printf(&r->arena, "%s%s%.*s", site, path, STR_FMT(rest)));
}

/* STR_NONE where nothing can be ended: without a secret that lasts, hob-api would not know the token. */
static struct str
stop_token(struct runner *r, const struct notice *n)
{
	struct str secret = heritage_secret(r->heritage);

	if (n->stops.len == 0 || r->heritage->config.cursor_secret[0] == '\0')
		return STR_NONE;
	return unsubscribe_token(&r->arena, secret, n->user_id, n->stops);
}

static struct str
subject_path(struct runner *r, const struct notice *n)
{
	if (n->subject.len == 0)
		return STR_NONE;
	return str_of(arena_printf(&r->arena, "%.*s/%.*s", STR_FMT(n->subject),
				   STR_FMT(n->subject_id)));
}

static enum job_end
send_notice(struct runner *r, const struct notice *n)
{
	struct str token = stop_token(r, n);
	struct str stop = link_to(r, "/account/unsubscribe#", token);
	bool stops_all = str_is(n->stops, UNSUBSCRIBE_ALL);
	struct str one_click = link_to(r, "/api/unsubscribe/", token);
	const struct letter_value values[] = {
		{ "title", n->title },
		{ "body", n->body },
		{ "link", link_to(r, "/open/", subject_path(r, n)) },
		{ "stop", stops_all ? STR_NONE : stop },
		{ "stop_all", stops_all ? stop : STR_NONE },
		{ "chosen", n->stops.len > 0 ? STR("yes") : STR_NONE },
		{ "fixed", n->is_fixed ? STR("yes") : STR_NONE },
	};

	/* RFC 8058 wants https. */
	if (!str_starts(one_click, STR("https:")))
		one_click = STR_NONE;
	return letter_send(r, &(struct letter){
				      .name = "notice",
				      .language = n->language,
				      .to = n->address,
				      .id = n->id,
				      .date_us = n->created_us,
				      .values = values,
				      .value_count = sizeof(values) / sizeof(values[0]),
				      .unsubscribe = one_click,
			      });
}

/* What has failed for good stands in the delivery: nobody has to look after its job. */
static enum job_end
give_up(const struct runner *r, const struct notice *n)
{
	log_begin(LOG_WARN, "mail_not_sent");
	log_cstr("delivery_id", n->id);
	log_cstr("why", r->why);
	log_end();
	return JOB_DONE;
}

/* Notes what came of a try, if it counts. After the last one its job is dead, and it has failed. */
static enum job_end
note(struct runner *r, const struct notice *n, enum job_end end)
{
	const char *outcome = end == JOB_DONE	 ? "accepted"
			      : end == JOB_NEVER ? "failed"
						 : "later";
	int index;
	enum err e;

	if (end == JOB_WAIT)
		return end;
	e = link_ask(r->db, Q_MAIL_TRIED, &index, "delivery", n->id, "outcome", outcome,
		     "why",
		     end == JOB_DONE	? NULL
		     : end == JOB_NEVER ? "refused"
					: "not_taken",
		     NULL);
	if (e != ERR_OK)
		return runner_failed(r, e);
	return end == JOB_NEVER ? give_up(r, n) : end;
}

enum job_end
mail_run(struct runner *r, const struct job *job)
{
	struct notice n;
	int index;
	enum err e = link_ask(r->db, Q_MAIL_DUE, &index, "delivery", job->key, NULL);

	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	if (r->heritage->config.mail_server[0] == '\0')
		return delivery_drop(r, job, CHANNEL_MAIL, "not_set_up");
	read_notice(r, index, &n);
	return note(r, &n, send_notice(r, &n));
}
