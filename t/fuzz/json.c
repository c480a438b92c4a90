/*
 * json.c: JSON that is read equals what was written, by every reader, and a refusal has a
 * place.
 */
#include "json/json.h"

#include <string.h>

#include "fuzz.h"

static const struct json_limits any = { .depth = 32, .values = SIZE_MAX };
static const struct json_limits few = { .depth = 4, .values = 64 };

static void
must_have_a_place(struct str text, const struct json_fault *fault)
{
	MUST(fault->offset <= text.len);
}

/* The same members once more, by our own writer. */
static struct str
written(struct arena *a, const struct json_outline *o)
{
	struct json_writer w;
	struct strbuf out;
	struct str text;

	strbuf_init(&out);
	json_begin(&w, &out);
	if (o->first == '{')
		json_object(&w);
	else
		json_array(&w);
	for (size_t i = 0; i < o->count; i++) {
		if (o->first == '{') {
			strbuf_add_cstr(&out, i > 0 ? ",\"" : "\"");
			json_escape(&out, o->names[i]);
			strbuf_add_cstr(&out, "\":");
			w.has_items = 0;
		}
		json_raw(&w, o->raw[i]);
	}
	if (o->first == '{')
		json_end_object(&w);
	else
		json_end_array(&w);
	text = arena_str(a, strbuf_str(&out));
	strbuf_release(&out);
	return text;
}

static void
must_come_back(struct arena *a, const struct json_outline *o)
{
	struct json_outline again;
	struct json_fault fault;
	struct str text = written(a, o);

	MUST(json_outline(a, text, any, &again, &fault) == ERR_OK);
	MUST(again.count == o->count && again.first == o->first);
	for (size_t i = 0; i < o->count; i++) {
		MUST(str_eq(again.raw[i], o->raw[i]));
		MUST(o->first != '{' || str_eq(again.names[i], o->names[i]));
	}
}

static void
must_be_one_document(struct arena *a, struct str text)
{
	struct json_outline outline;
	struct json_doc doc;
	struct json_fault fault;

	MUST(json_read(a, text, any, &doc, &fault) == ERR_OK);
	MUST(json_outline(a, text, any, &outline, &fault) == ERR_OK);
	MUST(str_is_utf8(text) && memchr(text.ptr, '\0', text.len) == NULL);
	if (outline.first != '{' && outline.first != '[')
		return;
	MUST(doc.count == outline.count);
	MUST((int)doc.count == cJSON_GetArraySize(doc.root));
	must_come_back(a, &outline);
}

/* Any text inside of quotes. */
static void
must_be_quoted(struct arena *a, struct str text)
{
	struct strbuf out;
	struct json_doc doc;
	struct json_fault fault;

	if (!str_is_utf8(text) || fuzz_line(text).len != text.len)
		return;
	strbuf_init(&out);
	strbuf_add_char(&out, '"');
	json_escape(&out, text);
	strbuf_add_char(&out, '"');
	MUST(json_read(a, arena_str(a, strbuf_str(&out)), few, &doc, &fault) == ERR_OK);
	MUST(str_eq(str_of(doc.root->valuestring), text));
	strbuf_release(&out);
}

void
fuzz_json(struct arena *a, struct str input)
{
	struct json_doc doc;
	struct json_fault fault = { 0 };

	if (json_check(input, any.depth, &fault) == ERR_OK) {
		must_be_one_document(a, input);
	} else {
		must_have_a_place(input, &fault);
		MUST(json_read(a, input, any, &doc, &fault) != ERR_OK);
	}
	if (json_read(a, input, few, &doc, &fault) != ERR_OK)
		must_have_a_place(input, &fault);
	must_be_quoted(a, input);
}
