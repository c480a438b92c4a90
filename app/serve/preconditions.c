/*
 * preconditions.c: lost updates and unchanged answers: If-Match, If-None-Match and tags.
 *
 * PostgreSQL decides in the transaction that writes whether If-Match holds; here the
 * header is read, and a refusal gets the object as it is now. Runs in workers.
 */
#include "serve/preconditions.h"

#include <string.h>

#include "core/strbuf.h"
#include "db/db.h"
#include "http/etag.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"

/* clang-format off */
const struct field preconditions_version[] = {
	{ "version", FIELD_INT, 0, 1, INT32_MAX, NULL, NULL, 0 },
	{ .name = NULL }
};
/* clang-format on */

bool
preconditions_take_version(const struct route *route)
{
	return route->method == HTTP_PATCH && route->shows != NULL;
}

/* {7,8} and 8 leave {8}; when it is not among them {}, which no version meets. */
static const char *
narrowed(struct req *r, const char *versions, const char *version)
{
	struct str rest = versions != NULL ? str_of(versions + 1) : STR_NONE;

	if (versions == NULL)
		return arena_printf(r->arena, "{%s}", version);
	rest.len--;
	while (rest.ptr != NULL)
		if (str_is(str_cut(&rest, ','), version))
			return arena_printf(r->arena, "{%s}", version);
	return "{}";
}

void
preconditions_of_body(struct req *r)
{
	int id = field_index(r->route->body, "id");

	if (r->version_named != NULL)
		r->values[VALUE_IF_VERSIONS] =
			narrowed(r, r->values[VALUE_IF_VERSIONS], r->version_named);
	if (r->method == HTTP_POST && id >= 0 && r->body[id] != NULL)
		r->values[VALUE_NEW_ID] = r->body[id];
	/* A change of nothing is a look: it makes no version. */
	if (r->method == HTTP_PATCH && r->route->shows != NULL &&
	    r->values[VALUE_IF_VERSIONS] == NULL &&
	    strcmp(r->values[VALUE_BODY], "{}") == 0)
		r->statement = r->route->shows->shown_by;
}

enum err
preconditions_read(struct req *r)
{
	if (r->route->shows != NULL && r->method != HTTP_POST)
		r->values[VALUE_IF_VERSIONS] =
			http_etag_versions(r->arena, request_header(r, "HTTP_IF_MATCH"));
	preconditions_of_body(r);
	return ERR_OK;
}

bool
preconditions_want_shown(const struct req *r, int statement)
{
	return r->values[VALUE_IF_VERSIONS] != NULL && statement == r->statement;
}

/* The object as it is now goes into the problem. */
enum err
preconditions_stale(struct req *r)
{
	struct strbuf *body = &r->out->body;
	int shown = r->at.shown;

	if (shown < 0 || db_row_count(r->worker->db, shown) == 0)
		return ERR_NOT_FOUND;
	r->statement = r->route->shows->shown_by;
	strbuf_add(body, STR("\"current\":"));
	reply_add_row(r, shown, 0);
	r->extra = arena_str(r->arena, strbuf_str(body));
	return ERR_STALE;
}

/* --- tags ------------------------------------------------------------------ */

void
preconditions_tag(struct req *r)
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
