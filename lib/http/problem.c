/*
 * problem.c: refusals as application/problem+json (RFC 9457).
 *
 * One shape for every refusal, the same one nginx serves from its own error
 * pages. Which error becomes which status is not decided here but in one table
 * of the program. Runs in workers.
 */
#include "http/http.h"

#include <stdio.h>

#include "json/json.h"

static void
add_member(struct json_writer *w, const char *name, const char *text)
{
	json_key(w, name);
	json_cstring(w, text);
}

static void
add_type(struct json_writer *w, const char *code)
{
	char type[96];

	snprintf(type, sizeof(type), "/api/docs/errors#%s", code);
	add_member(w, "type", type);
}

static void
add_request_id(struct json_writer *w, struct str id)
{
	json_key(w, "request_id");
	json_string_or_null(w, id);
}

static void
add_errors(struct json_writer *w, const struct http_field_error *errors, size_t count)
{
	json_key(w, "errors");
	json_array(w);
	for (size_t i = 0; i < count; i++) {
		json_object(w);
		add_member(w, "field", errors[i].field);
		add_member(w, "pointer", errors[i].pointer);
		add_member(w, "code", errors[i].code);
		add_member(w, "detail", errors[i].detail);
		json_end_object(w);
	}
	json_end_array(w);
}

void
http_problem_write(struct http_response *r, const struct http_problem *p)
{
	struct json_writer w;

	r->status = p->status;
	r->content_type = "application/problem+json";
	strbuf_clear(&r->body, 0);
	json_begin(&w, &r->body);
	json_object(&w);
	add_type(&w, p->code);
	add_member(&w, "title", p->title);
	json_key(&w, "status");
	json_i64(&w, p->status);
	if (p->detail != NULL)
		add_member(&w, "detail", p->detail);
	add_member(&w, "code", p->code);
	add_request_id(&w, p->request_id);
	if (p->error_count > 0)
		add_errors(&w, p->errors, p->error_count);
	if (p->extra.len > 0) {
		strbuf_add_char(&r->body, ',');
		strbuf_add(&r->body, p->extra);
	}
	json_end_object(&w);
}
