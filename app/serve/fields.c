/*
 * fields.c: the schemas of what is sent, from the tables of fields. Runs where openapi.c
 * does.
 */
#include "serve/openapi.h"

#include <string.h>

#include "core/die.h"

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

/* lib/http/url.h, without a user: visible ASCII but for the backslash, in which a host is, and a port may be. */
#define HOST "[!\"$-.0-9;->A-Z\\]^-~][!\"$-.0-9;->A-Z\\[\\]^-~]*"
#define HOST_IN_BRACKETS "\\[[!\"$-.0-9;->:A-Z\\[^-~]+\\]"
#define PORT                                                                         \
	"[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]" \
	"|6553[0-5]"
#define URL                                                                       \
	"^[Hh][Tt][Tt][Pp][Ss]?://(" HOST "|" HOST_IN_BRACKETS ")(:(" PORT ")?)?" \
	"([/?#][!-\\[\\]-~]*)?$"

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
	[FIELD_URL] =      { "string", NULL, URL, CHARACTERS },
	[FIELD_INT] =      { "integer", NULL, NULL, UNMEASURED },
	[FIELD_BOOL] =     { "boolean", NULL, NULL, UNMEASURED },
	[FIELD_DAY] =      { "string", "date", "^(19|20|21|2200-)", UNMEASURED },
	[FIELD_TIME] =     { "string", NULL, "^([01][0-9]|2[0-3]):[0-5][0-9]$", UNMEASURED },
	[FIELD_INSTANT] =  { "string", "date-time", "^(19|20|21|2200-)", UNMEASURED },
	[FIELD_UUID] =     { "string", "uuid", "^[0-9a-fA-F]{8}-", UNMEASURED },
	[FIELD_UUIDS] =    { "string", "uuid", NULL, UNMEASURED },
	[FIELD_NEW_ID] =   { "string", "uuid", "^" HEX "{8}-" HEX "{4}-[1-8]" HEX "{3}-[89abAB]" HEX "{3}-" HEX "{12}$", UNMEASURED },
	[FIELD_CODE] =     { "string", NULL, "^[a-z0-9_]+$", CHARACTERS },
	[FIELD_CODES] =    { "string", NULL, NULL, UNMEASURED },
	[FIELD_CHOICE] =   { "string", NULL, NULL, UNMEASURED },
	[FIELD_CHOICES] =  { "string", NULL, NULL, UNMEASURED },
	[FIELD_ZONE] =     { "string", NULL, "^(UTC|(" REGIONS ")(/[A-Za-z0-9_+-]+)+)$", CHARACTERS },
	[FIELD_CURRENCY] = { "string", NULL, "^[A-Z]{3}$", UNMEASURED },
	[FIELD_COUNTRY] =  { "string", NULL, "^[A-Z]{2}$", UNMEASURED },
	[FIELD_LINES] =    { "string", NULL, NULL, UNMEASURED },
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

	json_key(&d->w, "oneOf");
	json_array(&d->w);
	json_object(&d->w);
	doc_type(d, "string", false);
	strbuf_init(&pattern);
	strbuf_addf(&pattern, "^[0-9]+(\\.[0-9]{1,%d})?$", f->scale);
	doc_member(d, "pattern", pattern.ptr);
	strbuf_release(&pattern);
	doc_close(d);
	json_object(&d->w);
	doc_type(d, "number", false);
	doc_number(d, "minimum", f->min);
	doc_number(d, "maximum", f->max);
	doc_close(d);
	if (f->flags & NULLABLE)
		doc_or_null(d);
	json_end_array(&d->w);
}

/* From min to max, without 0: generators and forms know ranges, and no "not". */
static void
not_zero(struct doc *d, const struct field *f)
{
	const int64_t ranges[][2] = { { 1, f->max }, { f->min, -1 } };

	json_key(&d->w, "oneOf");
	json_array(&d->w);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		json_object(&d->w);
		doc_type(d, "integer", false);
		doc_number(d, "minimum", ranges[i][0]);
		doc_number(d, "maximum", ranges[i][1]);
		doc_close(d);
	}
	if (f->flags & NULLABLE)
		doc_or_null(d);
	json_end_array(&d->w);
}

/* A number, or a word for one: a schema of its own when the field's word names one. */
static void
number_or_word(struct doc *d, const struct field *f)
{
	const struct word *word = doc_meaning(d, f->name);

	json_key(&d->w, "oneOf");
	json_array(&d->w);
	json_object(&d->w);
	doc_type(d, "integer", false);
	doc_number(d, "minimum", f->min);
	doc_number(d, "maximum", f->max);
	doc_close(d);
	if (word != NULL && word->sent != NULL) {
		doc_refer(d, "schemas", word->sent, "");
	} else {
		json_object(&d->w);
		doc_type(d, "string", false);
		choices(d, f);
		doc_close(d);
	}
	if (f->flags & NULLABLE)
		doc_or_null(d);
	json_end_array(&d->w);
}

static void
bounds(struct doc *d, const struct field *f, const struct field_kind *kind)
{
	if (f->type == FIELD_INT) {
		doc_number(d, "minimum", f->min);
		doc_number(d, "maximum", f->max);
	}
	if (kind->measure == UNMEASURED)
		return;
	/* A schema counts characters, and one has at most four bytes. */
	doc_number(d, "minLength", kind->measure == BYTES ? (f->min + 3) / 4 : f->min);
	doc_number(d, "maxLength", f->max);
}

/* What has a least length needs something that can be seen. */
static const char *
pattern_of(const struct field *f)
{
	if (f->min > 0 && f->type == FIELD_TEXT)
		return "[^" CONTROL UNSEEN "]";
	if (f->min > 0 && f->type == FIELD_LINE)
		return "^[^" CONTROL "]*[^" CONTROL UNSEEN "][^" CONTROL "]*$";
	return kinds[f->type].pattern;
}

static void
field_default(struct doc *d, const struct field *f)
{
	if (f->fallback == NULL)
		return;
	json_key(&d->w, "default");
	if (f->type == FIELD_INT || f->type == FIELD_BOOL || f->type == FIELD_OBJECTS)
		json_raw(&d->w, str_of(f->fallback));
	else if (f->type == FIELD_LINES)
		json_raw(&d->w, STR("[]"));
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

static const struct field one_line = { .type = FIELD_LINE, .min = 1 };

static void
line_item(struct doc *d, const struct field *f)
{
	doc_member(d, "pattern", pattern_of(&one_line));
	doc_number(d, "minLength", 1);
	doc_number(d, "maxLength", f->scale);
}

/* In a body: each of them at most once. */
static void
list(struct doc *d, const struct field *f)
{
	const struct word *word = doc_meaning(d, f->name);

	doc_type(d, "array", f->flags & NULLABLE);
	doc_open(d, "items");
	if (word != NULL && word->sent != NULL) {
		doc_be(d, word->sent, false);
	} else {
		doc_member(d, "type", "string");
		if (f->type == FIELD_UUIDS)
			doc_member(d, "format", kinds[FIELD_UUIDS].format);
		else if (f->type == FIELD_LINES)
			line_item(d, f);
		else if (field_choice(f, 0) != NULL)
			choices(d, f);
		else
			code_item(d);
	}
	doc_close(d);
	doc_number(d, "minItems", f->min);
	doc_number(d, "maxItems", f->max);
	doc_flag(d, "uniqueItems");
}

/* An object of any form, one of a schema, or a code that stands for one; or null. */
static void
object(struct doc *d, const struct field *f)
{
	if (f->object->schema == NULL) {
		doc_type(d, "object", f->flags & NULLABLE);
		return;
	}
	if (f->object->codes == NULL) {
		doc_be(d, f->object->schema, f->flags & NULLABLE);
		return;
	}
	json_key(&d->w, "oneOf");
	json_array(&d->w);
	doc_refer(d, "schemas", f->object->code_schema, "");
	doc_refer(d, "schemas", f->object->schema, "");
	if (f->flags & NULLABLE)
		doc_or_null(d);
	json_end_array(&d->w);
}

static void
objects(struct doc *d, const struct field *f)
{
	doc_type(d, "array", f->flags & NULLABLE);
	json_key(&d->w, "items");
	doc_refer(d, "schemas", f->object->schema, "");
	doc_number(d, "minItems", f->min);
	doc_number(d, "maxItems", f->max);
}

static void
plain(struct doc *d, const struct field *f)
{
	const struct field_kind *kind = &kinds[f->type];

	doc_type(d, kind->type, f->flags & NULLABLE);
	if (kind->format != NULL)
		doc_member(d, "format", kind->format);
	if (pattern_of(f) != NULL)
		doc_member(d, "pattern", pattern_of(f));
	bounds(d, f, kind);
	if (f->type == FIELD_CHOICE)
		choices(d, f);
	if (field_is_list(f))
		list_pattern(d, f);
}

static void
one_field(struct doc *d, const struct field *f, enum field_place place)
{
	const struct word *word = doc_meaning(d, f->name);

	if (f->type == FIELD_DECIMAL)
		decimal(d, f);
	else if (f->type == FIELD_OBJECT)
		object(d, f);
	else if (f->type == FIELD_OBJECTS)
		objects(d, f);
	else if (f->flags & NOT_ZERO)
		not_zero(d, f);
	else if (f->type == FIELD_INT && field_choice(f, 0) != NULL)
		number_or_word(d, f);
	else if (field_is_list(f) && place != IN_QUERY)
		list(d, f);
	else if (f->type == FIELD_CHOICE && word != NULL && word->sent != NULL)
		doc_be(d, word->sent, f->flags & NULLABLE);
	else
		plain(d, f);
}

void
schema_of_field(struct doc *d, const struct field *f, enum field_place place)
{
	json_object(&d->w);
	one_field(d, f, place);
	doc_explain(d, f->name);
	if (place != IN_PATCH)
		field_default(d, f);
	if (f->type != FIELD_CHOICE)
		doc_exemplify(d, f->name);
	doc_close(d);
}

/* --- objects of fields ----------------------------------------------------- */

static bool
is_in(const struct field *f, enum field_place place)
{
	return place != IN_PATCH || (f->flags & CREATE) == 0;
}

static int
write_properties(struct doc *d, const struct field *fields, enum field_place place)
{
	int required = 0;

	for (const struct field *f = fields; f != NULL && f->name != NULL; f++) {
		if (!is_in(f, place))
			continue;
		json_key(&d->w, f->name);
		schema_of_field(d, f, place);
		required += place != IN_PATCH && f->flags & REQUIRED;
	}
	return required;
}

static void
add_required(struct doc *d, const struct field *fields, enum field_place place)
{
	for (const struct field *f = fields; f != NULL && f->name != NULL; f++)
		if (place != IN_PATCH && f->flags & REQUIRED)
			json_cstring(&d->w, f->name);
}

void
schema_of_fields(struct doc *d, const char *name, const struct field *const *more,
		 const struct field *fields, enum field_place place)
{
	int required = 0;

	json_key(&d->w, name);
	json_object(&d->w);
	doc_member(d, "type", "object");
	doc_introduce(d, name, NULL);
	doc_open(d, "properties");
	for (const struct field *const *m = more; *m != NULL; m++)
		required += write_properties(d, *m, IN_BODY);
	required += write_properties(d, fields, place);
	doc_close(d);
	if (required > 0) {
		json_key(&d->w, "required");
		json_array(&d->w);
		for (const struct field *const *m = more; *m != NULL; m++)
			add_required(d, *m, IN_BODY);
		add_required(d, fields, place);
		json_end_array(&d->w);
	}
	json_key(&d->w, "additionalProperties");
	json_bool(&d->w, false);
	doc_close(d);
}

/* --- schemas that fields refer to by name ----------------------------------- */

static bool
is_new(struct named *seen, const char *name)
{
	for (int i = 0; i < seen->count; i++)
		if (strcmp(seen->names[i], name) == 0)
			return false;
	if (seen->count == NAMED_MAX)
		die("the document has more than %d schemas of choices", NAMED_MAX);
	seen->names[seen->count++] = name;
	return true;
}

static void
write_choices(struct doc *d, const char *name, const struct field *f)
{
	json_key(&d->w, name);
	json_object(&d->w);
	doc_member(d, "type", "string");
	doc_introduce(d, name, NULL);
	choices(d, f);
	doc_close(d);
}

static const struct field *const nothing_more[] = { NULL };

static void
write_object(struct doc *d, const struct field *f, struct named *seen)
{
	const struct field_object *o = f->object;
	const struct field code = { .type = FIELD_CHOICE, .choices = o->codes };

	if (o->schema == NULL || !is_new(seen, o->schema))
		return;
	if (o->codes != NULL)
		write_choices(d, o->code_schema, &code);
	doc_scope(d, o->schema, NULL);
	schema_of_fields(d, o->schema, nothing_more, o->fields, IN_BODY);
	schemas_named_by(d, o->fields, seen);
}

void
schemas_named_by(struct doc *d, const struct field *fields, struct named *seen)
{
	for (const struct field *f = fields; f != NULL && f->name != NULL; f++) {
		const struct word *word = doc_meaning(d, f->name);

		if (f->object != NULL)
			continue;
		if (field_choice(f, 0) != NULL && word != NULL && word->sent != NULL &&
		    is_new(seen, word->sent))
			write_choices(d, word->sent, f);
	}
	/* These have names of their own, in another scope. */
	for (const struct field *f = fields; f != NULL && f->name != NULL; f++)
		if (f->object != NULL)
			write_object(d, f, seen);
}
