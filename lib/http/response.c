/*
 * response.c: a reply as a CGI head and a body, in buffers that are kept from
 * request to request.
 *
 * Builds text only; sending it, in one flush, is lib/fcgi's work. Runs in
 * workers.
 */
#include "http/http.h"

/* A page of 200 tasks is some 150 KB; what a rarer reply took beyond is given back. */
enum { KEEP_BYTES = 256 * 1024 };

void
http_response_init(struct http_response *r)
{
	r->status = 200;
	r->content_type = NULL;
	r->in_parts = false;
	strbuf_init(&r->headers);
	strbuf_init(&r->body);
	strbuf_init(&r->head);
}

void
http_response_release(struct http_response *r)
{
	strbuf_release(&r->headers);
	strbuf_release(&r->body);
	strbuf_release(&r->head);
}

void
http_response_clear(struct http_response *r)
{
	r->status = 200;
	r->content_type = NULL;
	r->in_parts = false;
	strbuf_clear(&r->headers, KEEP_BYTES);
	strbuf_clear(&r->body, KEEP_BYTES);
	strbuf_clear(&r->head, KEEP_BYTES);
}

static bool
breaks_line(struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] == '\r' || value.ptr[i] == '\n' || value.ptr[i] == '\0')
			return true;
	return false;
}

enum err
http_response_header(struct http_response *r, const char *name, struct str value)
{
	if (breaks_line(value))
		return ERR_INVALID;
	strbuf_add_cstr(&r->headers, name);
	strbuf_add(&r->headers, STR(": "));
	strbuf_add(&r->headers, value);
	strbuf_add(&r->headers, STR("\r\n"));
	return ERR_OK;
}

struct str
http_response_head(struct http_response *r)
{
	bool bodiless = r->status == 204 || r->status == 304;
	struct strbuf *head = &r->head;

	strbuf_clear(head, KEEP_BYTES);
	strbuf_add(head, STR("Status: "));
	strbuf_add_cstr(head, http_status_text(r->status));
	strbuf_add(head, STR("\r\n"));
	if (r->content_type != NULL && !bodiless) {
		strbuf_add(head, STR("Content-Type: "));
		strbuf_add_cstr(head, r->content_type);
		strbuf_add(head, STR("\r\n"));
	}
	strbuf_add(head, strbuf_str(&r->headers));
	if (!bodiless && !r->in_parts) {
		strbuf_add(head, STR("Content-Length: "));
		strbuf_add_i64(head, (int64_t)r->body.len);
		strbuf_add(head, STR("\r\n"));
	}
	strbuf_add(head, STR("\r\n"));
	return strbuf_str(head);
}
