/*
 * letters.c: writes to an account: what its owner, or somebody else, has asked for. Whether there is such an account is
 * asked here for the first time, and again at each try (sql/functions/letters.sql). Runs in runners.
 */
#include <stdio.h>
#include <string.h>

#include "jobs/letter.h"
#include "model/export.h"
#include "model/letter.h"
#include "statements.h"

/* Where the links of letters lead, below site.url; NULL: they have none. */
static const struct {
	const char *name, *path;
} links[] = {
	{ "reset", "/account/reset#" }, { "verify", "/account/verify#" },
	{ "email", "/account/email#" }, { "email_taken", NULL },
	{ "email_changed", NULL },	{ "export_ready", "/account/export#" },
};

/* STR_NONE: the letter has no link. */
static struct str
link_of(struct runner *r, const char *name, const char *token)
{
	const char *site = r->heritage->config.site_url;

	for (size_t i = 0; site[0] != '\0' && i < sizeof(links) / sizeof(links[0]); i++)
		if (strcmp(links[i].name, name) == 0 && links[i].path != NULL)
			return str_of(arena_printf(&r->arena, "%s%s%s", site,
						   links[i].path, token));
	return STR_NONE;
}

static const char *
text_at(struct runner *r, int index, const char *column)
{
	return arena_cstr(&r->arena, db_get(r->db, index, 0, column));
}

/* Without cursor.secret hob-api knows no code that was made here, and others may know it. */
static bool
is_off(struct runner *r)
{
	const struct config *c = &r->heritage->config;
	const char *lacks = c->mail_server[0] == '\0'	  ? "mail.server"
			    : c->cursor_secret[0] == '\0' ? "cursor.secret"
							  : NULL;

	if (lacks != NULL)
		snprintf(r->why, sizeof(r->why), "%s is not set", lacks);
	return lacks != NULL;
}

/* Of the first row. */
static enum job_end
write_to(struct runner *r, const struct job *job, int index, const char *token,
	 const char *code)
{
	const char *name = text_at(r, index, "name");
	/* Of an export, whose link is good for longer. */
	struct str about = db_get(r->db, index, 0, "about");
	const char *proof =
		about.len == 0
			? token
			: export_token(&r->arena, heritage_secret(r->heritage), about);
	const struct letter_value values[] = {
		{ "who", str_of(text_at(r, index, "who")) },
		{ "link", link_of(r, name, proof) },
		{ "code", str_of(code) },
		{ "day", str_of(text_at(r, index, "day")) },
	};
	struct letter l = {
		.name = name,
		.language = text_at(r, index, "language"),
		.to = str_of(text_at(r, index, "address")),
		.id = job->id,
		.values = values,
		.value_count = sizeof(values) / sizeof(values[0]),
	};

	str_to_i64(db_get(r->db, index, 0, "date_us"), &l.date_us);
	return letter_send(r, &l);
}

enum job_end
letters_run(struct runner *r, const struct job *job)
{
	struct str secret = heritage_secret(r->heritage);
	char token[TOKEN_TEXT_SIZE], code[LETTER_CODE_SIZE];
	char hash[SHA256_HEX_SIZE], code_hash[SHA256_HEX_SIZE];
	int index;
	enum err e;

	if (is_off(r))
		return letter_conclude(r, job, JOB_NEVER);
	letter_make(secret, job->id, token, code);
	token_hash(str_of(token), hash);
	letter_code_hash(secret, str_of(code), code_hash);
	e = link_ask(r->db, Q_LETTER_DUE, &index, "id", job->id, "args",
		     arena_cstr(&r->arena, job->args), "token_hash", hash, "code_hash",
		     code_hash, NULL);
	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	return letter_conclude(r, job, write_to(r, job, index, token, code));
}
