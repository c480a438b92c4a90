#ifndef HOB_HTTP_HTTP_H
#define HOB_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "core/strbuf.h"

/* HTTP semantics without a transport: RFC 9110 words, no sockets. */

enum http_method {
	HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE,
	HTTP_METHOD_COUNT,
	HTTP_OTHER = HTTP_METHOD_COUNT	/* OPTIONS, TRACE, anything unknown */
};

/* HEAD reads as HTTP_GET: the sender drops the body. */
enum http_method http_method_parse(struct str s);
const char *http_method_name(enum http_method m);

struct http_pair {
	struct str name;
	struct str value;
};

/*
 * Splits and decodes "a=1&b=x%20y". Empty pieces are dropped, '+' is a space.
 * ERR_MALFORMED for a bad percent escape, a NUL or bad UTF-8. Pairs and texts
 * live in `a`, in the order they came; values are NUL-terminated.
 */
enum err http_query_parse(struct arena *a, struct str query,
			  struct http_pair **out, size_t *count);
/* Percent-decoding alone ('+' stays). Same errors. */
enum err http_percent_decode(struct arena *a, struct str s, struct str *out);

/*
 * The credentials of `Authorization: Token <key>` or `Bearer <key>`, scheme in
 * any case. STR_NONE when absent or of another form.
 */
struct str http_authorization_key(struct str header);
/*
 * The value of a cookie (RFC 6265 4.2.1) in the header `Cookie`. STR_NONE when it is
 * absent or empty, and when there are two of this name: one of them was set by somebody
 * else.
 */
struct str http_cookie(struct str header, const char *name);
/* Is `header` this media type ("application/json")? Parameters and case do not matter. */
bool http_media_type_is(struct str header, const char *type);
/* The value of a parameter behind the first semicolon, quotes and all; STR_NONE when there is none, or two of the name. */
struct str http_parameter(struct str header, const char *name);
/* True when no parameter of the header names another charset than UTF-8. */
bool http_charset_is_utf8(struct str header);
/*
 * The index of the tag that suits an Accept-Language best (RFC 9110 12.5.4): de-AT finds
 * "de" where there is no "de-AT", "*" finds any tag that is not named, and q=0 excludes a
 * tag. The first tag when none suits, or the header is empty.
 */
int http_language(struct str header, const char *const *tags, int count);
/* [A-Za-z0-9_-]{8,64}: the form of a client's X-Request-Id. */
bool http_request_id_is(struct str s);
/*
 * The trace id of a `traceparent` (W3C Trace Context): 32 lower-case hex digits. STR_NONE when
 * the header is absent or not one; then the trace begins here.
 */
struct str http_trace_id(struct str header);
/* "200 OK". Dies for a status that is not listed. */
const char *http_status_text(int status);

/* --- a reply, as CGI (RFC 3875) wants it -------------------------------- */

struct http_response {
	int status;
	const char *content_type;	/* NULL: no body */
	bool in_parts;			/* its length is not known when it begins */
	struct strbuf headers;		/* complete lines with CRLF */
	struct strbuf body;
	struct strbuf head;		/* made by http_response_head */
};

void http_response_init(struct http_response *r);
void http_response_release(struct http_response *r);
/* Back to an empty 200 with the buffers kept. */
void http_response_clear(struct http_response *r);
/* A value with CR, LF or NUL is a bug upstream: the header is left out and ERR_INVALID returned. */
enum err http_response_header(struct http_response *r, const char *name, struct str value);
/*
 * Builds and returns "Status: …", Content-Type, the headers, Content-Length
 * (always, RFC 9110 8.6; none for 204, 304 and what comes in parts) and the blank line. Lives in r->head.
 */
struct str http_response_head(struct http_response *r);

/* --- problems (RFC 9457) ------------------------------------------------- */

struct http_field_error {
	const char *field;	/* name in the body, query or path */
	const char *pointer;	/* RFC 6901 into the body ("/title"), NULL outside a body */
	const char *code;	/* "required", "too_long": never changes */
	const char *detail;	/* a sentence */
};

struct http_problem {
	int status;
	const char *code;	/* "not_found"; type becomes "/api/docs/errors#not_found" */
	const char *title;
	const char *detail;	/* NULL: left out */
	struct str request_id;
	const struct http_field_error *errors;
	size_t error_count;
	struct str extra;	/* further members as ready JSON text `"limit":…`, or STR_NONE */
};

/* Sets status, content type and body of `r`. */
void http_problem_write(struct http_response *r, const struct http_problem *p);

#endif
