/*
 * decode.c: from bytes to checked values. Everything a caller sent is held
 * against the route's tables before a statement sees it; after this stage a
 * handler has only valid input. All faults of a body are collected, so that a form
 * can show them at once. Runs in workers.
 */
#include "serve/request.h"

#include <string.h>

#include "core/uuid.h"
#include "db/db.h"
#include "fcgi/fcgi.h"
#include "json/json.h"
#include "serve/cursor.h"
#include "serve/idempotency.h"
#include "serve/preconditions.h"
#include "serve/surface.h"
#include "serve/types.h"
#include "serve/worker.h"

enum {
	/* 10,000 characters that each are an escape of twelve bytes, and the rest of an object */
	BODY_MAX_BYTES = 160 * 1024,
	BODY_DEPTH_MAX = 16,
	PAGE_LIMIT_DEFAULT = 50,
	PAGE_LIMIT_MAX = 200
};

/* Every path part that is an id must be well formed; others cannot exist. */
static enum err
decode_path(struct req *r)
{
	const char *p = r->route->path;

	for (int i = 0; i < r->match.param_count; i++) {
		p = strchr(p, '{') + 1;
		if (strstr(p, "_id}") == p + strcspn(p, "}") - 3 &&
		    !uuid_is(r->match.params[i]))
			return ERR_NOT_FOUND;
	}
	return ERR_OK;
}

/* --- query --------------------------------------------------------------- */

/* The parameters of every page beside its filters; STR_NONE is absent. */
struct page {
	struct str limit, ordering, cursor;
};

static enum err
decode_limit(struct req *r, struct str text)
{
	int64_t n;

	if (text.len > 18) /* more than 64 bits hold, or not a number at all */
		text.len = 18;
	if (!str_to_i64(text, &n))
		return request_invalid(r, "limit", NULL, "type",
				       "must be a whole number");
	if (n < 1)
		return request_invalid(r, "limit", NULL, "too_small",
				       "must be at least 1");
	r->limit = n > PAGE_LIMIT_MAX ? PAGE_LIMIT_MAX : n;
	return ERR_OK;
}

static enum err
decode_ordering(struct req *r, struct str text)
{
	int count;
	const struct db_order *orders = surface.orders(r->route->statement, &count);
	struct strbuf names;
	const char *detail;

	for (int i = 0; i < count; i++) {
		if (str_is(text, orders[i].name)) {
			r->statement = orders[i].statement;
			return ERR_OK;
		}
	}
	strbuf_init(&names);
	for (int i = 0; i < count; i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "", orders[i].name);
	detail = request_say(r, "must be one of %s", names.ptr);
	strbuf_release(&names);
	return request_invalid(r, "ordering", NULL, "choice", detail);
}

/* The member for the value of this name; NULL when the route's pages do not know it. */
static struct str *
page_member(const struct req *r, struct page *page, struct str name)
{
	bool pages = r->route->reply == PAGE && statement_takes(r->statement, "limit");
	int orders;

	surface.orders(r->route->statement, &orders);
	if (pages && str_is(name, "limit"))
		return &page->limit;
	if (orders > 0 && str_is(name, "ordering"))
		return &page->ordering;
	return pages && statement_takes(r->statement, "cursor_key") &&
			       str_is(name, "cursor")
		       ? &page->cursor
		       : NULL;
}

static void
decode_query_pair(struct req *r, const struct http_pair *pair, bool *seen,
		  struct page *page)
{
	const char *name = arena_cstr(r->arena, pair->name);
	int i = field_index(r->route->query, name);
	struct str *member = i < 0 ? page_member(r, page, pair->name) : NULL;

	if (i < 0 && member == NULL && r->route->any_query)
		return;
	if (i < 0 && member == NULL) {
		request_invalid(r, name, NULL, "unknown_field", "is not known here");
	} else if (i < 0 ? member->ptr != NULL : seen[i]) {
		request_invalid(r, name, NULL, "duplicate", "is given twice");
	} else if (i < 0) {
		*member = pair->value;
	} else {
		seen[i] = true;
		value_from_text(r, &r->route->query[i], pair->value, &r->query[i]);
	}
}

/* After the filters: a cursor is bound to them. */
static void
decode_page(struct req *r, const struct page *page)
{
	r->limit = PAGE_LIMIT_DEFAULT;
	if (page->limit.ptr != NULL)
		decode_limit(r, page->limit);
	if (page->ordering.ptr != NULL)
		decode_ordering(r, page->ordering);
	if (page->cursor.ptr != NULL && r->error_count == 0)
		cursor_decode(r, page->cursor, page->ordering.ptr != NULL);
	r->values[VALUE_LIMIT] = arena_printf(r->arena, "%d", (int)r->limit + 1);
}

static void
decode_query_fallbacks(struct req *r, const bool *seen)
{
	int count = field_count(r->route->query);

	for (int i = 0; i < count; i++) {
		const struct field *f = &r->route->query[i];

		if (seen[i])
			continue;
		if (f->flags & REQUIRED)
			request_invalid(r, f->name, NULL, "required", "is missing");
		r->query[i] = f->fallback;
	}
}

static enum err
decode_query(struct req *r, struct str query)
{
	struct http_pair *pairs;
	size_t count;
	bool seen[FIELDS_MAX] = { false };
	struct page page = { STR_NONE, STR_NONE, STR_NONE };
	enum err e = http_query_parse(r->arena, query, &pairs, &count);

	if (e != ERR_OK)
		return request_fail(r, e, "malformed",
				    "The query of the address cannot be read: an escape "
				    "or a character in it is wrong.");
	for (size_t i = 0; i < count; i++)
		decode_query_pair(r, &pairs[i], seen, &page);
	decode_query_fallbacks(r, seen);
	decode_page(r, &page);
	return r->error_count ? ERR_INVALID : ERR_OK;
}

/* --- body ---------------------------------------------------------------- */

static enum err
read_body(struct req *r, size_t max_bytes, struct str *out)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct str encoding = request_header(r, "HTTP_CONTENT_ENCODING");
	enum err e = fcgi_body(r->fcgi, r->arena, max_bytes, out);

	if (e == ERR_MALFORMED)
		request_fail(r, e, NULL, "The request did not arrive whole.");
	if (e != ERR_OK)
		return e;
	if (encoding.len > 0 && !str_eq_ci(encoding, STR("identity")))
		return request_fail(r, ERR_MEDIA_TYPE, NULL,
				    "The content must not be compressed.");
	if (str_starts(*out, str_of(mark))) /* RFC 8259 8.1: may be ignored */
		*out = (struct str){ out->ptr + 3, out->len - 3 };
	return ERR_OK;
}

/* No bytes, under whatever type, and the null of a POST: no fields. A PATCH with null would clear all. */
static bool
says_nothing(const struct req *r, struct str text)
{
	return text.len == 0 ||
	       (r->method == HTTP_POST && str_is(str_trim(text), "null"));
}

/*
 * A PATCH is a merge patch under each of its names (RFC 7396). JSON is UTF-8 (RFC 8259
 * 8.1): another charset would be misread.
 */
static bool
is_json(const struct req *r, struct str type)
{
	return http_charset_is_utf8(type) &&
	       (http_media_type_is(type, "application/json") ||
		(r->method == HTTP_PATCH &&
		 http_media_type_is(type, "application/merge-patch+json")));
}

static bool
says_json(const struct req *r)
{
	return is_json(r, request_header(r, "CONTENT_TYPE"));
}

/* The body, when it calls itself JSON. */
static enum err
read_json_text(struct req *r, size_t max_bytes, struct str *out)
{
	struct str type = request_header(r, "CONTENT_TYPE");
	enum err e = read_body(r, max_bytes, out);

	if (e != ERR_OK)
		return e;
	if (out->len > 0 && !is_json(r, type))
		return ERR_MEDIA_TYPE;
	if (says_nothing(r, *out))
		*out = STR("{}");
	return ERR_OK;
}

static const char *
json_told(struct req *r, const struct json_fault *fault)
{
	struct str name = str_head(fault->name, NAME_SHOWN_MAX);
	size_t at = fault->offset;

	switch (fault->kind) {
	case JSON_VALUES:
		return request_say(r, "The content must hold at most %zu values.",
				   fault->values_max);
	case JSON_DEPTH:
		return request_say(r, "The content is nested too deeply, at byte %zu.",
				   at);
	case JSON_NUL:
		return request_say(r, "The content holds a NUL character, at byte %zu.",
				   at);
	case JSON_UTF8:
		return request_say(r, "The content is not good UTF-8, at byte %zu.", at);
	case JSON_DUPLICATE:
		return request_say(r, "The name \"%.*s%s\" appears twice, at byte %zu.",
				   STR_FMT(name), name.len < fault->name.len ? "…" : "",
				   at);
	case JSON_NUMBER:
	case JSON_SYNTAX:
		break;
	}
	return request_say(r, "The content is not valid JSON, at byte %zu.", at);
}

enum err
request_refuse_json(struct req *r, const struct json_fault *fault)
{
	return fault->kind == JSON_VALUES
		       ? request_fail(r, ERR_TOO_LARGE, NULL, json_told(r, fault))
		       : request_fail(r, ERR_MALFORMED, "malformed_json",
				      json_told(r, fault));
}

static enum err
refuse_no_object(struct req *r)
{
	return request_fail(r, ERR_MALFORMED, "malformed_json",
			    "The content must be a JSON object.");
}

enum err
request_outline(struct req *r, size_t max_bytes, size_t max_values,
		struct json_outline *out)
{
	const struct json_limits max = { BODY_DEPTH_MAX, max_values };
	struct json_fault fault;
	struct str text;
	enum err e = read_json_text(r, max_bytes, &text);

	if (e != ERR_OK)
		return e;
	idempotency_of_text(r, text);
	if (json_outline(r->arena, text, max, out, &fault) != ERR_OK)
		return request_refuse_json(r, &fault);
	return out->first == '{' ? ERR_OK : refuse_no_object(r);
}

enum err
request_text(struct req *r, const char *type, size_t max_bytes, struct str *out)
{
	struct str header = request_header(r, "CONTENT_TYPE");
	enum err e = read_body(r, max_bytes, out);

	if (e != ERR_OK)
		return e;
	if (!http_media_type_is(header, type) || !http_charset_is_utf8(header))
		return request_fail(r, ERR_MEDIA_TYPE, NULL,
				    request_say(r, "The content must be %s.", type));
	idempotency_of_text(r, *out);
	return str_is_utf8(*out) ? ERR_OK
				 : request_fail(r, ERR_MALFORMED, NULL,
						"The content must be UTF-8.");
}

/* A field of the route, or the version that a PATCH is about; NULL for another name. */
static const struct field *
find_member(struct req *r, const char *name, bool *seen, const char ***into)
{
	int i = field_index(r->route->body, name);

	if (i >= 0) {
		seen[i] = true;
		*into = &r->body[i];
		return &r->route->body[i];
	}
	*into = &r->version_named;
	return preconditions_take_version(r->route) &&
			       strcmp(name, preconditions_version[0].name) == 0
		       ? preconditions_version
		       : NULL;
}

static void
decode_member(struct req *r, const cJSON *member, struct str raw, bool *seen)
{
	const char *name = member->string, **into;
	const struct field *f = find_member(r, name, seen, &into);

	if (f == NULL) {
		request_invalid_body(r, name, "unknown_field", "is not known here");
	} else if (f->flags & CREATE && r->method == HTTP_PATCH) {
		request_invalid_body(r, name, "immutable", "cannot be changed");
	} else if (cJSON_IsNull(member)) {
		if (!(f->flags & NULLABLE))
			request_invalid_body(r, name, "null", "must not be null");
	} else {
		value_from_json(r, f, member, raw, into);
	}
}

static void
decode_body_fallbacks(struct req *r, const bool *seen)
{
	int count = field_count(r->route->body);

	for (int i = 0; i < count; i++) {
		const struct field *f = &r->route->body[i];

		if (seen[i])
			continue;
		if (f->flags & REQUIRED)
			request_invalid_body(r, f->name, "required", "is missing");
		r->body[i] = f->fallback;
	}
}

/* The checked members as one object for jsonb_populate_record: texts, objects and nulls. */
static const char *
normal_body(struct req *r, const bool *seen)
{
	struct strbuf b;
	struct json_writer w;
	int count = field_count(r->route->body);
	const char *text;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_object(&w);
	for (int i = 0; i < count; i++) {
		if (!seen[i])
			continue;
		json_key(&w, r->route->body[i].name);
		if (r->route->body[i].object != NULL && r->body[i] != NULL)
			json_raw(&w, str_of(r->body[i]));
		else
			json_cstring(&w, r->body[i]);
	}
	json_end_object(&w);
	text = arena_cstr(r->arena, strbuf_str(&b));
	strbuf_release(&b);
	return text;
}

static bool
is_taken(const char *name, const char *const *taken)
{
	while (*taken != NULL && strcmp(*taken, name) != 0)
		taken++;
	return *taken != NULL;
}

enum err
request_decode_object(struct req *r, const struct json_doc *doc, const char *const *taken)
{
	bool seen[FIELDS_MAX] = { false };
	const cJSON *member;
	size_t i = 0;

	cJSON_ArrayForEach (member, doc->root) {
		if (!is_taken(member->string, taken))
			decode_member(r, member, doc->raw[i], seen);
		i++;
	}
	if (r->method != HTTP_PATCH)
		decode_body_fallbacks(r, seen);
	if (r->error_count)
		return ERR_INVALID;
	r->values[VALUE_BODY] = normal_body(r, seen);
	return ERR_OK;
}

static enum err
decode_body(struct req *r)
{
	static const char *const nothing[] = { NULL };
	const struct json_limits max = { BODY_DEPTH_MAX,
					 field_values_max(r->route->body) };
	struct json_doc doc = { 0 };
	struct json_fault fault;
	struct str text;
	enum err e = read_json_text(r, BODY_MAX_BYTES, &text);

	if (e != ERR_OK)
		return e;
	if (json_read(r->arena, text, max, &doc, &fault) != ERR_OK)
		return request_refuse_json(r, &fault);
	return cJSON_IsObject(doc.root) ? request_decode_object(r, &doc, nothing)
					: refuse_no_object(r);
}

static enum err
refuse_body(struct req *r)
{
	struct str text;

	enum err e = read_body(r, BODY_MAX_BYTES, &text);

	if (e != ERR_OK)
		return e;
	if (says_nothing(r, text) || str_is(str_trim(text), "{}"))
		return ERR_OK;
	return request_fail(r, ERR_MALFORMED, "malformed",
			    "This request takes no content.");
}

enum err
request_decode(struct req *r)
{
	struct str uri = request_header(r, "REQUEST_URI");
	enum err e = decode_path(r);

	str_cut(&uri, '?');
	if (e == ERR_OK)
		e = decode_query(r, uri);
	if (e != ERR_OK)
		return e;
	if (r->route->body != NULL && !(r->route->takes_files && !says_json(r)))
		return decode_body(r);
	return r->method == HTTP_GET || r->route->reads_body || r->route->any_body ||
			       r->route->takes_files
		       ? ERR_OK
		       : refuse_body(r);
}
