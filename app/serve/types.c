/*
 * types.c: the types of fields. One checker per type, one table; a checker
 * sees text and says what is wrong in a word and a sentence. Numbers are read from
 * their digits, never through a double. Runs in workers.
 */
#include "serve/types.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "core/date.h"
#include "core/uuid.h"
#include "model/mail.h"
#include "model/password_rules.h"
#include "text/text.h"

struct fault {
	const char *code;
	const char *detail;
};

static const struct fault fine = { NULL, NULL };

static struct fault
bad(const char *code, const char *detail)
{
	return (struct fault){ code, detail };
}

typedef struct fault checker(struct req *r, const struct field *f, struct str text,
			     const char **out);

static struct fault
too_small(struct req *r, const struct field *f)
{
	return bad("too_small",
		   request_say(r, "must be at least %lld", (long long)f->min));
}

static struct fault
too_large(struct req *r, const struct field *f)
{
	return bad("too_large",
		   request_say(r, "must be at most %lld", (long long)f->max));
}

/* Whole sentences, because other languages do not build them from the same pieces. */
static struct fault
check_characters(struct req *r, const struct field *f, struct str text)
{
	if (!text_shows(text, (size_t)f->min))
		return bad("too_short",
			   request_say(r, "must be at least %lld characters long",
				       (long long)f->min));
	if (str_utf8_length(text) > (size_t)f->max)
		return bad("too_long",
			   request_say(r, "must be at most %lld characters long",
				       (long long)f->max));
	return fine;
}

/* Before anything is done for each of them. */
static struct fault
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

static struct fault
check_bytes(struct req *r, const struct field *f, size_t size)
{
	if (size < (size_t)f->min)
		return bad("too_short", request_say(r, "must be at least %lld bytes long",
						    (long long)f->min));
	if (size > (size_t)f->max)
		return bad("too_long", request_say(r, "must be at most %lld bytes long",
						   (long long)f->max));
	return fine;
}

static const char too_many_marks[] = "must not have more than 16 marks on one letter";

/* Lines, each ended by LF, with blanks where they are. */
static struct fault
check_text(struct req *r, const struct field *f, struct str text, const char **out)
{
	text = text_nfc(r->arena, text);
	if (text.ptr == NULL)
		return bad("format", too_many_marks);
	text = text_lines(r->arena, text);
	*out = text.ptr;
	return check_characters(r, f, text);
}

static struct fault
check_line(struct req *r, const struct field *f, struct str text, const char **out)
{
	text = text_nfc(r->arena, text);
	if (text.ptr == NULL)
		return bad("format", too_many_marks);
	text = text_trim(text);
	if (!text_is_line(text))
		return bad("format", "must be one line without control characters");
	if (!text_shows(text, 1))
		text = STR("");
	*out = arena_cstr(r->arena, text);
	return check_characters(r, f, text);
}

/* What nobody can see is no filter. */
static struct fault
check_search(struct req *r, const struct field *f, struct str text, const char **out)
{
	text = text_nfc(r->arena, text);
	if (text.ptr == NULL)
		return bad("format", too_many_marks);
	text = text_trim(text);
	*out = text_shows(text, 1) ? arena_cstr(r->arena, text) : NULL;
	return check_characters(r, f, text);
}

static struct fault
check_password(struct req *r, const struct field *f, struct str text, const char **out)
{
	if (!text_password(r->arena, text, &text))
		return bad("format", "must not have control characters, or more than 16 "
				     "marks on one letter");
	*out = text.ptr;
	/* Only where one is chosen: the old one may be anything. */
	if (f->min == PASSWORD_MIN_BYTES && text.len >= PASSWORD_MIN_BYTES &&
	    password_is_common(text))
		return bad("too_common", "is one of the passwords everybody tries first");
	return check_bytes(r, f, text.len);
}

/* A shape, not a proof: only a mail that arrives proves an address. */
static struct fault
check_email(struct req *r, const struct field *f, struct str text, const char **out)
{
	if (text.len <= (size_t)f->max && !mail_read(r->arena, text, &text))
		return bad("format", "must be a mail address");
	*out = text.ptr;
	return check_bytes(r, f, text.len);
}

/* Days that every list and board can show. */
enum { DAY_1900_01_01 = -25567, DAY_2200_12_31 = 84370 };

static struct fault
check_range(int64_t day)
{
	if (day < DAY_1900_01_01)
		return bad("too_small", "must not be before 1900");
	if (day > DAY_2200_12_31)
		return bad("too_large", "must not be after 2200");
	return fine;
}

static struct fault
check_int(struct req *r, const struct field *f, struct str text, const char **out)
{
	int64_t n;

	*out = text.ptr;
	if (!str_to_i64(text, &n))
		return bad("type", "must be a whole number");
	if (n < f->min)
		return too_small(r, f);
	if (n > f->max)
		return too_large(r, f);
	if (n == 0 && f->flags & NOT_ZERO)
		return bad("choice", "must not be 0");
	return fine;
}

static bool
all_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!isdigit((unsigned char)s.ptr[i]))
			return false;
	}
	return s.len > 0;
}

static bool
all_zeros(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '0')
			return false;
	}
	return true;
}

/* -?digits(.digits)? with at most `scale` decimals; the bounds are whole numbers. */
static struct fault
check_decimal(struct req *r, const struct field *f, struct str text, const char **out)
{
	struct str fraction = text, whole = str_cut(&fraction, '.');
	bool negative = whole.len > 0 && whole.ptr[0] == '-';
	bool beyond = fraction.ptr != NULL && !all_zeros(fraction);
	struct str digits = { whole.ptr + negative, whole.len - negative };
	int64_t n;

	*out = text.ptr;
	if (!all_digits(digits) || (fraction.ptr != NULL && !all_digits(fraction)))
		return bad("format", "must be a decimal number such as \"1234.50\"");
	if (fraction.len > (size_t)f->scale)
		return bad("format",
			   request_say(r, "must have at most %d decimals", f->scale));
	if (!str_to_i64(whole, &n))
		n = negative ? INT64_MIN : INT64_MAX;
	if (n < f->min || (n == f->min && negative && (beyond || n == 0)))
		return too_small(r, f);
	if (n > f->max || (n == f->max && !negative && beyond))
		return too_large(r, f);
	return fine;
}

static struct fault
check_bool(struct req *r, const struct field *f, struct str text, const char **out)
{
	(void)r;
	(void)f;
	/* 1 and 0 as queries have them: in a body a number is none. */
	*out = str_is(text, "1") ? "true" : str_is(text, "0") ? "false" : text.ptr;
	if (strcmp(*out, "true") == 0 || strcmp(*out, "false") == 0)
		return fine;
	return bad("type", "must be true or false");
}

static struct fault
check_day(struct req *r, const struct field *f, struct str text, const char **out)
{
	int32_t day;

	(void)r;
	(void)f;
	*out = text.ptr;
	if (!date_parse(text, &day))
		return bad("format", "must be a day that exists, YYYY-MM-DD");
	return check_range(day);
}

/* A plus that was not escaped in a URL: "2026-11-23T08:30:03 02:00". */
static struct str
with_plus(struct req *r, struct str text)
{
	enum { OFFSET_LENGTH = 6 };
	char *copy;

	if (text.len <= OFFSET_LENGTH || text.ptr[text.len - OFFSET_LENGTH] != ' ')
		return text;
	copy = arena_cstr(r->arena, text);
	copy[text.len - OFFSET_LENGTH] = '+';
	return (struct str){ copy, text.len };
}

static struct fault
check_instant(struct req *r, const struct field *f, struct str text, const char **out)
{
	enum { TEXT_SIZE = 28 };
	const int64_t day_us = INT64_C(86400000000);
	char *normal = arena_alloc(r->arena, TEXT_SIZE);
	int64_t us;

	(void)f;
	*out = normal;
	if (!instant_parse(with_plus(r, text), &us))
		return bad("format", "must be a time such as 2026-11-23T08:30:03Z");
	instant_format_us(us, normal);
	return check_range(us < 0 ? (us - day_us + 1) / day_us : us / day_us);
}

static struct fault
check_time(struct req *r, const struct field *f, struct str text, const char **out)
{
	int32_t s;

	(void)r;
	(void)f;
	*out = text.ptr;
	if (text.len != 5 || !time_parse(text, &s))
		return bad("format", "must be a time of day, HH:MM");
	return fine;
}

static struct fault
check_uuid(struct req *r, const struct field *f, struct str text, const char **out)
{
	(void)r;
	(void)f;
	*out = text.ptr;
	return uuid_is(text) ? fine : bad("format", "must be a UUID");
}

static bool
has_capitals(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (isupper((unsigned char)s.ptr[i]))
			return true;
	return false;
}

/* RFC 9562 4: version 1 to 8 and the variant of that document; in small letters, as we print it. */
static struct fault
check_new_id(struct req *r, const struct field *f, struct str text, const char **out)
{
	char *id = arena_cstr(r->arena, text);

	(void)f;
	*out = id;
	for (; *id != '\0'; id++)
		*id = (char)tolower((unsigned char)*id);
	if (!uuid_is(text) || text.ptr[14] < '1' || text.ptr[14] > '8' ||
	    strchr("89abAB", text.ptr[19]) == NULL)
		return bad("format", "must be a UUID (RFC 9562)");
	return fine;
}

static bool
all_of(struct str s, const char *more)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (!(c < 128 && (isalnum(c) || strchr(more, c) != NULL)) || c == '\0')
			return false;
	}
	return s.len > 0;
}

static struct fault
check_code(struct req *r, const struct field *f, struct str text, const char **out)
{
	static const struct field one = { .min = 1, .max = CODE_LENGTH_MAX };

	*out = text.ptr;
	if (!all_of(text, "_") || has_capitals(text))
		return bad("format",
			   "must be a code of lower-case letters, digits and _");
	return check_characters(r, field_is_list(f) ? &one : f, text);
}

static struct fault
check_choice(struct req *r, const struct field *f, struct str text, const char **out)
{
	struct str cut = str_head(text, NAME_SHOWN_MAX);

	*out = text.ptr;
	for (int i = 0; field_choice(f, i) != NULL; i++)
		if (str_is(text, field_choice(f, i)))
			return fine;
	return bad("choice", request_say(r, "does not know \"%.*s%s\"", STR_FMT(cut),
					 cut.len < text.len ? "…" : ""));
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
	checker *check = f->type == FIELD_CODES ? check_code : check_choice;
	struct fault fault = check_count(r, f, count_items(text));
	const char *ignored;

	*out = text.ptr;
	for (struct str rest = text; fault.code == NULL && rest.ptr != NULL;)
		fault = check(r, f, str_cut(&rest, ','), &ignored);
	return fault;
}

/*
 * Names such as CET and EST5EDT are fixed offsets to PostgreSQL and none to others; whoever lives
 * there has a place. Old names of places stay.
 */
static bool
has_region(struct str zone)
{
	static const char *const regions[] = { "Africa",    "America", "Antarctica",
					       "Arctic",    "Asia",    "Atlantic",
					       "Australia", "Europe",  "Indian",
					       "Pacific" };
	struct str region = str_cut(&zone, '/');

	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
		if (zone.ptr != NULL && str_is(region, regions[i]))
			return true;
	return zone.ptr == NULL && str_is(region, "UTC");
}

/* The zones this host knows; PostgreSQL checks once more against its own. */
static struct fault
check_zone(struct req *r, const struct field *f, struct str text, const char **out)
{
	const char *path;
	struct stat st;

	*out = text.ptr;
	if (text.len > (size_t)f->max || !all_of(text, "_+-/"))
		return bad("format", "must be an IANA time zone such as Europe/Lisbon");
	path = arena_printf(r->arena, "/usr/share/zoneinfo/%.*s", STR_FMT(text));
	if (!has_region(text) || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return bad("choice", "is not a time zone known here");
	return fine;
}

static struct fault
check_capitals(struct req *r, const struct field *f, struct str text, const char **out)
{
	bool good = text.len == (size_t)f->max;

	(void)r;
	for (size_t i = 0; i < text.len; i++)
		good = good && text.ptr[i] >= 'A' && text.ptr[i] <= 'Z';
	*out = text.ptr;
	if (good)
		return fine;
	return bad("format", f->type == FIELD_COUNTRY
				     ? "must be an ISO 3166-1 code, two capitals"
				     : "must be an ISO 4217 code, three capitals");
}

static struct fault
check_locale(struct req *r, const struct field *f, struct str text, const char **out)
{
	*out = text.ptr;
	if (!all_of(text, "-") || !isalpha((unsigned char)text.ptr[0]))
		return bad("format", "must be a language tag such as en or pt-BR");
	return check_characters(r, f, text);
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
	[FIELD_INT] =      { check_int,      "must be a whole number", NUMBERS },
	[FIELD_DECIMAL] =  { check_decimal,  "must be a decimal string or a number", STRINGS | NUMBERS },
	[FIELD_BOOL] =     { check_bool,     "must be true or false", BOOLEANS },
	[FIELD_DAY] =      { check_day,      "must be a string, YYYY-MM-DD", STRINGS },
	[FIELD_TIME] =     { check_time,     "must be a string, HH:MM", STRINGS },
	[FIELD_INSTANT] =  { check_instant,  "must be a string, RFC 3339", STRINGS },
	[FIELD_UUID] =     { check_uuid,     "must be a string", STRINGS },
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

static struct fault
list_from_json(struct req *r, const struct field *f, const cJSON *list, const char **out)
{
	int items = cJSON_GetArraySize(list);
	struct fault fault = check_count(r, f, items);
	struct str text;

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

enum err
value_from_json(struct req *r, const struct field *f, const cJSON *v, struct str raw,
		const char **out)
{
	struct fault fault;

	if (!(kind_of(v) & types[f->type].accepts))
		return request_invalid_body(r, f->name, "type",
					    f->object ? f->object->wanted
						      : types[f->type].json_type);
	if (f->object != NULL)
		return f->object->read(r, f, v, raw, out);
	if (cJSON_IsArray(v))
		fault = list_from_json(r, f, v, out);
	else
		fault = types[f->type].check(r, f,
					     cJSON_IsString(v) ? str_of(v->valuestring)
							       : arena_str(r->arena, raw),
					     out);
	return fault.code == NULL
		       ? ERR_OK
		       : request_invalid_body(r, f->name, fault.code, fault.detail);
}
