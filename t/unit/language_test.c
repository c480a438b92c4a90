/*
 * language_test.c: the catalogues against the texts that exist: in the C code of the API,
 * in refusals of the schema, and as codes of the lookups. A text missing in a catalogue
 * is listed and no failure: it stays English. Runs from the project's root.
 */
#include "serve/request.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* --- what is not translated ---------------------------------------------- */

static int texts, untranslated;

static void
look_up(const char *text)
{
	texts++;
	for (int i = 1; i < CATALOGUE_COUNT; i++)
		if (language_text(&catalogues[i], text) == text) {
			printf("%s has no: %s\n", catalogues[i].tag, text);
			untranslated++;
		}
}

/* Literals with a space in them, from `at` to the end of the statement or the row. */
static void
look_up_literals(const char *at)
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
		if (memchr(text.ptr, ' ', text.len) != NULL)
			look_up(text.ptr);
	}
	strbuf_release(&text);
}

START_TEST(what_a_catalogue_does_not_have_is_listed)
{
	/* The places of texts for callers: calls, and rows of tables. */
	static const char *const said_by[] = {
		"request_fail(", "request_invalid(", "request_invalid_body(",
		"request_say(",	 "return bad(",	     "= bad(",
		"r->detail =",	 "\t[ERR_",	     "\t[FIELD_",
		"_key\",",	 "_fkey\",",	     "_check\","
	};
	const char *labels = lookups.ptr, *label;
	char list[64] = "";

	for (size_t i = 0; i < sizeof(said_by) / sizeof(said_by[0]); i++)
		for (const char *at = strstr(code.ptr, said_by[i]); at != NULL;
		     at = strstr(at + 1, said_by[i]))
			look_up_literals(at + strlen(said_by[i]) - 1);
	while ((label = next_label(&labels, list)) != NULL)
		look_up(label);
	printf("language: %d texts looked up, %d not translated\n", texts, untranslated);
	ck_assert_int_gt(texts, 100);
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
	tcase_add_test(t, what_a_catalogue_does_not_have_is_listed);
	suite_add_tcase(s, t);
	return s;
}
