/*
 * language_test.c: the catalogues against the texts that exist: in the C code of the API,
 * in refusals of the schema, and as codes of the lookups. Runs from the project's root.
 */
#include "serve/request.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/surface.h"

Suite *language_suite(void);

static struct strbuf code, schema, lookups;

static void
add_file(struct strbuf *into, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_msg(f != NULL, "cannot read %s", path);
	while ((n = fread(strbuf_reserve(into, 65536), 1, 65536, f)) > 0)
		into->len += n;
	into->ptr[into->len] = '\0';
	fclose(f);
}

static void
add_files(struct strbuf *into, const char *pattern)
{
	glob_t found;

	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		add_file(into, found.gl_pathv[i]);
	globfree(&found);
}

/* "one " "text" is one text to the compiler; let it be one here. */
static void
join_literals(struct strbuf *b)
{
	char *to = b->ptr;

	for (const char *from = b->ptr; *from != '\0';) {
		size_t gap = from[0] == '"' ? 1 + strspn(from + 1, " \t\n") : 0;

		if (gap > 1 && from[gap] == '"' && from[-1] != '\\') {
			from += gap + 1;
			continue;
		}
		*to++ = *from++;
	}
	*to = '\0';
	b->len = (size_t)(to - b->ptr);
}

static void
read_sources(void)
{
	strbuf_init(&code);
	strbuf_init(&schema);
	strbuf_init(&lookups);
	add_files(&code, "app/admin/*.c");
	add_files(&code, "app/api/*.c");
	add_files(&code, "app/serve/*.c");
	add_files(&code, "app/model/*.c");
	join_literals(&code);
	add_files(&schema, "sql/migrations/*.sql");
	add_files(&schema, "sql/functions/*.sql");
	add_files(&lookups, "seed/lookups.sql");
}

static void
drop_sources(void)
{
	strbuf_release(&code);
	strbuf_release(&schema);
	strbuf_release(&lookups);
}

/* `text` between quotes, those in it escaped, somewhere in `b`. */
static bool
stands_in(const struct strbuf *b, const char *text, char quote)
{
	struct strbuf literal;
	bool found;

	strbuf_init(&literal);
	strbuf_add_char(&literal, quote);
	for (; *text; text++) {
		if (*text == '"')
			strbuf_add_char(&literal, '\\');
		strbuf_add_char(&literal, *text);
	}
	strbuf_add_char(&literal, quote);
	found = strstr(b->ptr, literal.ptr) != NULL;
	strbuf_release(&literal);
	return found;
}

/* The next "list.code" of the seed, from *at on; NULL at the end. */
static const char *
next_label(const char **at, char list[64])
{
	static char key[160];
	char name[64];
	int end = 0;

	for (const char *line = *at; line != NULL && *line != '\0';) {
		const char *next = strchr(line, '\n');

		next = next != NULL ? next + 1 : NULL;
		sscanf(line, "INSERT INTO %63s", list);
		if (sscanf(line, "\t(%*d, '%63[^']'%n", name, &end) == 1) {
			snprintf(key, sizeof(key), "%s.%s", list, name);
			*at = next != NULL ? next : "";
			return key;
		}
		line = next;
	}
	return NULL;
}

static bool
is_label(const char *key)
{
	const char *at = lookups.ptr, *label;
	char list[64] = "";

	while ((label = next_label(&at, list)) != NULL)
		if (strcmp(label, key) == 0)
			return true;
	return false;
}

START_TEST(catalogue_translates_only_what_is_said)
{
	for (int i = 0; i < CATALOGUE_COUNT; i++)
		for (int j = 0; j < catalogues[i].count; j++) {
			const char *key = catalogues[i].texts[j].key;

			ck_assert_msg(stands_in(&code, key, '"') ||
					      stands_in(&schema, key, '\'') ||
					      is_label(key),
				      "%s: nobody says \"%s\"", catalogues[i].tag, key);
		}
}
END_TEST

START_TEST(catalogue_finds_each_of_its_texts)
{
	for (int i = 0; i < CATALOGUE_COUNT; i++)
		for (int j = 0; j < catalogues[i].count; j++) {
			const struct catalogue_text *t = &catalogues[i].texts[j];

			ck_assert_ptr_eq(language_text(&catalogues[i], t->key), t->text);
			ck_assert(str_is_utf8(str_of(t->text)));
		}
	ck_assert_str_eq(language_text(&catalogues[1], "nobody says this"),
			 "nobody says this");
	ck_assert_ptr_null(language_text(&catalogues[1], NULL));
	ck_assert_str_eq(language_text(&catalogues[0], "Sign in first"), "Sign in first");
}
END_TEST

/* --- every text that a caller may see -------------------------------------- */

enum form { ANY, SENTENCE, FRAGMENT };
static int texts, untranslated;

static bool
has_none_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strstr(text, *words) != NULL)
			return false;
	return true;
}

/*
 * A sentence can be shown to a person, a fragment stands behind the name of a field, and a title
 * or a name is neither.
 */
static void
look_at_form(const char *text, enum form form)
{
	static const char *const no_words_of_people[] = { "Content-",	 "Retry-", "If-",
							  "Idempotency", "/json",  "_",
							  "errors",	 NULL };
	bool ends = text[strlen(text) - 1] == '.';
	bool begins = (text[0] >= 'A' && text[0] <= 'Z') || text[0] == '%';

	ck_assert_msg(form != SENTENCE || (begins && ends), "is no sentence: %s", text);
	ck_assert_msg(form != FRAGMENT || !begins, "is no fragment: %s", text);
	ck_assert_msg(begins || !ends, "neither sentence nor fragment: %s", text);
	ck_assert_msg(!begins || has_none_of(text, no_words_of_people),
		      "names what no person knows: %s", text);
}

static void
look_up(const char *text, enum form form)
{
	texts++;
	look_at_form(text, form);
	for (int i = 1; i < CATALOGUE_COUNT; i++)
		if (language_text(&catalogues[i], text) == text) {
			printf("%s has no: %s\n", catalogues[i].tag, text);
			fflush(stdout); /* before the test fails */
			untranslated++;
		}
}

/* The literals with a space in them, from `at` to the end of the statement or the row; a value is none. */
static void
look_up_literals(const char *at, enum form form)
{
	struct strbuf text;

	strbuf_init(&text);
	for (; *at != '\0' && *at != ';' && *at != '}'; at++) {
		if (*at != '"')
			continue;
		strbuf_clear(&text, 0);
		for (at++; *at != '"'; at++) {
			at += *at == '\\';
			strbuf_add_char(&text, *at);
		}
		if (memchr(text.ptr, ' ', text.len) != NULL &&
		    strstr(text.ptr, "pending, ") == NULL)
			look_up(text.ptr, form);
	}
	strbuf_release(&text);
}

START_TEST(what_a_caller_may_see_is_in_every_catalogue_and_has_its_form)
{
	/* The places of texts for callers: calls, and rows of tables. */
	static const struct {
		const char *place;
		enum form form;
	} said_by[] = {
		{ "request_fail(", SENTENCE }, { "request_invalid(", FRAGMENT },
		{ "r->detail =", SENTENCE },   { "request_invalid_body(", FRAGMENT },
		{ "return bad(", FRAGMENT },   { "= bad(", FRAGMENT },
		{ "\t[FIELD_", FRAGMENT },     { "ERR_INVALID,", FRAGMENT },
		{ "ERR_CONFLICT,", SENTENCE }, { "ERR_FORBIDDEN,", SENTENCE },
		{ "request_say(", ANY },       { "\t[ERR_", ANY },
	};
	const char *labels = lookups.ptr, *label;
	char list[64] = "";

	for (size_t i = 0; i < sizeof(said_by) / sizeof(said_by[0]); i++)
		for (const char *at = strstr(code.ptr, said_by[i].place); at != NULL;
		     at = strstr(at + 1, said_by[i].place))
			look_up_literals(at + strlen(said_by[i].place) - 1,
					 said_by[i].form);
	for (const struct called *c = surface.called; c->name != NULL; c++)
		look_up(c->as, ANY);
	for (const struct called *c = surface.titles; c->name != NULL; c++)
		look_up(c->as, ANY);
	while ((label = next_label(&labels, list)) != NULL)
		look_up(label, ANY);
	printf("language: %d texts looked up, %d not translated\n", texts, untranslated);
	ck_assert_int_gt(texts, 100);
	ck_assert_int_eq(untranslated, 0);
}
END_TEST

Suite *
language_suite(void)
{
	Suite *s = suite_create("language");
	TCase *t = tcase_create("language");

	tcase_add_checked_fixture(t, read_sources, drop_sources);
	tcase_add_test(t, catalogue_translates_only_what_is_said);
	tcase_add_test(t, catalogue_finds_each_of_its_texts);
	tcase_add_test(t, what_a_caller_may_see_is_in_every_catalogue_and_has_its_form);
	suite_add_tcase(s, t);
	return s;
}
