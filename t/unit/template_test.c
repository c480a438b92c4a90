/*
 * template_test.c: mails by their templates. All of them have to be there in both languages, be filled in whole, and
 * ask for nothing that the code does not have.
 */
#include "jobs/template.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/strbuf.h"

Suite *template_suite(void);

static const char *const languages[] = { "en", "de" };
enum { LANGUAGE_COUNT = sizeof(languages) / sizeof(languages[0]), NAMES_MAX = 32 };

static struct arena arena;

static void
set_up(void)
{
	arena_init(&arena, 4096);
}

static void
tear_down(void)
{
	arena_release(&arena);
}

/* clang-format off */
static const struct letter_value given[] = {
	{ "who", STR("<b>\"Ann\" & Bob</b>") },
	{ "what", STR("lamp") },
	{ "none", { NULL, 0 } },
};
static const struct filled {
	const char *text, *plain, *html;
} filled[] = {
	{ "", "", "" },
	{ "as it is", "as it is", "as it is" },
	{ "{{who}}", "<b>\"Ann\" & Bob</b>", "&lt;b&gt;&quot;Ann&quot; &amp; Bob&lt;/b&gt;" },
	{ "a {{what}}{{what}}.", "a lamplamp.", "a lamplamp." },
	{ "[{{none}}]", "[]", "[]" },
	{ "a\n{{?what}}\nb {{what}}\n{{/}}\nc\n", "a\nb lamp\nc\n", "a\nb lamp\nc\n" },
	{ "a\n{{?none}}\nb {{what}}\n{{/}}\nc\n", "a\nc\n", "a\nc\n" },
	{ "a{{?what}} b{{/}} c{{?none}} d{{/}} e", "a b c e", "a b c e" },
};
static const struct broken {
	const char *text, *fault;
} broken[] = {
	{ "a {{other}} b", "{{other}} b" },
	{ "{{?other}}{{/}}", "{{?other}}{{/}}" },
	{ "{{?none}}{{other}}{{/}}", "{{other}}{{/}}" },
	{ "{{who", "{{who" },
	{ "{{}}", "{{}}" },
	{ "{{ who }}", "{{ who }}" },
	{ "a {{/}}", "{{/}}" },
	{ "{{?who}} and no end", "{{/}}" },
	{ "{{?who}}{{?what}}{{/}}{{/}}", "{{?what}}{{/}}{{/}}" },
};
/* clang-format on */

static bool
fill(const char *text, enum template_form form, struct str *out, const char **fault)
{
	return template_fill(&arena, text, form, given, sizeof(given) / sizeof(given[0]),
			     out, fault);
}

START_TEST(template_is_filled_in)
{
	const struct filled *c = &filled[_i];
	const char *fault;
	struct str out;

	ck_assert(fill(c->text, TEMPLATE_TEXT, &out, &fault));
	ck_assert_str_eq(out.ptr, c->plain);
	ck_assert(fill(c->text, TEMPLATE_HTML, &out, &fault));
	ck_assert_str_eq(out.ptr, c->html);
}
END_TEST

START_TEST(template_says_what_it_lacks)
{
	const char *fault;
	struct str out;

	ck_assert(!fill(broken[_i].text, TEMPLATE_TEXT, &out, &fault));
	ck_assert_str_eq(fault, broken[_i].fault);
}
END_TEST

START_TEST(template_is_found_by_name_and_language)
{
	ck_assert_str_eq(template_find("notice", "de")->language, "de");
	ck_assert_str_eq(template_find("notice", "en")->language, "en");
	ck_assert_str_eq(template_find("notice", "fr")->language, "en");
	ck_assert_ptr_null(template_find("another", "en"));
}
END_TEST

/* --- all mails ---------------------------------------------------------------- */

/* Values that texts ask for, each once. */
struct asked {
	struct letter_value values[NAMES_MAX];
	size_t count;
};

static void
ask(struct asked *all, struct str name)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_is(name, all->values[i].name))
			return;
	ck_assert_uint_lt(all->count, NAMES_MAX);
	all->values[all->count++] =
		(struct letter_value){ arena_cstr(&arena, name), STR("<&>") };
}

static void
read_asked(const char *text, struct asked *all)
{
	while ((text = strstr(text, "{{")) != NULL) {
		const char *end = strstr(text, "}}");
		struct str name = { text + 2, 0 };

		ck_assert_ptr_nonnull(end);
		name.len = (size_t)(end - name.ptr);
		if (str_starts(name, STR("?")))
			name = (struct str){ name.ptr + 1, name.len - 1 };
		if (!str_is(name, "/"))
			ask(all, name);
		text = end;
	}
}

static struct asked
asked_by(const char *first, const char *second)
{
	struct asked all = { .count = 0 };

	read_asked(first, &all);
	read_asked(second, &all);
	return all;
}

/* All that one asks for the other asks for. */
static void
check_same(const struct mail_template *t, const struct asked *a, const struct asked *b)
{
	for (size_t i = 0; i < a->count; i++) {
		bool found = false;

		for (size_t j = 0; j < b->count; j++)
			found |= strcmp(a->values[i].name, b->values[j].name) == 0;
		ck_assert_msg(found, "%s.%s: {{%s}} is not in all of the four files",
			      t->name, t->language, a->values[i].name);
	}
}

START_TEST(mail_is_there_in_each_language)
{
	const struct mail_template *t = &mail_templates[_i];
	struct asked text = asked_by(t->subject, t->text), html = asked_by(t->html, "");

	check_same(t, &text, &html);
	check_same(t, &html, &text);
	for (int i = 0; i < LANGUAGE_COUNT; i++) {
		const struct mail_template *other = template_find(t->name, languages[i]);
		struct asked others;

		ck_assert_msg(strcmp(other->language, languages[i]) == 0,
			      "%s is missing in %s", t->name, languages[i]);
		others = asked_by(other->subject, other->text);
		check_same(t, &text, &others);
	}
}
END_TEST

START_TEST(mail_is_filled_in_whole)
{
	const struct mail_template *t = &mail_templates[_i];
	struct asked all = asked_by(t->subject, t->text);
	const struct part {
		const char *text;
		enum template_form form;
	} parts[] = { { t->subject, TEMPLATE_TEXT },
		      { t->text, TEMPLATE_TEXT },
		      { t->html, TEMPLATE_HTML } };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *fault = NULL;
		struct str out;

		ck_assert_msg(template_fill(&arena, parts[i].text, parts[i].form,
					    all.values, all.count, &out, &fault),
			      "%s.%s: %s", t->name, t->language, fault);
		ck_assert_ptr_null(strstr(out.ptr, "{{"));
		if (parts[i].form == TEMPLATE_HTML)
			ck_assert_ptr_null(strstr(out.ptr, "<&>"));
	}
	ck_assert_msg(strpbrk(t->subject, "<>&\n") == NULL,
		      "%s.%s: the subject stands in HTML, too", t->name, t->language);
	ck_assert_msg(strstr(t->html, "<img") == NULL && strstr(t->html, "url(") == NULL,
		      "%s.%s: a mail fetches nothing", t->name, t->language);
}
END_TEST

/* --- what the code has -------------------------------------------------------- */

static void
read_file(struct strbuf *b, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_msg(f != NULL, "cannot read %s", path);
	while ((n = fread(strbuf_reserve(b, 65536), 1, 65536, f)) > 0)
		b->len += n;
	b->ptr[b->len] = '\0';
	fclose(f);
}

static void
read_files(struct strbuf *b, const char *pattern)
{
	glob_t found;

	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_file(b, found.gl_pathv[i]);
	globfree(&found);
}

/* Values are named in C; which mail it is may be up to a function of the schema. */
START_TEST(mail_asks_for_what_the_code_has)
{
	const struct mail_template *t = &mail_templates[_i];
	struct asked all = asked_by(t->subject, t->text);
	struct strbuf code;

	strbuf_init(&code);
	read_files(&code, "app/jobs/*.c");
	for (size_t i = 0; i < all.count; i++)
		ck_assert_msg(strstr(code.ptr,
				     arena_printf(&arena, "\"%s\"", all.values[i].name)),
			      "%s.%s: no file of app/jobs has \"%s\"", t->name,
			      t->language, all.values[i].name);
	read_files(&code, "sql/functions/*.sql");
	ck_assert_msg(strstr(code.ptr, arena_printf(&arena, "\"%s\"", t->name)) ||
			      strstr(code.ptr, arena_printf(&arena, "'%s'", t->name)),
		      "nobody sends %s.%s", t->name, t->language);
	strbuf_release(&code);
}
END_TEST

Suite *
template_suite(void)
{
	Suite *s = suite_create("template");
	TCase *c = tcase_create("template");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, template_is_filled_in, 0,
			    sizeof(filled) / sizeof(filled[0]));
	tcase_add_loop_test(c, template_says_what_it_lacks, 0,
			    sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(c, template_is_found_by_name_and_language);
	tcase_add_loop_test(c, mail_is_there_in_each_language, 0, MAIL_TEMPLATE_COUNT);
	tcase_add_loop_test(c, mail_is_filled_in_whole, 0, MAIL_TEMPLATE_COUNT);
	tcase_add_loop_test(c, mail_asks_for_what_the_code_has, 0, MAIL_TEMPLATE_COUNT);
	suite_add_tcase(s, c);
	return s;
}
