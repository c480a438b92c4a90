#ifndef HOB_SERVE_REQUEST_H
#define HOB_SERVE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "http/http.h"
#include "http/router.h"
#include "limit/limit.h"
#include "serve/route.h"
#include "serve/scheme.h"
#include "catalogues.h"

struct worker;
struct fcgi;

/*
 * The values that a statement's parameter can be bound to besides path parts and fields.
 * The stages set these; handlers set those of the program, which begin at VALUE_PROGRAM.
 */
enum value {
	VALUE_NOW,		/* RFC 3339, microseconds */
	VALUE_NEW_ID,		/* a UUIDv7 */
	VALUE_BODY,		/* the checked body as one flat JSON object */
	VALUE_TOKEN_HASH,
	VALUE_SCOPE_ROLE,
	VALUE_LABELS,		/* of lookups, in the caller's language */
	VALUE_LANGUAGE,		/* its tag; NULL: the statement goes by the caller's locale */
	VALUE_LIMIT,		/* of a page, plus one to see whether there is more */
	VALUE_CURSOR_KEY,
	VALUE_CURSOR_ID,
	VALUE_IF_VERSIONS,	/* int[]: If-Match; null when any version will do */
	VALUE_ONCE_KEY,		/* Idempotency-Key; NULL when there is none */
	VALUE_ONCE_REQUEST,	/* hash of all that the key must stand for */
	VALUE_ONCE_WHOLE,	/* of a part: the key of the whole, or NULL, and ... */
	VALUE_ONCE_WHOLE_REQUEST,	/* ... what that stands for */
	VALUE_ONCE_ALWAYS,	/* "true": the key is kept although nothing is written */
	VALUE_PROGRAM,		/* the first of the program's own: surface.values */
};
enum { VALUES_MAX = 64 };

/* Faults of a request are bounded: a body could hold thousands of long names. */
enum { REQUEST_ERRORS_MAX = 16, NAME_SHOWN_MAX = 64 };

/* The indexes of a request's statements in its last pipeline; -1: not in it. */
struct round {
	int enter;	/* who the caller is */
	int me;		/* their account, when they are not known yet */
	int scope;	/* whether they may */
	int once;	/* whether the Idempotency-Key was used; of a whole, one row that says so */
	int main;	/* what was asked for */
	int shown;	/* the object as it is now, in case If-Match does not hold */
};

/* One request on its way through the stages. Lives in its own arena. */
struct req {
	struct worker *worker;
	struct arena *arena;
	struct fcgi *fcgi;
	struct http_response *out;

	enum http_method method;
	const struct route *route;	/* NULL until matched */
	int route_index;		/* -1 until matched */
	struct router_match match;
	bool answered;			/* no further stage has to look */
	struct str request_id;
	int64_t start_us;		/* wall clock */
	int64_t deadline_ms;		/* monotonic */
	int64_t limit;			/* of a page */
	int statement;			/* the route's, or its ordering's variant */

	struct round at;
	int included[ROUTE_INCLUDES];	/* indexes of the lists that were asked for; -1: this was not */

	const char *version_named;	/* by the body of a PATCH, as a number; NULL */
	const char *body[FIELDS_MAX];	/* texts to bind, by field; NULL is null */
	const char *query[FIELDS_MAX];
	const char *values[VALUES_MAX];
	struct principal principal;	/* who asks */
	bool entered;			/* in the transaction of the part before: parts.h */
	bool by_key, found;		/* done before under its key; and then it found what was there */
	bool replays;			/* the pipeline only shows what was done before: replay.h */
	bool learns;			/* a read by a caller not cached here yet */
	uint64_t trips_before;		/* round trips of the worker, when it began */
	uint64_t stamp;			/* taken before anything was asked */
	struct str version;		/* of the one object in the reply; STR_NONE */
	int64_t version_number;		/* the same of a cached answer; -1 */
	size_t tag_from;		/* bytes of the body before this change with the clock */
	int rate;			/* that was counted; RATE_BY_METHOD: none was */
	struct limit_state rate_state;
	int further_parts;		/* counted besides the request itself */
	struct str stand_in, secret;	/* see reply_reveal */
	int secret_rate;		/* by which a wrong secret is counted; 0: none is tried */
	bool secret_by_account;
	bool ran_out_of_time;		/* a statement was ended by statement_timeout */
	bool asked_for_work;		/* limit_work has decided */
	bool in_lane;			/* has a permit of shared->lane */
	uint32_t lane;

	bool speaks;			/* the answer has texts in the language of the caller */
	struct saying **sayings;	/* see request_say; the parts of a request share them */

	/* Why it failed; see request_fail. */
	const char *code, *detail;
	struct str extra;		/* further members of the problem */
	struct http_field_error errors[REQUEST_ERRORS_MAX];
	size_t error_count;
	const char *within;		/* the member of the body whose inside is being read: "rule", "phones/0"; NULL */
	int retry_after_s;
};

/* A header of the request by its CGI name, "HTTP_ACCEPT"; STR_NONE when absent. */
struct str request_header(const struct req *r, const char *name);
/* The text of a body field by name; NULL when it is null or absent. Dies for a name not in the table. */
const char *request_field(const struct req *r, const char *name);
const char *request_query(const struct req *r, const char *name);
/* Does the query name a field that searches, or is DEAR? */
bool request_asks_more(const struct req *r);

/* Returns `e` after noting another code and detail than problems.c has for it (NULL keeps those). */
enum err request_fail(struct req *r, enum err e, const char *code, const char *detail);
/*
 * Notes one fault of a field and returns ERR_INVALID. `pointer` is NULL for names
 * from the query or the path. Beyond REQUEST_ERRORS_MAX faults are not noted. A name, which
 * may be the caller's own, is shown up to NAME_SHOWN_MAX bytes.
 */
enum err request_invalid(struct req *r, const char *field, const char *pointer,
			 const char *code, const char *detail);
/* The same for a body field: the pointer is "/" and its name, below `within`. */
enum err request_invalid_body(struct req *r, const char *field, const char *code,
			      const char *detail);

/* --- stages.c ------------------------------------------------------------ */

/* From a read request to a complete reply in r->out. Never fails: failures are replies. */
void request_serve(struct req *r);
/* The headers that every reply has, when it was made with so many round trips. */
void request_add_headers(struct req *r, uint64_t round_trips);
/* Ends with problem `e` without looking at the request (shed, for one). */
void request_refuse(struct req *r, enum err e);
/* Sets every request's values: the time, a new id for a POST, the role of its scope. */
enum err request_values(struct req *r);

/* --- bind.c -------------------------------------------------------------- */

/*
 * The source of each parameter of each statement of each route in `table`, worked out
 * once. ERR_INTERNAL with a sentence in *why (lives in `a`) when a parameter has no
 * source, when a field or a statement is unused, or when a route declares no access.
 */
struct binding;
enum err binding_check(struct arena *a, const struct route *const *table, int count,
		       struct binding **out, const char **why);
/* The values of `statement` for this request, in the request's arena. */
const char *const *binding_values(const struct binding *b, struct req *r, int statement);
/* Does the statement take this value? */
bool statement_takes(int statement, const char *param);

/* --- limits.c ------------------------------------------------------------ */

/*
 * The stage: counts the request in its route's limit, by its principal. ERR_OK, or ERR_TOO_MANY, explained
 * on `r`.
 */
enum err limit_request(struct req *r);
/*
 * Before Redis is asked for the token: counts an unknown one by address, which
 * limit_request undoes when Redis knew it. Results as limit_request; once for a request.
 */
enum err limit_unknown(struct req *r);
/*
 * Has this host seen the caller's token as a valid session? True: the principal's account
 * is set.
 */
bool limit_knows(struct req *r);
/* A session began, or was proven: from now on it is counted by its account. */
void limit_began(struct req *r, const char *token_hash, struct str user_id);
/* `enter` has looked at the token; `user_id` is empty when it is no session (any more). */
void limit_entered(struct req *r, struct str user_id);
/*
 * Before the work of a request that does `n` things: they count as `n` writes. Results as
 * limit_request; ERR_INVALID about body field `field` when `n` is over the limit itself.
 */
enum err limit_parts(struct req *r, const char *field, int n);
/*
 * Behind what proves the caller: counts `n` more of the program's `rate`, by the account. Results as limit_request.
 */
enum err limit_further(struct req *r, int rate, int n);
/*
 * Counts a large answer as further reads, as far as any are left: one for each 128 KiB,
 * and nine for a search or a row that is dear. Also an answer that is not sent, because
 * the client has it (304): it was made.
 */
void limit_answer(struct req *r);
/*
 * Before the database is asked; decides once for a request. A caller who has used up
 * limits.work goes through a narrow lane that a quarter of the pool serves. ERR_TOO_MANY
 * when the lane is full, or when the caller owes half as much again.
 */
enum err limit_work(struct req *r);
/* When the answer is made: counts the database's time for it, from 20 ms on. */
void limit_worked(struct req *r, int64_t took_ms);
/*
 * Before a secret is looked at (by a row's .prepare): counts a wrong try by the program's
 * `rate`. Results as limit_request. It is settled when the statement has run: with any
 * result but ERR_NOT_FOUND the secret was not wrong.
 */
enum err limit_secret(struct req *r, int rate);
void limit_secret_settle(struct req *r, enum err e);
/* The target of a login, as the look-up of the address returns it. */
struct login_who {
	struct str account;	/* set for an unknown address too */
	bool is_known_here;	/* signed in to from this network lately */
};
/*
 * Before a password is looked at: counts a try of this address at the account, and,
 * unless the network is known, of all unknown networks together. Results as
 * limit_request. Then settle it: ERR_OK clears the tries, ERR_UNAUTHORIZED keeps them,
 * and with any other result the password was not looked at and this one did not count.
 */
enum err limit_login(struct req *r, const struct login_who *who);
void limit_login_settle(struct req *r, const struct login_who *who, enum err e);
/* The same for a session that gives its old password. */
enum err limit_password(struct req *r);
void limit_password_settle(struct req *r, enum err e);
/* The rate of a route's row, and its name: "reads". */
int rate_of(const struct route *route);
const char *rate_name(int rate);
/* RateLimit and RateLimit-Policy, when something was counted. */
void limit_add_headers(struct req *r);

/* --- cors.c -------------------------------------------------------------- */

/* Answers a CORS preflight that is allowed; true when it did. After r->match. */
bool cors_preflight(struct req *r);
/* On every answer; nothing while cors.origins is empty. */
void cors_add_headers(struct req *r);

/* --- language.c ---------------------------------------------------------- */

/*
 * The caller's language: what Accept-Language asks for, else the locale of the principal, as far as it is known
 * yet. The call makes the answer say its language.
 */
const struct catalogue *request_language(struct req *r);
/* Would the locale decide, and is not known (yet)? */
bool request_language_is_open(const struct req *r);
/* Makes it :language; null while it is open. For handlers: those of a route's own statement have it. */
void request_bind_language(struct req *r);
/* `text` in that language, or unchanged without a translation; NULL stays NULL. */
const char *language_text(const struct catalogue *c, const char *text)
	__attribute__((format_arg(2)));
/*
 * A text with values in it, for `detail`: the format is translated. In English; problem_reply finds it in the
 * caller's language, as it does texts without values, which need no call.
 */
const char *request_say(struct req *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* What request_say returned, or a text without values, in the caller's language; NULL stays NULL. */
const char *request_spoken(struct req *r, const char *text);
/* What a code of a list of the catalogue is called in that language; `label` when it does not say. */
struct str request_label(struct req *r, const char *list, struct str code, struct str label);

/* --- decode.c ------------------------------------------------------------ */

/* Path, query and body against the route's tables; fills r->body, r->query and some values. */
enum err request_decode(struct req *r);
/*
 * The members of a body of at most `max_bytes` and `max_values`, a JSON object; explained on
 * `r` when it is none.
 */
struct json_outline;
struct json_doc;
enum err request_outline(struct req *r, size_t max_bytes, size_t max_values,
			 struct json_outline *out);
/* Why a body is not JSON, or not one that is taken; ERR_MALFORMED or ERR_TOO_LARGE. */
struct json_fault;
enum err request_refuse_json(struct req *r, const struct json_fault *fault);
/*
 * A body of text of this media type, at most `max_bytes` of UTF-8, without its byte order mark; explained
 * on `r` when it is none.
 */
enum err request_text(struct req *r, const char *type, size_t max_bytes, struct str *out);
/* The members of one object, but for those `taken` (NULL-terminated), against the route's fields. */
enum err request_decode_object(struct req *r, const struct json_doc *doc, const char *const *taken);

/* --- problems.c ---------------------------------------------------------- */

/* The error for a refused pipeline, by SQLSTATE and constraint. */
enum err problem_from_database(struct req *r);
/* Is it a fault of the request, which the service has looked at and refused? */
bool problem_is_fault(enum err e);
/* Writes the reply of a failed request. */
void problem_reply(struct req *r, enum err e);

#endif
