/*
 * objects.c: objects inside of a body, and lists of them. Their JSON was checked with the whole body, and is read once
 * more for the texts of its numbers. Runs in workers.
 */
#include "serve/objects.h"

#include "json/json.h"
#include "serve/checkers.h"
#include "serve/types.h"

/* The whole body was held against its own. */
static const struct json_limits no_limits = { .depth = 16, .values = SIZE_MAX };

static void
read_member(struct req *r, const struct field *fields, const cJSON *member,
	    struct str raw, const char **texts)
{
	int i = field_index(fields, member->string);
	const struct field *f = i < 0 ? NULL : &fields[i];

	if (f == NULL)
		request_invalid_body(r, member->string, "unknown_field",
				     "is not known here");
	else if (!cJSON_IsNull(member))
		value_from_json(r, f, member, raw, &texts[i]);
	else if (!(f->flags & NULLABLE))
		request_invalid_body(r, f->name, "null", "must not be null");
	else
		texts[i] = NULL;
}

static void
require_members(struct req *r, const struct field *fields, const cJSON *object)
{
	for (const struct field *f = fields; f->name != NULL; f++)
		if (f->flags & REQUIRED &&
		    cJSON_GetObjectItemCaseSensitive(object, f->name) == NULL)
			request_invalid_body(r, f->name, "required", "is missing");
}

bool
object_read(struct req *r, const struct field *fields, struct str raw, const char **texts)
{
	size_t faults = r->error_count, i = 0;
	struct json_doc doc = { 0 };
	struct json_fault fault;
	const cJSON *member;

	json_read(r->arena, raw, no_limits, &doc, &fault);
	for (int n = 0; fields[n].name != NULL; n++)
		texts[n] = fields[n].fallback;
	cJSON_ArrayForEach (member, doc.root)
		read_member(r, fields, member, doc.raw[i++], texts);
	require_members(r, fields, doc.root);
	/* When no more are noted there is one already. */
	return r->error_count == faults && faults < REQUEST_ERRORS_MAX;
}

static void
add_list(struct json_writer *w, struct str items)
{
	json_array(w);
	while (items.ptr != NULL)
		json_string(w, str_cut(&items, ','));
	json_end_array(w);
}

static void
add_value(struct json_writer *w, const struct field *f, const char *text)
{
	if (text != NULL &&
	    (f->type == FIELD_INT || f->type == FIELD_BOOL || f->object != NULL))
		json_raw(w, str_of(text));
	else if (text != NULL && f->type == FIELD_CHOICES)
		add_list(w, str_of(text));
	else
		json_cstring(w, text);
}

static void
write_member(struct json_writer *w, const struct field *f, const char *text)
{
	json_key(w, f->name);
	add_value(w, f, text);
}

const char *
object_write(struct req *r, const struct field *fields, const char *const *texts,
	     const cJSON *named)
{
	struct strbuf b;
	struct json_writer w;
	const char *text;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_object(&w);
	for (int i = 0; fields[i].name != NULL; i++)
		if (texts[i] != NULL ||
		    cJSON_GetObjectItemCaseSensitive(named, fields[i].name) != NULL)
			write_member(&w, &fields[i], texts[i]);
	json_end_object(&w);
	text = arena_cstr(r->arena, strbuf_str(&b));
	strbuf_release(&b);
	return text;
}

/* --- lists --------------------------------------------------------------------- */

static void
read_item(struct req *r, const struct field *f, int i, const cJSON *item, struct str raw,
	  struct json_writer *w)
{
	const char *texts[FIELDS_MAX];
	const char *name = arena_printf(r->arena, "%d", i);

	if (!cJSON_IsObject(item)) {
		r->within = f->name;
		request_invalid_body(r, name, "type", "must be an object");
		return;
	}
	r->within = arena_printf(r->arena, "%s/%s", f->name, name);
	if (!object_read(r, f->object->fields, raw, texts))
		return;
	json_object(w);
	for (int m = 0; f->object->fields[m].name != NULL; m++)
		write_member(w, &f->object->fields[m], texts[m]);
	json_end_object(w);
}

enum err
objects_from_json(struct req *r, const struct field *f, const cJSON *v, struct str raw,
		  const char **out)
{
	struct fault fault = check_count(r, f, cJSON_GetArraySize(v));
	size_t faults = r->error_count;
	struct json_doc doc = { 0 };
	struct json_fault ignored;
	struct json_writer w;
	struct strbuf b;
	const cJSON *item;
	int i = 0;

	if (fault.code != NULL)
		return request_invalid_body(r, f->name, fault.code, fault.detail);
	json_read(r->arena, raw, no_limits, &doc, &ignored);
	strbuf_init(&b);
	json_begin(&w, &b);
	json_array(&w);
	cJSON_ArrayForEach (item, doc.root) {
		read_item(r, f, i, item, doc.raw[i], &w);
		i++;
	}
	json_end_array(&w);
	r->within = NULL;
	*out = arena_cstr(r->arena, strbuf_str(&b));
	strbuf_release(&b);
	return r->error_count == faults ? ERR_OK : ERR_INVALID;
}
