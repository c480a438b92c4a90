/*
 * doc_test.c: the tables of words and operations have no duplicates, nothing out of order
 * and nothing that is of no use.
 */
#include "serve/openapi.h"

#include <check.h>
#include <string.h>

#include "serve/surface.h"

Suite *doc_suite(void);

START_TEST(words_are_sorted_and_unique)
{
	for (int i = 1; i < surface.words->word_count; i++)
		ck_assert_msg(strcmp(surface.words->words[i - 1].name,
				     surface.words->words[i].name) < 0,
			      "\"%s\"", surface.words->words[i].name);
}
END_TEST

START_TEST(words_of_schemas_are_sorted_and_unique)
{
	const struct word *w = surface.words->of_schemas[0];

	for (int i = 1; w[i].name != NULL; i++)
		ck_assert_msg(strcmp(w[i - 1].name, w[i].name) < 0, "\"%s\"", w[i].name);
}
END_TEST

START_TEST(word_of_a_schema_goes_before_the_bare_name)
{
	struct doc d = { .db = NULL };

	doc_scope(&d, NULL, "NewShareCode");
	ck_assert_ptr_eq(doc_meaning(&d, "state"), word_find("ShareCode", "state"));
	doc_scope(&d, "listTasks", "Task");
	ck_assert_ptr_eq(doc_meaning(&d, "category__in"),
			 word_find("listTasks", "category"));
	doc_scope(&d, NULL, NULL);
	ck_assert_ptr_eq(doc_meaning(&d, "state"), word_find(NULL, "state"));
}
END_TEST

START_TEST(story_has_every_operation_once)
{
	const char *const *story = surface.words->story;
	int steps = 0;

	for (; story[steps] != NULL; steps++)
		for (int i = 0; i < steps; i++)
			ck_assert_str_ne(story[i], story[steps]);
	ck_assert_int_eq(steps, surface_route_count());
}
END_TEST

START_TEST(codes_that_rows_list_are_known)
{
	ck_assert_ptr_null(problems_gap());
}
END_TEST

START_TEST(every_route_has_an_operation_of_its_own)
{
	for (int i = 0; i < surface_route_count(); i++) {
		const struct route *route = surface_route(i);

		ck_assert_msg(route->doc.id != NULL, "%s", route->path);
		ck_assert_msg(route->doc.summary != NULL, "%s", route->path);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(surface_route(j)->doc.id, route->doc.id);
	}
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
	ck_assert_ptr_null(word_find(NULL, "colour"));
}
END_TEST

Suite *
doc_suite(void)
{
	Suite *s = suite_create("doc");
	TCase *t = tcase_create("doc");

	tcase_add_test(t, words_are_sorted_and_unique);
	tcase_add_test(t, words_of_schemas_are_sorted_and_unique);
	tcase_add_test(t, word_of_a_schema_goes_before_the_bare_name);
	tcase_add_test(t, story_has_every_operation_once);
	tcase_add_test(t, codes_that_rows_list_are_known);
	tcase_add_test(t, every_route_has_an_operation_of_its_own);
	tcase_add_test(t, what_is_not_there_is_not_found);
	suite_add_tcase(s, t);
	return s;
}
