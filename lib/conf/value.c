/*
 * value.c: one setting between its text and its place in a struct.
 *
 * Knows types, units and bounds; not where a text came from, and not what is
 * secret. Runs at start and on reload.
 */
#include "conf/value.h"

#include <ctype.h>
#include <string.h>

struct unit {
	const char *suffix;
	int64_t factor;
};

/* Largest first, so that writing takes the first that divides. */
/* clang-format off */
static const struct unit size_units[] = {
	{ "g", 1024 * 1024 * 1024 }, { "m", 1024 * 1024 }, { "k", 1024 }, { "", 1 },
	{ NULL, 0 }
};
/* clang-format on */

/* The bare number is seconds; it is read but never written, for "s" says more. */
/* clang-format off */
static const struct unit time_units[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 },
	{ "", 1000 }, { NULL, 0 }
};
/* clang-format on */

static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

static const char *const switch_words[] = { "off", "on", NULL };

static const struct unit *
units_of(enum conf_type type)
{
	if (type == CONF_SIZE)
		return size_units;
	return type == CONF_SECONDS ? time_units : no_units;
}

static const char *const *
words_of(const struct conf_key *key)
{
	return key->type == CONF_SWITCH ? switch_words : key->choices;
}

static bool
is_number(enum conf_type type)
{
	return type == CONF_INT || type == CONF_SIZE || type == CONF_SECONDS;
}

static bool
read_number(const struct conf_key *key, struct str text, int64_t *out)
{
	struct str digits = text, suffix;
	int64_t n;

	while (digits.len > 0 &&
	       (digits.ptr[digits.len - 1] < '0' || digits.ptr[digits.len - 1] > '9'))
		digits.len--;
	suffix = (struct str){ text.ptr + digits.len, text.len - digits.len };
	if (!str_to_i64(digits, &n) || (key->type != CONF_INT && digits.ptr[0] == '-'))
		return false;
	for (const struct unit *u = units_of(key->type); u->suffix != NULL; u++)
		if (str_is(suffix, u->suffix))
			return !__builtin_mul_overflow(n, u->factor, out);
	return false;
}

static void
write_number(const struct conf_key *key, int64_t n, struct strbuf *out)
{
	const struct unit *u = units_of(key->type);

	/* 0 divides by all of them. */
	while (n == 0 ? u->suffix[0] != '\0' : n % u->factor != 0)
		u++;
	strbuf_add_i64(out, n / u->factor);
	strbuf_add_cstr(out, u->suffix);
}

static bool
within_bounds(const struct conf_key *key, int64_t n)
{
	if (key->min == 0 && key->max == 0)
		return true;
	return n >= key->min && (key->max < key->min || n <= key->max);
}

static void
say_bounds(const struct conf_key *key, struct strbuf *why)
{
	strbuf_add_cstr(why, "at least ");
	write_number(key, key->min, why);
	if (key->max < key->min)
		return;
	strbuf_add_cstr(why, " and at most ");
	write_number(key, key->max, why);
}

static void
say_words(const struct conf_key *key, struct strbuf *why)
{
	const char *const *words = words_of(key);

	for (size_t i = 0; words[i] != NULL; i++)
		strbuf_addf(why, " %s", words[i]);
}

/* clang-format off */
static const char *const forms[] = {
	[CONF_TEXT] = "a text",
	[CONF_INT] = "a whole number",
	[CONF_SIZE] = "a size such as 512, 64k, 16m or 1g",
	[CONF_SECONDS] = "a time such as 500ms, 30, 30s, 5m, 2h or 7d",
	[CONF_SWITCH] = NULL,
	[CONF_CHOICE] = NULL,
};
/* clang-format on */

static enum err
set_number(const struct conf_key *key, struct str text, int64_t *out, struct strbuf *why)
{
	int64_t n;

	if (!read_number(key, text, &n)) {
		strbuf_addf(why, "must be %s", forms[key->type]);
		return ERR_INVALID;
	}
	if (!within_bounds(key, n)) {
		strbuf_add_cstr(why, "must be ");
		say_bounds(key, why);
		return ERR_INVALID;
	}
	*out = n;
	return ERR_OK;
}

static enum err
set_word(const struct conf_key *key, struct str text, int *out, struct strbuf *why)
{
	const char *const *words = words_of(key);

	for (int i = 0; words[i] != NULL; i++) {
		if (str_is(text, words[i])) {
			*out = i;
			return ERR_OK;
		}
	}
	strbuf_add_cstr(why, "must be one of:");
	say_words(key, why);
	return ERR_INVALID;
}

static enum err
set_text(struct arena *a, struct str text, const char **out, struct strbuf *why)
{
	if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL) {
		strbuf_add_cstr(why, "must not hold a NUL");
		return ERR_INVALID;
	}
	*out = arena_cstr(a, text);
	return ERR_OK;
}

enum err
conf_value_read(struct arena *a, const struct conf_key *key, struct str text, void *into,
		struct strbuf *why)
{
	void *place = (char *)into + key->offset;

	if (key->type == CONF_TEXT)
		return set_text(a, text, place, why);
	if (is_number(key->type))
		return set_number(key, text, place, why);
	return set_word(key, text, place, why);
}

void
conf_value_write(const struct conf_key *key, const void *from, struct strbuf *out)
{
	const void *place = (const char *)from + key->offset;

	if (key->type == CONF_TEXT)
		strbuf_add_cstr(out, *(const char *const *)place);
	else if (is_number(key->type))
		write_number(key, *(const int64_t *)place, out);
	else
		strbuf_add_cstr(out, words_of(key)[*(const int *)place]);
}

bool
conf_value_same(const struct conf_key *key, const void *before, const void *after)
{
	const void *x = (const char *)before + key->offset;
	const void *y = (const char *)after + key->offset;

	if (key->type == CONF_TEXT)
		return strcmp(*(const char *const *)x, *(const char *const *)y) == 0;
	if (is_number(key->type))
		return *(const int64_t *)x == *(const int64_t *)y;
	return *(const int *)x == *(const int *)y;
}

void
conf_value_describe(const struct conf_key *key, struct strbuf *out)
{
	size_t from = out->len;

	if (forms[key->type] == NULL) {
		strbuf_add_cstr(out, "one of:");
		say_words(key, out);
	} else {
		strbuf_add_cstr(out, forms[key->type]);
	}
	if (is_number(key->type) && (key->min != 0 || key->max != 0)) {
		strbuf_add_cstr(out, ", ");
		say_bounds(key, out);
	}
	out->ptr[from] = (char)toupper((unsigned char)out->ptr[from]);
	if (key->fallback != NULL && key->fallback[0] != '\0')
		strbuf_addf(out, ". Default: `%s`.", key->fallback);
	else
		strbuf_add_cstr(out, ". Empty by default.");
}
