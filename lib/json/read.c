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
enum { NAME_SHOWN_MAX = 64 };

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

const char *
json_fault_text(struct arena *a, const struct json_fault *fault)
{
	/* clang-format off */
	static const char *const sentences[] = {
		[JSON_SYNTAX] = "the text is not valid JSON",
		[JSON_DEPTH]  = "arrays and objects are nested too deeply",
		[JSON_NUL]    = "a NUL character is not allowed",
		[JSON_UTF8]   = "the text is not well-formed UTF-8",
	};
	/* clang-format on */
	struct str name = str_head(fault->name, NAME_SHOWN_MAX);

	if (fault->kind == JSON_VALUES)
		return arena_printf(a,
				    "the text holds more than %zu values (at byte %zu)",
				    fault->values_max, fault->offset);
	if (fault->kind != JSON_DUPLICATE)
		return arena_printf(a, "%s (at byte %zu)", sentences[fault->kind],
				    fault->offset);
	return arena_printf(a, "the name \"%.*s%s\" appears twice (at byte %zu)",
			    STR_FMT(name), name.len < fault->name.len ? "…" : "",
			    fault->offset);
}
