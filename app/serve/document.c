/*
 * document.c: helpers for writing the API document: its words, and members of JSON
 * objects. Runs where openapi.c does.
 */
#include "serve/openapi.h"

#include <stdio.h>
#include <string.h>

#include "serve/idempotency.h"
#include "serve/principal.h"
#include "serve/surface.h"

static const struct word *
find_of_schema(const char *name)
{
	for (const struct word *const *table = surface.words->of_schemas; *table != NULL;
	     table++)
		for (const struct word *w = *table; w->name != NULL; w++)
			if (strcmp(w->name, name) == 0)
				return w;
	return NULL;
}

const struct word *
word_find(const char *scope, const char *name)
{
	const struct words *w = surface.words;
	char full[2 * DOC_NAME_SIZE];

	if (scope != NULL) {
		snprintf(full, sizeof(full), "%s.%s", scope, name);
		return find_of_schema(full);
	}
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

void
doc_be(struct doc *d, const char *schema, bool nullable)
{
	struct strbuf b;

	if (!nullable) {
		strbuf_init(&b);
		strbuf_addf(&b, "#/components/schemas/%s", schema);
		doc_member(d, "$ref", b.ptr);
		strbuf_release(&b);
		return;
	}
	json_key(&d->w, "oneOf");
	json_array(&d->w);
	doc_refer(d, "schemas", schema, "");
	doc_or_null(d);
	json_end_array(&d->w);
}

void
doc_or_null(struct doc *d)
{
	json_raw(&d->w, STR("{\"type\":\"null\"}"));
}

void
doc_flag(struct doc *d, const char *name)
{
	json_key(&d->w, name);
	json_bool(&d->w, true);
}

/* --- words ---------------------------------------------------------------- */

/* What a new lamp has more than a lamp is what its first sight shows: "NewLamp" is a "Lamp". */
static const char *
like_of(const char *name)
{
	for (const struct likeness *l = surface.words->likes;
	     l != NULL && l->name != NULL; l++)
		if (strcmp(l->name, name) == 0)
			return l->like;
	return strncmp(name, "New", 3) == 0 ? name + 3 : "";
}

void
doc_scope(struct doc *d, const char *scope, const char *thing)
{
	const char *like = thing != NULL ? like_of(thing) : "";

	if (*like == '\0' && scope != NULL)
		like = like_of(scope);
	snprintf(d->scopes[0], DOC_NAME_SIZE, "%s", scope != NULL ? scope : "");
	snprintf(d->scopes[1], DOC_NAME_SIZE, "%s", thing != NULL ? thing : "");
	snprintf(d->scopes[2], DOC_NAME_SIZE, "%s", like);
}

static const struct word *
find_scoped(const struct doc *d, const char *name)
{
	const struct word *word = NULL;

	for (int i = 0; i < DOC_SCOPES && word == NULL; i++)
		if (d->scopes[i][0] != '\0')
			word = word_find(d->scopes[i], name);
	return word != NULL ? word : word_find(NULL, name);
}

const struct word *
doc_meaning(const struct doc *d, const char *name)
{
	char leaf[DOC_NAME_SIZE];
	const struct word *word = find_scoped(d, name);

	if (word != NULL)
		return word;
	name += *name == '?';
	snprintf(leaf, sizeof(leaf), "%.*s", (int)strcspn(name, "."), name);
	if (strstr(leaf, "__") != NULL)
		*strstr(leaf, "__") = '\0';
	return find_scoped(d, leaf);
}

const char *
doc_says(const struct doc *d, const char *name)
{
	const struct word *word = doc_meaning(d, name);

	if (word != NULL && word->says == NULL && strchr(word->name, '.') != NULL)
		word = word_find(NULL, strchr(word->name, '.') + 1);
	return word != NULL ? word->says : NULL;
}

void
doc_explain(struct doc *d, const char *name)
{
	const char *says = doc_says(d, name);

	if (says != NULL)
		doc_member(d, "description", says);
}

void
doc_exemplify(struct doc *d, const char *name)
{
	const struct word *word = find_scoped(d, name);

	if (word == NULL || word->example == NULL)
		return;
	json_key(&d->w, "examples");
	json_array(&d->w);
	json_raw(&d->w, str_of(word->example));
	json_end_array(&d->w);
}

void
doc_introduce(struct doc *d, const char *schema, const char *otherwise)
{
	const struct word *word = find_of_schema(schema);

	if (word != NULL || otherwise != NULL)
		doc_member(d, "description", word != NULL ? word->says : otherwise);
}

/* --- numbers and types ---------------------------------------------------- */

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

/* --- what a row means for clients ------------------------------------------- */

bool
route_is_conditional(const struct route *route)
{
	return route->shows != NULL && route->method != HTTP_POST;
}

bool
route_takes_key(const struct route *route)
{
	return route_is_keyed(route) || statement_takes(route->statement, "once_key");
}

bool
route_takes_id(const struct route *route)
{
	const struct field *f = route->method == HTTP_POST ? route->body : NULL;

	for (; f != NULL && f->name != NULL; f++)
		if (f->type == FIELD_NEW_ID)
			return true;
	return false;
}

const struct route *
route_that_shows(const struct route *route)
{
	if (route->shows == NULL)
		return NULL;
	for (int i = 0; i < surface_route_count(); i++) {
		const struct route *r = surface_route(i);

		if (r->method == HTTP_GET && r->statement == route->shows->shown_by)
			return r;
	}
	return NULL;
}
