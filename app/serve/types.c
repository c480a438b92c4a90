/*
 * types.c: the types of fields: the checker of each, and its JSON value. A list is
 * several of one type. Runs in workers.
 */
#include "serve/types.h"

#include <string.h>

#include "core/strbuf.h"
#include "serve/checkers.h"

/* Before anything is done for each of them. */
struct fault
check_count(struct req *r, const struct field *f, int64_t items)
{
	if (items < f->min)
		return bad("too_short", request_say(r, "must have at least %lld items",
						    (long long)f->min));
	if (items > f->max)
		return bad("too_long", request_say(r, "must have at most %lld items",
						   (long long)f->max));
	return fine;
}

static int64_t
count_items(struct str items)
{
	int64_t n = 1;

	for (size_t i = 0; i < items.len; i++)
		n += items.ptr[i] == ',';
	return n;
}

/* Several with commas between, each by the checker of one. */
static struct fault
check_list(struct req *r, const struct field *f, struct str text, const char **out)
{
	checker *check = f->type == FIELD_UUIDS	  ? check_uuid
			 : f->type == FIELD_CODES ? check_code
						  : check_choice;
	struct fault fault = check_count(r, f, count_items(text));
	const char *ignored;

	*out = f->type == FIELD_UUIDS ? arena_printf(r->arena, "{%.*s}", STR_FMT(text))
				      : text.ptr;
	for (struct str rest = text; fault.code == NULL && rest.ptr != NULL;)
		fault = check(r, f, str_cut(&rest, ','), &ignored);
	return fault;
}

/* clang-format off */
static const struct {
	checker *check;
	const char *json_type;	/* what the JSON value has to be, for the sentence */
	unsigned char accepts;	/* bits below */
} types[] = {
#define STRINGS 1
#define NUMBERS 2
#define BOOLEANS 4
#define LISTS 8
#define OBJECTS 16
	[FIELD_TEXT] =     { check_text,     "must be a string", STRINGS },
	[FIELD_LINE] =     { check_line,     "must be a string", STRINGS },
	[FIELD_SEARCH] =   { check_search,   "must be a string", STRINGS },
	[FIELD_PASSWORD] = { check_password, "must be a string", STRINGS },
	[FIELD_EMAIL] =    { check_email,    "must be a string", STRINGS },
	[FIELD_URL] =      { check_url,      "must be a string", STRINGS },
	[FIELD_INT] =      { check_int,      "must be a whole number", NUMBERS },
	[FIELD_DECIMAL] =  { check_decimal,  "must be a decimal string or a number", STRINGS | NUMBERS },
	[FIELD_BOOL] =     { check_bool,     "must be true or false", BOOLEANS },
	[FIELD_DAY] =      { check_day,      "must be a string, YYYY-MM-DD", STRINGS },
	[FIELD_TIME] =     { check_time,     "must be a string, HH:MM", STRINGS },
	[FIELD_INSTANT] =  { check_instant,  "must be a string, RFC 3339", STRINGS },
	[FIELD_UUID] =     { check_uuid,     "must be a string", STRINGS },
	[FIELD_UUIDS] =    { check_list,     "must be a list of strings", LISTS },
	[FIELD_NEW_ID] =   { check_new_id,   "must be a string", STRINGS },
	[FIELD_CODE] =     { check_code,     "must be a string", STRINGS },
	[FIELD_CODES] =    { check_list,     "must be a list of strings", LISTS },
	[FIELD_CHOICE] =   { check_choice,   "must be a string", STRINGS },
	[FIELD_CHOICES] =  { check_list,     "must be a list of strings", LISTS },
	[FIELD_ZONE] =     { check_zone,     "must be a string", STRINGS },
	[FIELD_CURRENCY] = { check_capitals, "must be a string", STRINGS },
	[FIELD_COUNTRY] =  { check_capitals, "must be a string", STRINGS },
	[FIELD_LOCALE] =   { check_locale,   "must be a string", STRINGS },
	[FIELD_OBJECT] =   { NULL,           NULL, STRINGS | OBJECTS },
	[FIELD_OBJECTS] =  { NULL,           NULL, LISTS },
	[FIELD_LINES] =    { NULL,           "must be a list of strings", LISTS },
};
/* clang-format on */

enum err
value_from_text(struct req *r, const struct field *f, struct str text, const char **out)
{
	struct fault fault = types[f->type].check(r, f, text, out);

	if (fault.code == NULL)
		return ERR_OK;
	return request_invalid(r, f->name, NULL, fault.code, fault.detail);
}

static unsigned char
kind_of(const cJSON *v)
{
	if (cJSON_IsString(v))
		return STRINGS;
	if (cJSON_IsNumber(v))
		return NUMBERS;
	if (cJSON_IsBool(v))
		return BOOLEANS;
	if (cJSON_IsArray(v))
		return LISTS;
	return cJSON_IsObject(v) ? OBJECTS : 0;
}

static struct fault
check_word(struct req *r, const struct field *f, struct str text, const char **out)
{
	if (check_choice(r, f, text, out).code == NULL)
		return fine;
	return bad("choice",
		   request_say(r, "must be a whole number, or %s", field_choice(f, 0)));
}

/* What JSON may hold for it; a number for which a word may stand takes that, too. */
static bool
accepts(const struct field *f, const cJSON *v)
{
	bool word = f->type == FIELD_INT && field_choice(f, 0) != NULL;

	return kind_of(v) & (types[f->type].accepts | (word ? STRINGS : 0));
}

/* Strings with commas between, as a query has them; STR_NONE when one is no string or has a comma. */
static struct str
joined(struct req *r, const cJSON *list)
{
	struct strbuf b;
	struct str text;
	const cJSON *v;
	const char *comma = "";
	bool good = true;

	strbuf_init(&b);
	cJSON_ArrayForEach (v, list) {
		good = good && cJSON_IsString(v) && strchr(v->valuestring, ',') == NULL;
		if (good)
			strbuf_addf(&b, "%s%s", comma, v->valuestring);
		comma = ",";
	}
	text = good ? arena_str(r->arena, strbuf_str(&b)) : STR_NONE;
	strbuf_release(&b);
	return text;
}

/* Does one of these, with commas between, come again? They are few: check_count. */
static bool
repeats(struct str items)
{
	while (items.ptr != NULL) {
		struct str one = str_cut(&items, ','), rest = items;

		while (rest.ptr != NULL)
			if (str_eq(str_cut(&rest, ','), one))
				return true;
	}
	return false;
}

/* An empty list is null, but where null says something else. */
static struct fault
list_from_json(struct req *r, const struct field *f, const cJSON *list, const char **out)
{
	int items = cJSON_GetArraySize(list);
	struct fault fault = check_count(r, f, items);
	struct str text;

	if (items == 0 && f->flags & NULLABLE)
		*out = "";
	if (fault.code != NULL || items == 0)
		return fault;
	text = joined(r, list);
	if (text.ptr == NULL)
		return bad("type", types[f->type].json_type);
	fault = check_list(r, f, text, out);
	if (fault.code == NULL && repeats(text))
		return bad("duplicate", "must not have anything twice");
	return fault;
}

static bool
is_among(const char *line, const char *const *lines, int count)
{
	while (count-- > 0)
		if (strcmp(lines[count], line) == 0)
			return true;
	return false;
}

static struct fault
read_lines(struct req *r, const struct field *f, const cJSON *list, const char **lines)
{
	const struct field one = { .type = FIELD_LINE, .min = 1, .max = f->scale };
	struct fault fault = fine;
	const cJSON *v;
	int count = 0;

	cJSON_ArrayForEach (v, list) {
		if (!cJSON_IsString(v))
			return bad("type", types[f->type].json_type);
		fault = check_line(r, &one, str_of(v->valuestring), &lines[count]);
		if (fault.code != NULL)
			return fault;
		if (is_among(lines[count], lines, count))
			return bad("duplicate", "must not have anything twice");
		count++;
	}
	return fault;
}

/* As an array of PostgreSQL: in quotes, in which a backslash stands before either. */
static struct fault
lines_from_json(struct req *r, const struct field *f, const cJSON *list, const char **out)
{
	int count = cJSON_GetArraySize(list);
	struct fault fault = check_count(r, f, count);
	const char **lines;
	struct strbuf b;

	if (fault.code != NULL)
		return fault;
	lines = arena_zalloc(r->arena, (size_t)count + 1, sizeof(*lines));
	fault = read_lines(r, f, list, lines);
	if (fault.code != NULL)
		return fault;
	strbuf_init(&b);
	strbuf_add_char(&b, '{');
	for (int i = 0; i < count; i++) {
		strbuf_add_cstr(&b, i ? ",\"" : "\"");
		for (const char *c = lines[i]; *c != '\0'; c++) {
			if (*c == '"' || *c == '\\')
				strbuf_add_char(&b, '\\');
			strbuf_add_char(&b, *c);
		}
		strbuf_add_char(&b, '"');
	}
	strbuf_add_char(&b, '}');
	*out = arena_cstr(r->arena, strbuf_str(&b));
	strbuf_release(&b);
	return fault;
}

/* Copies an item to *to, and moves it behind it. Returns what comes next. */
static const char *
copy_item(const char *c, char **to)
{
	bool quoted = *c == '"';

	for (c += quoted; quoted ? *c != '"' : *c != ',' && *c != '}'; c++) {
		c += *c == '\\';
		*(*to)++ = *c;
	}
	return c + quoted;
}

int
value_items(struct arena *a, const char *array, struct str *out, int max)
{
	char *to = arena_alloc(a, strlen(array));
	const char *c = array + 1;
	int count = 0;

	while (*c != '}' && count < max) {
		char *from = to;

		c = copy_item(c, &to);
		c += *c == ',';
		out[count++] = (struct str){ from, (size_t)(to - from) };
		*to++ = '\0';
	}
	return count;
}

enum err
value_from_json(struct req *r, const struct field *f, const cJSON *v, struct str raw,
		const char **out)
{
	struct fault fault;

	if (!accepts(f, v))
		return request_invalid_body(r, f->name, "type",
					    f->object ? f->object->wanted
						      : types[f->type].json_type);
	if (f->object != NULL)
		return f->object->read(r, f, v, raw, out);
	if (f->type == FIELD_LINES)
		fault = lines_from_json(r, f, v, out);
	else if (cJSON_IsArray(v))
		fault = list_from_json(r, f, v, out);
	else if (f->type == FIELD_INT && cJSON_IsString(v))
		fault = check_word(r, f, str_of(v->valuestring), out);
	else
		fault = types[f->type].check(r, f,
					     cJSON_IsString(v) ? str_of(v->valuestring)
							       : arena_str(r->arena, raw),
					     out);
	return fault.code == NULL
		       ? ERR_OK
		       : request_invalid_body(r, f->name, fault.code, fault.detail);
}
