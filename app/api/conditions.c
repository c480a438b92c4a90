/*
 * conditions.c: retries, lost updates and things a client has already.
 *
 * Whether a condition holds is decided by PostgreSQL in the transaction that writes;
 * here it is read from the headers, and its outcome becomes a reply. Only a replay takes
 * a second round trip. Runs in workers.
 */
#include "api/conditions.h"

#include <string.h>

#include "api/reply.h"
#include "api/worker.h"
#include "core/strbuf.h"
#include "crypto/hash.h"
#include "db/db.h"
#include "http/etag.h"

enum { ONCE_KEY_MAX = 255 };

/* --- reading ------------------------------------------------------------- */

/* Visible ASCII, bare or as a quoted string. STR_NONE for anything else. */
static struct str
once_key(struct str s)
{
	s = str_trim(s);
	if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
		s = (struct str){ s.ptr + 1, s.len - 2 };
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '!' || s.ptr[i] > '~')
			return STR_NONE;
	return s.len > 0 && s.len <= ONCE_KEY_MAX ? s : STR_NONE;
}

/* "POST /api/tasks/{task_id}/start", what stands in the braces, and the body, a line each. */
static void
add_request(struct strbuf *out, const struct req *r)
{
	const char *body = r->values[VALUE_BODY], *brace = r->route->path;

	strbuf_addf(out, "%s %s\n", http_method_name(r->method), r->route->path);
	for (int i = 0; (brace = strchr(brace, '{')) != NULL; i++, brace++)
		strbuf_addf(out, "%.*s\n", STR_FMT(r->match.params[i]));
	strbuf_add_cstr(out, body ? body : "");
}

const char *
conditions_hash(struct req *r)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = { (const char *)h->cursor_secret, sizeof(h->cursor_secret) };
	unsigned char mac[SHA256_SIZE];
	char *hash = arena_alloc(r->arena, SHA256_HEX_SIZE);
	struct strbuf text;

	strbuf_init(&text);
	add_request(&text, r);
	/* Keyed, for a body may hold a password: nobody shall try guesses against it. */
	hmac_sha256(secret, strbuf_str(&text), mac);
	strbuf_release(&text);
	sha256_hex((struct str){ (const char *)mac, sizeof(mac) }, hash);
	return hash;
}

static enum err
read_once_key(struct req *r)
{
	struct str header = request_header(r, "HTTP_IDEMPOTENCY_KEY"), key;

	if (r->method != HTTP_POST || header.ptr == NULL)
		return ERR_OK;
	key = once_key(header);
	if (key.ptr == NULL)
		return request_invalid(r, "Idempotency-Key", NULL, "format",
				       "must be 1 to 255 visible ASCII characters");
	/* Nobody's keys could be kept apart. */
	if (r->values[VALUE_TOKEN_HASH] == NULL)
		return ERR_OK;
	r->values[VALUE_ONCE_KEY] = arena_cstr(r->arena, key);
	r->values[VALUE_ONCE_REQUEST] = conditions_hash(r);
	return ERR_OK;
}

void
conditions_of_body(struct req *r)
{
	int id = field_index(r->route->body, "id");

	if (r->method == HTTP_POST && id >= 0 && r->body[id] != NULL)
		r->values[VALUE_NEW_ID] = r->body[id];
	/* A change of nothing is a look: it makes no version. */
	if (r->method == HTTP_PATCH && r->route->shown_by != Q_NONE &&
	    r->values[VALUE_IF_VERSIONS] == NULL &&
	    strcmp(r->values[VALUE_BODY], "{}") == 0)
		r->statement = (int)r->route->shown_by;
}

enum err
conditions_read(struct req *r)
{
	if (r->route->shown_by != Q_NONE && r->method != HTTP_POST)
		r->values[VALUE_IF_VERSIONS] =
			http_etag_versions(r->arena, request_header(r, "HTTP_IF_MATCH"));
	conditions_of_body(r);
	return read_once_key(r);
}

/* --- running ------------------------------------------------------------- */

/* Of a handler's several statements the last is the one that writes. */
static bool
is_last(const struct route *route, int statement)
{
	int last = (int)route->statement;

	for (int i = 0; i < ROUTE_USES && route->uses[i] != Q_NONE; i++)
		last = (int)route->uses[i];
	return statement == last;
}

bool
conditions_want_once(struct req *r, int statement)
{
	r->values[VALUE_ONCE_KEEP] = is_last(r->route, statement) ? "true" : "false";
	return r->values[VALUE_ONCE_KEY] != NULL;
}

bool
conditions_want_shown(const struct req *r, int statement)
{
	return r->values[VALUE_IF_VERSIONS] != NULL && statement == r->statement;
}

/* --- outcomes ------------------------------------------------------------ */

/* The object as it is now goes into the problem. */
static enum err
stale(struct req *r, int shown)
{
	struct strbuf *body = &r->out->body;

	if (db_row_count(r->worker->db, shown) == 0)
		return ERR_NOT_FOUND;
	r->statement = (int)r->route->shown_by;
	strbuf_add(body, STR("\"current\":"));
	reply_add_row(r, shown, 0);
	r->extra = arena_str(r->arena, strbuf_str(body));
	return ERR_STALE;
}

int
conditions_again(struct req *r)
{
	bool by_key = r->values[VALUE_ONCE_KEY] != NULL && r->code == NULL;

	if (by_key)
		http_response_header(r->out, "Idempotency-Replayed", STR("true"));
	r->values[VALUE_ONCE_KEY] = NULL;
	r->statement = (int)r->route->shown_by;
	r->out->status = r->statement == Q_NONE			? 204
			 : by_key && r->route->reply == CREATED ? 201
								: 200;
	return r->statement;
}

enum err
conditions_repeat(struct req *r, int index)
{
	if (db_row_count(r->worker->db, index) > 0) {
		r->code = r->detail = NULL;
		return reply_made(r, index, r->out->status);
	}
	return r->out->status == 201
		       ? request_fail(r, ERR_GONE, NULL,
				      "What this request has made is gone since.")
		       : ERR_CONFLICT;
}

static enum err
replay(struct req *r)
{
	int index, statement = conditions_again(r);
	enum err e = ERR_OK;

	if (statement == Q_NONE)
		return ERR_OK;
	e = request_run(r, statement, &index);
	return e == ERR_OK ? conditions_repeat(r, index) : e;
}

enum err
conditions_outcome(struct req *r, enum err e, int shown)
{
	if (e == ERR_DONE)
		return replay(r);
	if (e == ERR_NOT_FOUND && r->values[VALUE_IF_VERSIONS] != NULL)
		return stale(r, shown);
	return e;
}

/* --- tags ---------------------------------------------------------------- */

void
conditions_tag(struct req *r)
{
	struct strbuf *body = &r->out->body;
	struct str bytes = { body->ptr + r->tag_from, body->len - r->tag_from };
	char tag[HTTP_ETAG_SIZE];
	int64_t version = r->version_number;

	if (body->len == 0 || r->out->status >= 300 || r->route->is_probe)
		return;
	if (r->version.ptr == NULL && r->method != HTTP_GET)
		return;
	if (r->version.ptr != NULL)
		str_to_i64(r->version, &version);
	http_etag(version, bytes, tag);
	http_response_header(r->out, "ETag", str_of(tag));
	if (r->method == HTTP_GET &&
	    http_etag_matches(request_header(r, "HTTP_IF_NONE_MATCH"), tag)) {
		r->out->status = 304;
		body->len = 0;
	}
}
