/*
 * language.c: the language of an answer. The English text stands in the C code and is the
 * key to its translations (app/api/languages); a text without one stays English. Runs in
 * workers.
 */
#include "serve/request.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const struct catalogue *
request_language(struct req *r)
{
	const char *tags[CATALOGUE_COUNT];

	if (r->language != NULL)
		return r->language;
	for (int i = 0; i < CATALOGUE_COUNT; i++)
		tags[i] = catalogues[i].tag;
	r->language = &catalogues[http_language(request_header(r, "HTTP_ACCEPT_LANGUAGE"),
						tags, CATALOGUE_COUNT)];
	return r->language;
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

const char *
request_say(struct req *r, const char *format, ...)
{
	const char *text = language_text(request_language(r), format);
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
	return out;
}
