/*
 * problems.c: the only place that knows HTTP status codes of failures: from an error to
 * its problem document, from a refusal of PostgreSQL to an error. Runs in workers.
 */
#include "serve/problems.h"

#include <string.h>

#include "log/log.h"
#include "serve/mode.h"
#include "serve/principal.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

/* clang-format off */
static const struct problem problems[ERR_COUNT] = {
	[ERR_MALFORMED] =    { 400, "malformed", "The request cannot be read",
			       "The app has sent something that the server cannot read.", 0 },
	[ERR_INVALID] =      { 400, "validation_error", "The request is not valid", NULL, 0 },	/* its faults say why */
	[ERR_UNAUTHORIZED] = { 401, "unauthorized", "Sign in first",
			       "You are not signed in, or not any more.", 0 },
	[ERR_PLAN_LIMIT] =   { 402, "plan_limit_reached", "The plan does not reach that far",
			       "Your plan does not allow more of this.", 0 },
	[ERR_FORBIDDEN] =    { 403, "forbidden", "Your role does not allow this",
			       "Ask somebody who may do this, or ask for another role.", 0 },
	[ERR_NOT_FOUND] =    { 404, "not_found", "There is nothing here for you",
			       "It does not exist any more, or it is not shared with you.", 0 },
	[ERR_METHOD] =       { 405, "method_not_allowed", "This path does not take this method",
			       "The app has asked for something that this address does not offer.", 0 },
	[ERR_CONFLICT] =     { 409, "conflict", "This is not possible now",
			       "Something has changed in the meantime. Look at it again.", 0 },
	[ERR_RUNNING] =      { 409, "idempotency_in_progress", "The first try is still running",
			       "The same request is being worked on. Try again in a moment.", 1 },
	[ERR_GONE] =         { 410, "gone", "It is gone",
			       "What you ask for does not exist any more.", 0 },
	[ERR_STALE] =        { 412, "stale", "Changed since you last read it",
			       "Somebody has changed this in the meantime. Look at it again before you change it.", 0 },
	[ERR_TOO_LARGE] =    { 413, "too_large", "The request is too large",
			       "This is more than fits into one request.", 0 },
	[ERR_MEDIA_TYPE] =   { 415, "unsupported_media_type", "The body is of another type than this takes",
			       "The content must be JSON.", 0 },
	[ERR_REUSED] =       { 422, "idempotency_key_reused", "This key was used for another request",
			       "The app has used the key of one request for another.", 0 },
	[ERR_DONE] =         { 500, "internal", "Something is broken on our side",	/* always replayed */
			       "It is not your fault, and it has been noted.", 0 },
	[ERR_TOO_MANY] =     { 429, "too_many_requests", "Too often", NULL, 60 },	/* says how long to wait */
	[ERR_FULL] =         { 507, "storage_full", "There is no room for it",
			       "The server has no room left for files. It has been noted; try again later.", 600 },
	[ERR_BUSY] =         { 503, "try_later", "Try again in a moment",
			       "The server is busy.", 1 },
	[ERR_TIMEOUT] =      { 503, "try_later", "Try again in a moment",
			       "It took too long. Look whether it happened before you try again.", 1 },
	[ERR_CLOSED] =       { 503, "try_later", "Try again in a moment",
			       "The database went away. Look whether it happened before you try again.", 1 },
	[ERR_IO] =           { 500, "internal", "Something is broken on our side",
			       "It is not your fault, and it has been noted.", 0 },
	[ERR_INTERNAL] =     { 500, "internal", "Something is broken on our side",
			       "It is not your fault, and it has been noted.", 0 },
};
/* clang-format on */

const struct problem *
problem_of(enum err e)
{
	return &problems[e];
}

/* --- from PostgreSQL ----------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *sqlstate;
	enum err err;
	bool took_long;		/* the server worked until its time was over */
} sqlstates[] = {
	{ "HB102", ERR_RUNNING,      false },
	{ "HB208", ERR_DONE,         false },	/* see note_done */
	{ "HB401", ERR_UNAUTHORIZED, false },
	{ "HB403", ERR_FORBIDDEN,    false },
	{ "HB404", ERR_NOT_FOUND,    false },
	{ "HB412", ERR_STALE,        false },
	{ "HB422", ERR_REUSED,       false },
	{ "57014", ERR_BUSY,         true },	/* statement_timeout: rolled back */
	{ "55P03", ERR_BUSY,         false },	/* lock_timeout */
	{ "53300", ERR_BUSY,         false },	/* too many connections */
	{ "40001", ERR_BUSY,         false },	/* still, after three tries */
	{ "40P01", ERR_BUSY,         false },
	{ "0A000", ERR_BUSY,         false },	/* these three: see outdated[] in lib/db/run.c */
	{ "26000", ERR_BUSY,         false },
	{ "25006", ERR_BUSY,         false },
};

/* clang-format on */

/* A constraint, or a name that a function refused by; ERR_INTERNAL when the table has none such. */
static enum err
from_name(struct req *r, const char *name)
{
	for (const struct refusal *c = surface.refusals; c->constraint != NULL; c++) {
		if (strcmp(c->constraint, name) != 0)
			continue;
		if (c->field == NULL)
			return request_fail(r, c->err, c->code, c->detail);
		return request_invalid_body(r, c->field, c->code, c->detail);
	}
	return ERR_INTERNAL;
}

static enum err
from_sqlstate(struct req *r, const char *sqlstate)
{
	for (size_t i = 0; i < sizeof(sqlstates) / sizeof(sqlstates[0]); i++) {
		if (strcmp(sqlstates[i].sqlstate, sqlstate) != 0)
			continue;
		r->ran_out_of_time = sqlstates[i].took_long;
		return sqlstates[i].err;
	}
	return ERR_INTERNAL;
}

static void
log_refusal(const struct req *r, const struct db_refusal *d)
{
	log_begin(LOG_ERROR, "statement_refused");
	log_str("request_id", r->request_id);
	log_cstr("statement", surface.statements[d->statement].name);
	log_cstr("sqlstate", d->sqlstate);
	log_cstr("constraint", d->constraint);
	log_cstr("message", d->message);
	log_end();
}

/* The members inside the braces of the JSON object that a function refused with. */
static struct str
members_of(struct req *r, const struct db_refusal *d)
{
	struct str object = str_of(d->detail);

	if (strncmp(d->sqlstate, "HB", 2) != 0 || object.len <= 2 || object.ptr[0] != '{')
		return STR_NONE;
	return arena_str(r->arena, (struct str){ object.ptr + 1, object.len - 2 });
}

/*
 * A row that the caller may not write (any more): the scope was left between its check and the
 * write. A right that was never granted has the same SQLSTATE and is our fault.
 */
static bool
is_by_policy(const struct db_refusal *d)
{
	return strcmp(d->sqlstate, "42501") == 0 &&
	       strcmp(d->source, "ExecWithCheckOptions") == 0;
}

/* Done before under the key: the id of what was made, or found. */
static void
note_done(struct req *r, const struct db_refusal *d)
{
	r->by_key = true;
	r->found = strcmp(d->message, "found") == 0;
	if (d->detail[0] != '\0')
		r->values[VALUE_NEW_ID] = arena_cstr(r->arena, str_of(d->detail));
}

enum err
problem_from_database(struct req *r)
{
	const struct db_refusal *d = db_refusal(r->worker->db);
	enum err e;

	if (d->outdated)
		return ERR_BUSY;
	if (is_by_policy(d))
		return ERR_NOT_FOUND;
	e = d->constraint[0] ? from_name(r, d->constraint)
			     : from_sqlstate(r, d->sqlstate);
	if (e == ERR_DONE && d->constraint[0] == '\0')
		note_done(r, d);
	mode_refused(r, d);
	r->extra = members_of(r, d);
	if (e == ERR_INTERNAL)
		log_refusal(r, d);
	return e;
}

/* --- to the caller ------------------------------------------------------- */

static int
wait_s(const struct req *r, const struct problem *p)
{
	return r->retry_after_s ? r->retry_after_s : p->retry_after_s;
}

static void
add_headers(struct req *r, enum err e, const struct problem *p)
{
	int retry_after_s = wait_s(r, p);

	if (e == ERR_METHOD)
		http_response_header(r->out, "Allow",
				     str_of(router_allow(r->arena, r->match.allowed)));
	/* RFC 9110 12.5.3: a 415 for an encoding says which are taken. */
	if (e == ERR_MEDIA_TYPE && request_header(r, "HTTP_CONTENT_ENCODING").len > 0)
		http_response_header(r->out, "Accept-Encoding", STR("identity"));
	if (e == ERR_UNAUTHORIZED)
		principal_challenge(r);
	if (retry_after_s)
		http_response_header(r->out, "Retry-After",
				     str_of(arena_printf(r->arena, "%d", retry_after_s)));
}

/* "The title", or the field as the client calls it. */
static const char *
field_called(struct req *r, const char *name)
{
	const struct called *c = surface.called;

	while (c != NULL && c->name != NULL && strcmp(c->name, name) != 0)
		c++;
	return c != NULL && c->name != NULL
		       ? request_spoken(r, c->as)
		       : request_spoken(r, request_say(r, "The field \"%s\"", name));
}

static bool
is_first_of_field(const struct req *r, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(r->errors[j].field, r->errors[i].field) == 0)
			return false;
	return true;
}

/* "The title is missing.", or which fields have faults. */
static const char *
faults_told(struct req *r)
{
	struct strbuf names;
	const char *told;
	int fields = 0;

	strbuf_init(&names);
	for (size_t i = 0; i < r->error_count; i++)
		if (is_first_of_field(r, i))
			strbuf_addf(&names, "%s%s", fields++ > 0 ? ", " : "",
				    r->errors[i].field);
	told = fields == 1
		       ? arena_printf(r->arena, "%s %s.",
				      field_called(r, r->errors[0].field),
				      request_spoken(r, r->errors[0].detail))
		       : request_spoken(r, request_say(r, "%d fields need a look: %s.",
						       fields, names.ptr));
	strbuf_release(&names);
	return told;
}

static const char *
wait_told(struct req *r, int s)
{
	enum { MINUTE_S = 60, IN_MINUTES_S = 2 * MINUTE_S };

	if (s > IN_MINUTES_S)
		return request_say(r, "Wait %d minutes, then try again.",
				   (s + MINUTE_S - 1) / MINUTE_S);
	return s == 1 ? "Wait a second, then try again."
		      : request_say(r, "Wait %d seconds, then try again.", s);
}

static const char *
detail_of(struct req *r, enum err e, const struct problem *p)
{
	if (r->detail != NULL)
		return request_spoken(r, r->detail);
	if (e == ERR_INVALID)
		return faults_told(r);
	return request_spoken(r,
			      e == ERR_TOO_MANY ? wait_told(r, wait_s(r, p)) : p->detail);
}

const char *
problem_title(enum err e, const char *code)
{
	const struct called *c = surface.titles;

	for (; code != NULL && c != NULL && c->name != NULL; c++)
		if (strcmp(c->name, code) == 0)
			return c->as;
	return problems[e].title;
}

bool
problem_is_fault(enum err e)
{
	return problems[e].status < 500 && problems[e].retry_after_s == 0 &&
	       e != ERR_UNAUTHORIZED;
}

void
problem_reply(struct req *r, enum err e)
{
	const struct problem *p = &problems[e];
	struct http_problem out = {
		.status = p->status,
		.code = r->code ? r->code : p->code,
		.title = request_spoken(r, problem_title(e, r->code)),
		.detail = detail_of(r, e, p),
		.request_id = r->request_id,
		.errors = e == ERR_INVALID ? r->errors : NULL,
		.error_count = e == ERR_INVALID ? r->error_count : 0,
		.extra = r->extra,
	};

	for (size_t i = 0; i < out.error_count; i++)
		r->errors[i].detail = request_spoken(r, r->errors[i].detail);
	http_response_clear(r->out);
	http_problem_write(r->out, &out);
	add_headers(r, e, p);
}
