/*
 * check.c: is this text JSON that we are willing to read?
 *
 * cJSON is lenient: it takes a member twice, control characters, bad UTF-8 and
 * odd numbers. Everything it is too kind about is refused here, so that the
 * tree it makes afterwards has one meaning. Builds nothing but the list of names
 * of the objects still open. Runs wherever JSON comes in.
 */
#include "json/check.h"

#include <stdlib.h>
#include <string.h>

/* cJSON reads a number through a buffer of 64 bytes; longer ones would be torn. */
enum { NUMBER_LENGTH_MAX = 63 };

struct name {
	struct str text; /* as written, without quotes */
	bool escaped;	 /* holds a backslash */
};

struct checker {
	struct arena *arena;
	const char *start, *p, *end;
	int depth, depth_max;
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
	*c->fault = (struct json_fault){ kind, (size_t)(at - c->start), STR_NONE };
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

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of a \u escape, or -1. */
static int
hex_unit(const char *p, const char *end)
{
	int unit = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static bool
is_high_surrogate(int unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool
is_low_surrogate(int unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* After "\u". */
static bool
check_unit(struct checker *c)
{
	const char *at = c->p - 2;
	int unit = hex_unit(c->p, c->end);

	if (unit < 0)
		return refuse(c, JSON_SYNTAX, at);
	if (unit == 0)
		return refuse(c, JSON_NUL, at);
	c->p += 4;
	if (is_low_surrogate(unit))
		return refuse(c, JSON_UTF8, at);
	if (!is_high_surrogate(unit))
		return true;
	if (c->end - c->p < 6 || c->p[0] != '\\' || c->p[1] != 'u' ||
	    !is_low_surrogate(hex_unit(c->p + 2, c->end)))
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

/* A string; *out is what stands between the quotes. */
static bool
check_string(struct checker *c, struct name *out)
{
	const char *first = ++c->p;
	bool escaped = false;

	for (;;) {
		size_t n;

		while (c->p < c->end && is_plain(*c->p))
			c->p++;
		if (next_is(c, '"'))
			break;
		if (next_is(c, '\\')) {
			if (!check_escape(c))
				return false;
			escaped = true;
			continue;
		}
		n = str_utf8_sequence((struct str){ c->p, (size_t)(c->end - c->p) });
		if (n == 0 || (n == 1 && (unsigned char)*c->p < 0x20))
			return refuse(c, JSON_SYNTAX, c->p);
		c->p += n;
	}
	*out = (struct name){ { first, (size_t)(c->p - first) }, escaped };
	c->p++;
	return true;
}

/* --- names ---------------------------------------------------------------- */

static uint32_t
utf8_code(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	/* The first byte of n gives 7 - n bits, a single one all seven. */
	uint32_t code = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (p[i] & 0x3f);
	return code;
}

/* Takes one character off a checked string, escapes resolved. */
static uint32_t
take_code(struct str *s)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *p = s->ptr, *end = p + s->len, *short_form;
	size_t len = 2;
	uint32_t code;

	if (*p != '\\') {
		len = str_utf8_sequence(*s);
		code = utf8_code(p, len);
	} else if (p[1] == 'u') {
		len = 6;
		code = (uint32_t)hex_unit(p + 2, end);
		if (is_high_surrogate((int)code)) {
			len = 12;
			code = 0x10000 + ((code - 0xd800) << 10) +
			       ((uint32_t)hex_unit(p + 8, end) - 0xdc00);
		}
	} else {
		short_form = strchr(from, p[1]);
		code = (uint32_t)(short_form != NULL ? to[short_form - from] : p[1]);
	}
	s->ptr += len;
	s->len -= len;
	return code;
}

/* By code point, which for plain names is the order of their bytes. */
static int
compare_names(const struct name *x, const struct name *y)
{
	struct str a = x->text, b = y->text;

	if (!x->escaped && !y->escaped) {
		size_t least = a.len < b.len ? a.len : b.len;
		int order = memcmp(a.ptr, b.ptr, least);

		return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
	}
	while (a.len > 0 && b.len > 0) {
		uint32_t ca = take_code(&a), cb = take_code(&b);

		if (ca != cb)
			return ca < cb ? -1 : 1;
	}
	return (a.len > 0) - (b.len > 0);
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
 * Of the last `count` names none may be there twice. Sorted, equal ones stand side by
 * side: a body of 10,000 members must not cost 50 million comparisons.
 */
static bool
check_names_unique(struct checker *c, size_t count)
{
	struct name *names = c->names + (c->name_count - count);
	const struct name *twice = NULL;

	if (count < 2)
		return true;
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
	return c->p - first <= NUMBER_LENGTH_MAX || refuse(c, JSON_SYNTAX, first);
}

static bool
check_word(struct checker *c, struct str word)
{
	if (!str_starts((struct str){ c->p, (size_t)(c->end - c->p) }, word))
		return refuse(c, JSON_SYNTAX, c->p);
	c->p += word.len;
	return true;
}

/* A value inside an array or object; the root's own are noted. */
static bool
check_child(struct checker *c)
{
	struct json_spans *s = c->spans;
	const char *first;

	skip_blanks(c);
	first = c->p;
	if (!check_value(c))
		return false;
	if (c->depth == 1 && s != NULL) {
		s->at = room_for_one(c->arena, s->at, s->count, &s->room, sizeof(*s->at));
		s->at[s->count++] = (struct str){ first, (size_t)(c->p - first) };
	}
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
		if (!check_child(c))
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

	if (!next_is(c, '"'))
		return refuse(c, JSON_SYNTAX, c->p);
	if (!check_string(c, &name))
		return false;
	c->names = room_for_one(c->arena, c->names, c->name_count, &c->name_room,
				sizeof(*c->names));
	c->names[c->name_count++] = name;
	skip_blanks(c);
	if (!next_is(c, ':'))
		return refuse(c, JSON_SYNTAX, c->p);
	c->p++;
	return check_child(c);
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

	if (c->depth == c->depth_max)
		return refuse(c, JSON_DEPTH, c->p);
	c->depth++;
	good = *c->p == '{' ? check_object(c) : check_array(c);
	c->depth--;
	return good;
}

static bool
check_value(struct checker *c)
{
	struct name ignored;

	if (c->p == c->end)
		return refuse(c, JSON_SYNTAX, c->p);
	switch (*c->p) {
	case '{':
	case '[':
		return check_nested(c);
	case '"':
		return check_string(c, &ignored);
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
json_check_spans(struct arena *a, struct str text, int depth_max, struct json_spans *out,
		 struct json_fault *fault)
{
	struct checker c = {
		.arena = a,
		.start = text.ptr,
		.p = text.ptr,
		.end = text.ptr + text.len,
		/* Above its own limit cJSON would refuse what passed here. */
		.depth_max =
			depth_max < CJSON_NESTING_LIMIT ? depth_max : CJSON_NESTING_LIMIT,
		.spans = out,
		.fault = fault
	};

	skip_blanks(&c);
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
	e = json_check_spans(&a, text, depth_max, NULL, fault);
	arena_release(&a);
	return e;
}
