/*
 * examples.c: what the program's words say of operations: descriptions, and examples of
 * requests and answers. Runs where openapi.c does.
 */
#include "serve/openapi.h"

#include <string.h>

#include "core/die.h"
#include "serve/surface.h"

static const struct json_limits all = { .depth = 16, .values = SIZE_MAX };

/* The words are part of the program: a fault in them is one of its own. */
static struct json_outline
outline(struct doc *d, struct str text)
{
	struct json_outline out = { 0 };
	struct json_fault fault;

	if (json_outline(&d->arena, text, all, &out, &fault) != ERR_OK)
		die("words for the document: no JSON at byte %zu", fault.offset);
	return out;
}

static struct str
member(const struct json_outline *o, const char *name)
{
	for (size_t i = 0; i < o->count; i++)
		if (str_is(o->names[i], name))
			return o->raw[i];
	return STR_NONE;
}

struct json_outline
words_outline(struct doc *d, const char *members)
{
	return outline(d, str_of(arena_printf(&d->arena, "{%s}", members)));
}

void
examples_read(struct doc *d)
{
	d->operations = words_outline(d, surface.words->operations);
}

struct str
example_of(struct doc *d, const char *operation, const char *name)
{
	struct str words = member(&d->operations, operation);
	struct json_outline o;

	if (words.ptr == NULL)
		return STR_NONE;
	o = outline(d, words);
	return member(&o, name);
}

struct str
example_parameter(struct doc *d, const char *operation, const char *name)
{
	struct str values = example_of(d, operation, "parameters");
	struct json_outline o;

	if (values.ptr == NULL)
		return STR_NONE;
	o = outline(d, values);
	return member(&o, name);
}

void
example_write(struct doc *d, const char *operation, const char *name)
{
	struct str value = example_of(d, operation, name);

	if (value.ptr == NULL)
		return;
	json_key(&d->w, "example");
	json_raw(&d->w, value);
}

/* Paragraphs as one text of Markdown. */
static void
write_description(struct doc *d, struct str list)
{
	struct json_doc doc = { 0 };
	struct json_fault fault;
	const cJSON *paragraph;
	struct strbuf text;

	if (list.ptr == NULL || json_read(&d->arena, list, all, &doc, &fault) != ERR_OK)
		return;
	strbuf_init(&text);
	cJSON_ArrayForEach (paragraph, doc.root)
		strbuf_addf(&text, "%s%s", text.len > 0 ? "\n\n" : "",
			    paragraph->valuestring);
	doc_member(d, "description", text.ptr);
	strbuf_release(&text);
}

void
example_introduce(struct doc *d, const char *operation)
{
	struct str words = member(&d->operations, operation);
	struct json_outline o;

	if (words.ptr == NULL)
		return;
	o = outline(d, words);
	write_description(d, member(&o, "description"));
	for (size_t i = 0; i < o.count; i++) {
		if (o.names[i].len < 2 || strncmp(o.names[i].ptr, "x-", 2) != 0)
			continue;
		json_key(&d->w, arena_cstr(&d->arena, o.names[i]));
		json_raw(&d->w, o.raw[i]);
	}
}
