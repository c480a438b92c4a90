/*
 * read.c: text to a cJSON tree, and faults in words.
 *
 * It does not decide what is acceptable: strict.c has done that before cJSON sees a byte.
 * Runs wherever JSON comes in.
 */
#include "json/json.h"

#include "core/die.h"
#include "json/strict.h"

/* A name in a sentence is cut here; it may be as long as the body. */

static void
delete_tree(void *root)
{
	cJSON_Delete(root);
}

enum err
json_read(struct arena *a, struct str text, struct json_limits max, struct json_doc *out,
	  struct json_fault *fault)
{
	struct json_spans spans = { 0 };
	enum err e = json_check_spans(a, text, max, &spans, fault);

	if (e != ERR_OK)
		return e;
	out->root = cJSON_ParseWithLength(text.ptr, text.len);
	if (out->root == NULL)
		die("out of memory: cJSON refused %zu checked bytes", text.len);
	arena_defer(a, delete_tree, out->root);
	out->raw = spans.at;
	out->count = spans.count;
	return ERR_OK;
}

enum err
json_outline(struct arena *a, struct str text, struct json_limits max,
	     struct json_outline *out, struct json_fault *fault)
{
	struct json_spans spans = { 0 };
	enum err e = json_check_spans(a, text, max, &spans, fault);

	if (e == ERR_OK)
		*out = (struct json_outline){ spans.first, spans.names, spans.at,
					      spans.count };
	return e;
}
