/*
 * invitation.c: mails an invitation to a residence, with its share code, and tells the account that has the address, if
 * one does. Whether it is still to be sent is asked at each try (sql/functions/invitations.sql). Runs in runners.
 */
#include <stdio.h>

#include "jobs/letter.h"
#include "jobs/teller.h"
#include "model/invitation.h"
#include "statements.h"

static struct str
text_at(struct runner *r, int index, const char *column)
{
	return arena_str(&r->arena, db_get(r->db, index, 0, column));
}

/* Where the code can be used; STR_NONE without a site. */
static struct str
link_of(struct runner *r, const char *code)
{
	const char *site = r->heritage->config.site_url;

	if (site[0] == '\0')
		return STR_NONE;
	return str_of(arena_printf(&r->arena, "%s/account/join#%s", site, code));
}

/* Of the first row. */
static enum job_end
write_to(struct runner *r, const struct job *job, int index)
{
	struct str secret = heritage_secret(r->heritage);
	char code[SHARE_CODE_TEXT_SIZE];

	invitation_code(secret, job->key, code);
	const struct letter_value values[] = {
		{ "who", text_at(r, index, "who") },
		{ "home", text_at(r, index, "home") },
		{ "role", text_at(r, index, "role") },
		{ "until", text_at(r, index, "until") },
		{ "code", str_of(code) },
		{ "link", link_of(r, code) },
	};
	struct letter l = {
		.name = "invitation",
		.language = text_at(r, index, "language").ptr,
		.to = text_at(r, index, "address"),
		.id = job->key,
		.values = values,
		.value_count = sizeof(values) / sizeof(values[0]),
	};

	/* There were too many. */
	if (l.to.len == 0)
		return JOB_DONE;
	str_to_i64(db_get(r->db, index, 0, "date_us"), &l.date_us);
	return letter_conclude(r, job, letter_send(r, &l));
}

enum job_end
invitation_run(struct runner *r, const struct job *job)
{
	int index;
	enum err e;

	/* hob-api would not know the code. */
	if (r->heritage->config.cursor_secret[0] == '\0') {
		snprintf(r->why, sizeof(r->why), "cursor.secret is not set");
		return letter_conclude(r, job, JOB_NEVER);
	}
	e = link_ask(r->db, Q_INVITATION_DUE, &index, "id", job->key, NULL);
	teller_tell(r->teller, r->db, index, e);
	if (e != ERR_OK)
		return runner_failed(r, e);
	return db_row_count(r->db, index) == 0 ? JOB_DONE : write_to(r, job, index);
}
