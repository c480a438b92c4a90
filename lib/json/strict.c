/*
 * strict.c: is this text JSON that we are willing to read?
 *
 * cJSON is lenient: it takes a member twice, control characters, bad UTF-8 and
 * odd numbers. Everything it is too kind about is refused here, so that the
 * tree it makes afterwards has one meaning. Builds nothing but the list of names
 * of the objects still open. Runs wherever JSON comes in.
 */
#include "json/strict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/escape.h"

/* cJSON reads a number through a buffer of 64 bytes; longer ones would be torn. */
enum { NUMBER_LENGTH_MAX = 63 };

struct name {
	struct str text;  /* as written, without quotes */
	struct str plain; /* what that stands for; the same where nothing is escaped */
};

struct checker {
	struct arena *arena;
	const char *start, *p, *end;
	int depth;
	size_t values;
	struct json_limits max;
	struct name *names; /* of all open objects, outermost first */
	size_t name_count, name_room;
	struct json_spans *spans;
	struct json_fault *fault;
};

static bool check_value(struct checker *c);

/*
 * A NUL or a broken character is worth its own word, whatever was expected in
 * its place: it is the real trouble with the text.
 */
static bool
refuse(struct checker *c, enum json_fault_kind kind, const char *at)
{
	struct str rest = { at, (size_t)(c->end - at) };

	if (rest.len > 0 && *at == '\0')
		kind = JSON_NUL;
	else if (rest.len > 0 && str_utf8_sequence(rest) == 0)
		kind = JSON_UTF8;
	*c->fault = (struct json_fault){ kind, (size_t)(at - c->start), STR_NONE,
					 c->max.values };
	return false;
}

/* Makes room for one more in an array of the arena; the old one is left behind. */
static void *
room_for_one(struct arena *a, void *old, size_t count, size_t *room, size_t size)
{
	void *p;

	if (count < *room)
		return old;
	*room = *room == 0 ? 16 : *room * 2;
	p = arena_alloc(a, *room * size);
	if (count > 0)
		memcpy(p, old, count * size);
	return p;
}

static void
skip_blanks(struct checker *c)
{
	while (c->p < c->end &&
	       (*c->p == ' ' || *c->p == '\n' || *c->p == '\t' || *c->p == '\r'))
		c->p++;
}

static bool
next_is(const struct checker *c, char wanted)
{
	return c->p < c->end && *c->p == wanted;
}

/* --- strings -------------------------------------------------------------- */

/* After "\u". */
static bool
check_unit(struct checker *c)
{
	const char *at = c->p - 2;
	int unit = json_unit(c->p, c->end);

	if (unit < 0)
		return refuse(c, JSON_SYNTAX, at);
	if (unit == 0)
		return refuse(c, JSON_NUL, at);
	c->p += 4;
	if (json_is_low(unit))
		return refuse(c, JSON_UTF8, at);
	if (!json_is_high(unit))
		return true;
	if (c->end - c->p < 6 || c->p[0] != '\\' || c->p[1] != 'u' ||
	    !json_is_low(json_unit(c->p + 2, c->end)))
		return refuse(c, JSON_UTF8, at);
	c->p += 6;
	return true;
}

static bool
check_escape(struct checker *c)
{
	if (c->end - c->p < 2)
		return refuse(c, JSON_SYNTAX, c->end);
	c->p += 2;
	if (c->p[-1] == 'u')
		return check_unit(c);
	if (c->p[-1] == '\0' || strchr("\"\\/bfnrt", c->p[-1]) == NULL)
		return refuse(c, JSON_SYNTAX, c->p - 1);
	return true;
}

static bool
is_plain(char ch)
{
	return ch >= 0x20 && ch < 0x7f && ch != '"' && ch != '\\';
}

/* Two bytes of UTF-8: most letters of Europe and the Near East. */
static bool
is_pair(const struct checker *c)
{
	return c->end - c->p > 1 && (unsigned char)c->p[0] >= 0xc2 &&
	       (unsigned char)c->p[0] <= 0xdf && ((unsigned char)c->p[1] & 0xc0) == 0x80;
}

/* A string; *out is what stands between the quotes, *escaped whether a backslash is in it. */
static bool
check_string(struct checker *c, struct str *out, bool *escaped)
{
	const char *first = ++c->p;

	*escaped = false;
	for (;;) {
		size_t n;

		while (c->p < c->end && is_plain(*c->p))
			c->p++;
		while (is_pair(c))
			c->p += 2;
		if (next_is(c, '"'))
			break;
		if (next_is(c, '\\')) {
			if (!check_escape(c))
				return false;
			*escaped = true;
			continue;
		}
		n = str_utf8_sequence((struct str){ c->p, (size_t)(c->end - c->p) });
		if (n == 0 || (n == 1 && (unsigned char)*c->p < 0x20))
			return refuse(c, JSON_SYNTAX, c->p);
		c->p += n;
	}
	*out = (struct str){ first, (size_t)(c->p - first) };
	c->p++;
	return true;
}

/* --- names ---------------------------------------------------------------- */

static int
compare_names(const struct name *x, const struct name *y)
{
	struct str a = x->plain, b = y->plain;
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least > 0 ? memcmp(a.ptr, b.ptr, least) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
compare_for_sort(const void *x, const void *y)
{
	const struct name *a = x, *b = y;
	int order = compare_names(a, b);

	if (order != 0)
		return order;
	return (a->text.ptr > b->text.ptr) - (a->text.ptr < b->text.ptr);
}

/*
 * The last `count` names must be unique. Sorted, equal ones are neighbours: a body of
 * 10,000 members must not cost 50 million comparisons.
 */
static bool
check_names_unique(struct checker *c, size_t count)
{
	const struct name *twice = NULL;
	struct name *names;

	if (count < 2)
		return true;
	names = c->names + (c->name_count - count);
	qsort(names, count, sizeof(*names), compare_for_sort);
	for (size_t i = 1; i < count; i++)
		if (compare_names(&names[i - 1], &names[i]) == 0 &&
		    (twice == NULL || names[i].text.ptr < twice->text.ptr))
			twice = &names[i];
	if (twice == NULL)
		return true;
	c->fault->kind = JSON_DUPLICATE;
	c->fault->offset = (size_t)(twice->text.ptr - c->start);
	c->fault->name = twice->text;
	return false;
}

/* --- values --------------------------------------------------------------- */

static bool
check_digits(struct checker *c)
{
	if (c->p == c->end || *c->p < '0' || *c->p > '9')
		return refuse(c, JSON_SYNTAX, c->p);
	while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		c->p++;
	return true;
}

/* 0e-999999 is a zero, and no numeric of PostgreSQL: so the exponent is bounded, too. */
static bool
is_double(struct str number)
{
	enum { EXPONENT_MAX = 999 };
	char text[NUMBER_LENGTH_MAX + 1];
	const char *e;
	long exponent;

	memcpy(text, number.ptr, number.len);
	text[number.len] = '\0';
	e = strpbrk(text, "eE");
	exponent = e == NULL ? 0 : strtol(e + 1, NULL, 10);
	errno = 0;
	strtod(text, NULL);
	return errno == 0 && exponent >= -EXPONENT_MAX && exponent <= EXPONENT_MAX;
}

static bool
check_number(struct checker *c)
{
	const char *first = c->p;

	if (*c->p == '-')
		c->p++;
	if (next_is(c, '0'))
		c->p++;
	else if (!check_digits(c))
		return false;
	if (next_is(c, '.')) {
		c->p++;
		if (!check_digits(c))
			return false;
	}
	if (next_is(c, 'e') || next_is(c, 'E')) {
		c->p++;
		if (next_is(c, '+') || next_is(c, '-'))
			c->p++;
		if (!check_digits(c))
			return false;
	}
	if (c->p - first > NUMBER_LENGTH_MAX)
		return refuse(c, JSON_SYNTAX, first);
	return !c->max.doubles ||
	       is_double((struct str){ first, (size_t)(c->p - first) }) ||
	       refuse(c, JSON_NUMBER, first);
}

static bool
check_word(struct checker *c, struct str word)
{
	if (!str_starts((struct str){ c->p, (size_t)(c->end - c->p) }, word))
		return refuse(c, JSON_SYNTAX, c->p);
	c->p += word.len;
	return true;
}

static void
note_span(struct checker *c, struct str name, struct str raw)
{
	struct json_spans *s = c->spans;

	s->at = room_for_one(c->arena, s->at, s->count, &s->room, sizeof(*s->at));
	s->names = room_for_one(c->arena, s->names, s->count, &s->name_room,
				sizeof(*s->names));
	s->at[s->count] = raw;
	s->names[s->count++] = name;
}

/* A value inside an array or object; the root's own are noted. */
static bool
check_child(struct checker *c, struct str name)
{
	const char *first;

	skip_blanks(c);
	first = c->p;
	if (!check_value(c))
		return false;
	if (c->depth == 1 && c->spans != NULL)
		note_span(c, name, (struct str){ first, (size_t)(c->p - first) });
	skip_blanks(c);
	return true;
}

static bool
check_array(struct checker *c)
{
	bool empty = true;

	do {
		c->p++;
		skip_blanks(c);
		if (empty && next_is(c, ']'))
			break;
		empty = false;
		if (!check_child(c, STR_NONE))
			return false;
	} while (next_is(c, ','));
	if (!next_is(c, ']'))
		return refuse(c, JSON_SYNTAX, c->p);
	c->p++;
	return true;
}

static bool
check_member(struct checker *c)
{
	struct name name;
	bool escaped;

	if (!next_is(c, '"'))
		return refuse(c, JSON_SYNTAX, c->p);
	if (!check_string(c, &name.text, &escaped))
		return false;
	name.plain = escaped ? json_unescape(c->arena, name.text) : name.text;
	c->names = room_for_one(c->arena, c->names, c->name_count, &c->name_room,
				sizeof(*c->names));
	c->names[c->name_count++] = name;
	skip_blanks(c);
	if (!next_is(c, ':'))
		return refuse(c, JSON_SYNTAX, c->p);
	c->p++;
	return check_child(c, name.plain);
}

static bool
check_object(struct checker *c)
{
	size_t outside = c->name_count;

	do {
		c->p++;
		skip_blanks(c);
		if (c->name_count == outside && next_is(c, '}'))
			break;
		if (!check_member(c))
			return false;
	} while (next_is(c, ','));
	if (!next_is(c, '}'))
		return refuse(c, JSON_SYNTAX, c->p);
	c->p++;
	if (!check_names_unique(c, c->name_count - outside))
		return false;
	c->name_count = outside;
	return true;
}

static bool
check_nested(struct checker *c)
{
	bool good;

	if (c->depth == c->max.depth)
		return refuse(c, JSON_DEPTH, c->p);
	c->depth++;
	good = *c->p == '{' ? check_object(c) : check_array(c);
	c->depth--;
	return good;
}

static bool
check_value(struct checker *c)
{
	struct str ignored;
	bool escaped;

	if (c->p == c->end)
		return refuse(c, JSON_SYNTAX, c->p);
	if (c->values++ == c->max.values)
		return refuse(c, JSON_VALUES, c->p);
	switch (*c->p) {
	case '{':
	case '[':
		return check_nested(c);
	case '"':
		return check_string(c, &ignored, &escaped);
	case 't':
		return check_word(c, STR("true"));
	case 'f':
		return check_word(c, STR("false"));
	case 'n':
		return check_word(c, STR("null"));
	default:
		return check_number(c);
	}
}

enum err
json_check_spans(struct arena *a, struct str text, struct json_limits max,
		 struct json_spans *out, struct json_fault *fault)
{
	struct checker c = { .arena = a,
			     .start = text.ptr,
			     .p = text.ptr,
			     .end = text.ptr + text.len,
			     .max = max,
			     .spans = out,
			     .fault = fault };

	/* Above its own limit cJSON would refuse what passed here. */
	if (max.depth > CJSON_NESTING_LIMIT)
		c.max.depth = CJSON_NESTING_LIMIT;
	skip_blanks(&c);
	if (out != NULL && c.p < c.end)
		out->first = *c.p;
	if (!check_value(&c))
		return ERR_MALFORMED;
	skip_blanks(&c);
	if (c.p != c.end) {
		refuse(&c, JSON_SYNTAX, c.p);
		return ERR_MALFORMED;
	}
	return ERR_OK;
}

enum err
json_check(struct str text, int depth_max, struct json_fault *fault)
{
	struct arena a;
	enum err e;

	arena_init(&a, 2048);
	e = json_check_spans(&a, text, (struct json_limits){ depth_max, SIZE_MAX, false },
			     NULL, fault);
	arena_release(&a);
	return e;
}
