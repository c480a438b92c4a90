/*
 * schemas.c: the schemas of the API document, and those of request bodies, from the
 * tables of fields. Runs where openapi.c does.
 */
#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "serve/surface.h"

/* --- fields: what is sent ------------------------------------------------ */

/*
 * A mail address as app/model/mail.h has it, but for lengths in bytes, and without what lies
 * beyond 16 bits, for which expressions differ from language to language.
 */
#define BEYOND_ASCII                                                          \
	"\\u00a1-\\u00ac\\u00ae-\\u034e\\u0350-\\u061b\\u061d-\\u167f"        \
	"\\u1681-\\u180a\\u1810-\\u1fff\\u2010-\\u2023\\u2030-\\u205e"        \
	"\\u2070-\\u2fff\\u3001\\u3003-\\ud7ff\\uf900-\\ufe4f\\ufe70-\\ufefe" \
	"\\uff5f\\uff60\\uff62-\\uffef"
#define WORD "[A-Za-z0-9!#$%&'*+/=?^_`{|}~" BEYOND_ASCII "-]{1,64}"
#define END_OF_LABEL "[A-Za-z0-9" BEYOND_ASCII "]"
#define LABEL END_OF_LABEL "([A-Za-z0-9" BEYOND_ASCII "-]{0,61}" END_OF_LABEL ")?"
#define MAIL_ADDRESS "^" WORD "(\\." WORD ")*@" LABEL "(\\." LABEL ")*$"

/* lib/text: what no line holds, and what else cannot be seen, as far as a pattern of 16 bits can say it. */
#define CONTROL "\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069"
#define UNSEEN                                                                      \
	" \\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-"  \
	"\\u180f"                                                                   \
	"\\u2000-\\u200f\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f" \
	"\\ufeff\\uffa0\\ufff0-\\ufff8"
#define HEX "[0-9a-fA-F]"
#define REGIONS \
	"Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific"

/* clang-format off */
static const struct field_kind {
	const char *type, *format, *pattern;
	enum { UNMEASURED, CHARACTERS, BYTES } measure;	/* what min and max count */
} kinds[] = {
	[FIELD_TEXT] =     { "string", NULL, NULL, CHARACTERS },
	[FIELD_LINE] =     { "string", NULL, "^[^" CONTROL "]*$", CHARACTERS },
	[FIELD_SEARCH] =   { "string", NULL, NULL, CHARACTERS },
	[FIELD_PASSWORD] = { "string", "password", NULL, BYTES },
	[FIELD_EMAIL] =    { "string", "idn-email", MAIL_ADDRESS, BYTES },
	[FIELD_INT] =      { "integer", NULL, NULL, UNMEASURED },
	[FIELD_BOOL] =     { "boolean", NULL, NULL, UNMEASURED },
	[FIELD_DAY] =      { "string", "date", "^(19|20|21|2200-)", UNMEASURED },
	[FIELD_TIME] =     { "string", NULL, "^([01][0-9]|2[0-3]):[0-5][0-9]$", UNMEASURED },
	[FIELD_INSTANT] =  { "string", "date-time", "^(19|20|21|2200-)", UNMEASURED },
	[FIELD_UUID] =     { "string", "uuid", "^[0-9a-fA-F]{8}-", UNMEASURED },
	[FIELD_NEW_ID] =   { "string", "uuid", "^" HEX "{8}-" HEX "{4}-[1-8]" HEX "{3}-[89abAB]" HEX "{3}-" HEX "{12}$", UNMEASURED },
	[FIELD_CODE] =     { "string", NULL, "^[a-z0-9_]+$", CHARACTERS },
	[FIELD_CODES] =    { "string", NULL, NULL, UNMEASURED },
	[FIELD_CHOICE] =   { "string", NULL, NULL, UNMEASURED },
	[FIELD_CHOICES] =  { "string", NULL, NULL, UNMEASURED },
	[FIELD_ZONE] =     { "string", NULL, "^(UTC|(" REGIONS ")(/[A-Za-z0-9_+-]+)+)$", CHARACTERS },
	[FIELD_CURRENCY] = { "string", NULL, "^[A-Z]{3}$", UNMEASURED },
	[FIELD_COUNTRY] =  { "string", NULL, "^[A-Z]{2}$", UNMEASURED },
	[FIELD_LOCALE] =   { "string", NULL, "^[A-Za-z][A-Za-z0-9-]*$", CHARACTERS },
};
/* clang-format on */

static void
choices(struct doc *d, const struct field *f)
{
	json_key(&d->w, "enum");
	json_array(&d->w);
	for (int i = 0; field_choice(f, i) != NULL; i++)
		json_cstring(&d->w, field_choice(f, i));
	json_end_array(&d->w);
}

static void
add_code_pattern(struct strbuf *out)
{
	strbuf_addf(out, "[a-z0-9_]{1,%d}", CODE_LENGTH_MAX);
}

/* Several of them, with commas. */
static void
list_pattern(struct doc *d, const struct field *f)
{
	struct strbuf one, all;

	strbuf_init(&one);
	strbuf_init(&all);
	for (int i = 0; field_choice(f, i) != NULL; i++)
		strbuf_addf(&one, "%s%s", i ? "|" : "", field_choice(f, i));
	if (field_choice(f, 0) == NULL)
		add_code_pattern(&one);
	strbuf_addf(&all, "^(%s)(,(%s)){0,%d}$", one.ptr, one.ptr, (int)f->max - 1);
	doc_member(d, "pattern", all.ptr);
	strbuf_release(&one);
	strbuf_release(&all);
}

/*
 * Text with at most `scale` decimals, or a number: no multipleOf, as validators that divide
 * doubles would refuse good ones.
 */
static void
decimal(struct doc *d, const struct field *f)
{
	struct strbuf pattern;

	json_key(&d->w, "type");
	json_array(&d->w);
	json_cstring(&d->w, "string");
	json_cstring(&d->w, "number");
	if (f->flags & NULLABLE)
		json_cstring(&d->w, "null");
	json_end_array(&d->w);
	strbuf_init(&pattern);
	strbuf_addf(&pattern, "^[0-9]+(\\.[0-9]{1,%d})?$", f->scale);
	doc_member(d, "pattern", pattern.ptr);
	strbuf_release(&pattern);
	doc_number(d, "minimum", f->min);
	doc_number(d, "maximum", f->max);
}

static void
bounds(struct doc *d, const struct field *f, const struct field_kind *kind)
{
	if (f->type == FIELD_INT) {
		doc_number(d, "minimum", f->min);
		doc_number(d, "maximum", f->max);
	}
	if (f->flags & NOT_ZERO) {
		json_key(&d->w, "not");
		json_raw(&d->w, STR("{\"const\":0}"));
	}
	if (kind->measure == UNMEASURED)
		return;
	/* A schema counts characters, and one has at most four bytes. */
	doc_number(d, "minLength", kind->measure == BYTES ? (f->min + 3) / 4 : f->min);
	doc_number(d, "maxLength", f->max);
	if (f->min > 0 && f->type == FIELD_TEXT)
		doc_member(d, "pattern", "[^" CONTROL UNSEEN "]");
	if (f->min > 0 && f->type == FIELD_LINE)
		doc_member(d, "pattern",
			   "^[^" CONTROL "]*[^" CONTROL UNSEEN "][^" CONTROL "]*$");
}

static void
field_default(struct doc *d, const struct field *f)
{
	if (f->fallback == NULL)
		return;
	json_key(&d->w, "default");
	if (f->type == FIELD_INT || f->type == FIELD_BOOL)
		json_raw(&d->w, str_of(f->fallback));
	else
		json_cstring(&d->w, f->fallback);
}

static void
code_item(struct doc *d)
{
	struct strbuf pattern;

	strbuf_init(&pattern);
	strbuf_add_char(&pattern, '^');
	add_code_pattern(&pattern);
	strbuf_add_char(&pattern, '$');
	doc_member(d, "pattern", pattern.ptr);
	strbuf_release(&pattern);
}

/* In a body: each of them at most once. */
static void
list(struct doc *d, const struct field *f)
{
	doc_type(d, "array", f->flags & NULLABLE);
	doc_open(d, "items");
	doc_member(d, "type", "string");
	if (field_choice(f, 0) != NULL)
		choices(d, f);
	else
		code_item(d);
	doc_close(d);
	doc_number(d, "minItems", f->min);
	doc_number(d, "maxItems", f->max);
	json_key(&d->w, "uniqueItems");
	json_bool(&d->w, true);
}

static void
properties(struct doc *d, const struct field *fields, enum field_place place)
{
	int required = 0;

	doc_open(d, "properties");
	for (const struct field *f = fields; f->name != NULL; f++) {
		if (place == IN_PATCH && f->flags & CREATE)
			continue;
		json_key(&d->w, f->name);
		schema_of_field(d, f, place);
		required += place != IN_PATCH && f->flags & REQUIRED;
	}
	doc_close(d);
	if (required > 0) {
		json_key(&d->w, "required");
		json_array(&d->w);
		for (const struct field *f = fields; f->name != NULL; f++)
			if (f->flags & REQUIRED)
				json_cstring(&d->w, f->name);
		json_end_array(&d->w);
	}
	json_key(&d->w, "additionalProperties");
	json_bool(&d->w, false);
}

/* An object, or a code for one. */
static void
object(struct doc *d, const struct field *f)
{
	struct strbuf pattern;

	json_key(&d->w, "type");
	json_array(&d->w);
	json_cstring(&d->w, "object");
	json_cstring(&d->w, "string");
	if (f->flags & NULLABLE)
		json_cstring(&d->w, "null");
	json_end_array(&d->w);
	strbuf_init(&pattern);
	for (int i = 0; f->object->codes[i] != NULL; i++)
		strbuf_addf(&pattern, "%s%s", i ? "|" : "^(", f->object->codes[i]);
	strbuf_add_cstr(&pattern, ")$");
	doc_member(d, "pattern", pattern.ptr);
	strbuf_release(&pattern);
	properties(d, f->object->fields, IN_BODY);
}

static void
plain(struct doc *d, const struct field *f)
{
	const struct field_kind *kind = &kinds[f->type];

	doc_type(d, kind->type, f->flags & NULLABLE);
	if (kind->format != NULL)
		doc_member(d, "format", kind->format);
	if (kind->pattern != NULL)
		doc_member(d, "pattern", kind->pattern);
	bounds(d, f, kind);
	if (f->type == FIELD_CHOICE)
		choices(d, f);
	if (field_is_list(f))
		list_pattern(d, f);
}

void
schema_of_field(struct doc *d, const struct field *f, enum field_place place)
{
	json_object(&d->w);
	if (f->type == FIELD_DECIMAL)
		decimal(d, f);
	else if (f->type == FIELD_OBJECT)
		object(d, f);
	else if (field_is_list(f) && place != IN_QUERY)
		list(d, f);
	else
		plain(d, f);
	doc_explain(d, f->name);
	if (place != IN_PATCH)
		field_default(d, f);
	if (f->type != FIELD_CHOICE)
		doc_exemplify(d, f->name);
	doc_close(d);
}

static void
body_schema(struct doc *d, const struct field *fields, enum field_place place)
{
	json_object(&d->w);
	doc_member(d, "type", "object");
	properties(d, fields, place);
	doc_close(d);
}

/* --- components ---------------------------------------------------------- */

/* The object of a page: results of that thing, and where it goes on. */
static void
page_schema(struct doc *d, const char *thing)
{
	json_object(&d->w);
	doc_member(d, "type", "object");
	json_key(&d->w, "required");
	json_raw(&d->w, STR("[\"results\",\"next_cursor\"]"));
	doc_open(d, "properties");
	doc_open(d, "results");
	doc_member(d, "type", "array");
	json_key(&d->w, "items");
	doc_refer(d, "schemas", thing, "");
	doc_close(d);
	json_key(&d->w, "next_cursor");
	json_raw(&d->w, STR("{\"type\":[\"string\",\"null\"],\"description\":"
			    "\"Of the next page; null on the last.\"}"));
	doc_close(d);
	doc_close(d);
}

static bool
is_by_hand(const char *thing)
{
	char key[64];

	snprintf(key, sizeof(key), "\"%s\":{", thing);
	return strstr(surface.words->schemas, key) != NULL;
}

/* Is route `index` the first that answers with its thing (in a page or not)? */
static bool
is_first(int index, bool in_page)
{
	const char *thing = surface_route(index)->doc.thing;

	for (int i = 0; i < index; i++) {
		const struct operation *o = &surface_route(i)->doc;

		if (o->thing != NULL && strcmp(o->thing, thing) == 0 &&
		    surface_route(i)->reply != HANDLER &&
		    (!in_page || surface_route(i)->reply == PAGE))
			return false;
	}
	return true;
}

static void
read_schemas(struct doc *d, int index)
{
	const struct operation *o = &surface_route(index)->doc;
	const struct db_column *columns;
	char page[64];
	int count;

	if (o->thing == NULL || surface_route(index)->reply == HANDLER)
		return;
	if (is_first(index, false) && !is_by_hand(o->thing)) {
		count = db_columns(d->db, (int)surface_route(index)->statement, &columns);
		json_key(&d->w, o->thing);
		schema_of_rows(d, columns, count);
	}
	if (surface_route(index)->reply == PAGE && is_first(index, true)) {
		snprintf(page, sizeof(page), "%sPage", o->thing);
		json_key(&d->w, page);
		page_schema(d, o->thing);
	}
}

void
schema_of_body(const struct route *route, const struct operation *o, char out[64])
{
	if (route->reply == CREATED && strncmp(o->id, "create", 6) == 0)
		snprintf(out, 64, "%sCreate", o->thing);
	else if (route->method == HTTP_PATCH)
		snprintf(out, 64, "%sPatch", o->thing);
	else
		snprintf(out, 64, "%c%sBody", o->id[0] - 'a' + 'A', o->id + 1);
}

void
schemas_write(struct doc *d)
{
	char name[64];

	doc_open(d, "schemas");
	for (int i = 0; i < surface_route_count(); i++) {
		read_schemas(d, i);
		if (surface_route(i)->body == NULL)
			continue;
		schema_of_body(surface_route(i), &surface_route(i)->doc, name);
		json_key(&d->w, name);
		body_schema(d, surface_route(i)->body,
			    surface_route(i)->method == HTTP_PATCH ? IN_PATCH : IN_BODY);
	}
	for (const struct schema *s = surface.words->written; s->name != NULL; s++) {
		json_key(&d->w, s->name);
		s->write(d->w.out);
	}
	/* Members of an object that is open already; the writer puts no comma before raw text. */
	strbuf_add(d->w.out, STR(","));
	strbuf_add_cstr(d->w.out, surface.words->schemas);
	doc_close(d);
}
