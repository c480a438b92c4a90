/*
 * document.c: helpers for writing the API document: its words, and members of JSON
 * objects. Runs where openapi.c does.
 */
#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "serve/surface.h"

const struct word *
word_find(const char *name)
{
	const struct words *w = surface.words;

	for (int i = 0; i < w->word_count; i++)
		if (strcmp(w->words[i].name, name) == 0)
			return &w->words[i];
	return NULL;
}

/* --- pieces -------------------------------------------------------------- */

void
doc_member(struct doc *d, const char *name, const char *text)
{
	json_key(&d->w, name);
	json_cstring(&d->w, text);
}

void
doc_open(struct doc *d, const char *name)
{
	json_key(&d->w, name);
	json_object(&d->w);
}

void
doc_close(struct doc *d)
{
	json_end_object(&d->w);
}

void
doc_refer(struct doc *d, const char *kind, const char *name, const char *suffix)
{
	struct strbuf b;

	strbuf_init(&b);
	strbuf_addf(&b, "#/components/%s/%s%s", kind, name, suffix);
	json_object(&d->w);
	doc_member(d, "$ref", b.ptr);
	doc_close(d);
	strbuf_release(&b);
}

const struct word *
doc_meaning(const char *name)
{
	char leaf[64];

	snprintf(leaf, sizeof(leaf), "%.*s", (int)strcspn(name, "."), name);
	if (strstr(leaf, "__") != NULL)
		*strstr(leaf, "__") = '\0';
	return word_find(leaf);
}

void
doc_explain(struct doc *d, const char *name)
{
	const struct word *word = doc_meaning(name);

	if (word != NULL && word->says != NULL)
		doc_member(d, "description", word->says);
}

void
doc_number(struct doc *d, const char *name, int64_t n)
{
	json_key(&d->w, name);
	json_i64(&d->w, n);
}

void
doc_type(struct doc *d, const char *type, bool nullable)
{
	json_key(&d->w, "type");
	if (!nullable) {
		json_cstring(&d->w, type);
		return;
	}
	json_array(&d->w);
	json_cstring(&d->w, type);
	json_cstring(&d->w, "null");
	json_end_array(&d->w);
}

void
doc_exemplify(struct doc *d, const char *name)
{
	const struct word *word = word_find(name);

	if (word == NULL || word->example == NULL)
		return;
	json_key(&d->w, "examples");
	json_array(&d->w);
	json_raw(&d->w, str_of(word->example));
	json_end_array(&d->w);
}
