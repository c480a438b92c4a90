/*
 * request.c: headers and fields of a request by name, and its faults. Runs in workers.
 */
#include "serve/request.h"

#include <string.h>

#include "core/die.h"
#include "core/strbuf.h"
#include "fcgi/fcgi.h"

struct str
request_header(const struct req *r, const char *name)
{
	return fcgi_param(r->fcgi, name);
}

const char *
request_field(const struct req *r, const char *name)
{
	int i = field_index(r->route->body, name);

	if (i < 0)
		die("%s has no field \"%s\"", r->route->path, name);
	return r->body[i];
}

const char *
request_query(const struct req *r, const char *name)
{
	int i = field_index(r->route->query, name);

	if (i < 0)
		die("%s has no query field \"%s\"", r->route->path, name);
	return r->query[i];
}

bool
request_asks_more(const struct req *r)
{
	int count = field_count(r->route->query);

	for (int i = 0; i < count; i++) {
		const struct field *f = &r->route->query[i];

		if (r->query[i] != NULL && (f->type == FIELD_SEARCH || f->flags & DEAR))
			return true;
	}
	return false;
}

/* --- faults ---------------------------------------------------------------- */

enum err
request_fail(struct req *r, enum err e, const char *code, const char *detail)
{
	r->code = code;
	r->detail = detail;
	return e;
}

/* A name as it is shown: it may be as long as the body. */
static const char *
shown(struct req *r, const char *name)
{
	struct str whole = str_of(name), head = str_head(whole, NAME_SHOWN_MAX);

	return head.len == whole.len ? name
				     : arena_printf(r->arena, "%.*s…", STR_FMT(head));
}

enum err
request_invalid(struct req *r, const char *field, const char *pointer, const char *code,
		const char *detail)
{
	if (r->error_count < REQUEST_ERRORS_MAX)
		r->errors[r->error_count++] =
			(struct http_field_error){ shown(r, field), pointer, code,
						   detail };
	return ERR_INVALID;
}

/* "phones.0.number" */
static const char *
dotted(struct arena *a, const char *within, const char *field)
{
	char *name = arena_printf(a, "%s.%s", within, field);

	for (char *c = name; c < name + strlen(within); c++)
		if (*c == '/')
			*c = '.';
	return name;
}

enum err
request_invalid_body(struct req *r, const char *field, const char *code,
		     const char *detail)
{
	struct strbuf pointer;
	const char *text;

	if (r->error_count == REQUEST_ERRORS_MAX)
		return ERR_INVALID;
	field = shown(r, field);
	strbuf_init(&pointer);
	if (r->within != NULL)
		strbuf_addf(&pointer, "/%s", r->within);
	strbuf_add_char(&pointer, '/');
	for (const char *c = field; *c; c++) {
		if (*c == '~' || *c == '/') /* RFC 6901 section 3 */
			strbuf_add_cstr(&pointer, *c == '~' ? "~0" : "~1");
		else
			strbuf_add_char(&pointer, *c);
	}
	text = arena_cstr(r->arena, strbuf_str(&pointer));
	strbuf_release(&pointer);
	if (r->within != NULL)
		field = dotted(r->arena, r->within, field);
	return request_invalid(r, field, text, code, detail);
}
