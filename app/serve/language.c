/*
 * language.c: the language of an answer: that of Accept-Language, else that of the caller's
 * account. The English text stands in the C code and is the key to its translations
 * (app/api/languages); a text without one stays English. Runs in workers.
 */
#include "serve/request.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const struct catalogue *
request_language(struct req *r)
{
	struct str asked = request_header(r, "HTTP_ACCEPT_LANGUAGE");
	const char *tags[CATALOGUE_COUNT];

	r->speaks = true;
	if (str_trim(asked).len == 0)
		asked = r->principal.locale;
	for (int i = 0; i < CATALOGUE_COUNT; i++)
		tags[i] = catalogues[i].tag;
	return &catalogues[http_language(asked, tags, CATALOGUE_COUNT)];
}

bool
request_language_is_open(const struct req *r)
{
	return str_trim(request_header(r, "HTTP_ACCEPT_LANGUAGE")).len == 0 &&
	       r->principal.kind == PRINCIPAL_PERSON && r->principal.locale.ptr == NULL;
}

void
request_bind_language(struct req *r)
{
	const char *tag = request_language(r)->tag;

	r->values[VALUE_LANGUAGE] = request_language_is_open(r) ? NULL : tag;
}

static int
compare(const void *key, const void *entry)
{
	return strcmp(key, ((const struct catalogue_text *)entry)->key);
}

const char *
language_text(const struct catalogue *c, const char *text)
{
	const struct catalogue_text *found;

	if (text == NULL || c->count == 0)
		return text;
	found = bsearch(text, c->texts, (size_t)c->count, sizeof(*c->texts), compare);
	return found != NULL ? found->text : text;
}

/* What was said, in each language: which one the caller speaks may turn out later. */
struct saying {
	const char *texts[CATALOGUE_COUNT]; /* the first is what request_say returned */
	struct saying *next;
};

const char *
request_spoken(struct req *r, const char *text)
{
	const struct catalogue *c = request_language(r);

	for (const struct saying *s = *r->sayings; s != NULL; s = s->next)
		if (s->texts[0] == text)
			return s->texts[c - catalogues];
	return language_text(c, text);
}

struct str
request_label(struct req *r, const char *list, struct str code, struct str label)
{
	const char *key = arena_printf(r->arena, "%s.%.*s", list, STR_FMT(code));
	const char *text = language_text(request_language(r), key);

	return text != key ? str_of(text) : label;
}

const char *
request_say(struct req *r, const char *format, ...)
{
	struct saying *s = arena_zalloc(r->arena, 1, sizeof(*s));

	for (int i = 0; i < CATALOGUE_COUNT; i++) {
		const char *text = language_text(&catalogues[i], format);
		va_list args;
		char *out;
		int len;

		va_start(args, format);
		len = vsnprintf(NULL, 0, text, args);
		va_end(args);
		out = arena_alloc(r->arena, (size_t)len + 1);
		va_start(args, format);
		vsnprintf(out, (size_t)len + 1, text, args);
		va_end(args);
		s->texts[i] = out;
	}
	s->next = *r->sayings;
	*r->sayings = s;
	return s->texts[0];
}
