/*
 * doc_test.c: the tables of words and operations have no duplicates, nothing out of order
 * and nothing that is of no use.
 */
#include "serve/words.h"

#include <check.h>
#include <string.h>

#include "serve/surface.h"

Suite *doc_suite(void);

START_TEST(words_are_sorted_and_unique)
{
	for (int i = 1; i < surface.words->word_count; i++)
		ck_assert_msg(strcmp(surface.words->words[i - 1].name, surface.words->words[i].name) < 0, "\"%s\"",
			      surface.words->words[i].name);
}
END_TEST

START_TEST(every_route_is_an_operation_and_no_other)
{
	ck_assert_int_eq(surface.words->operation_count, surface_route_count());
	for (int i = 0; i < surface_route_count(); i++)
		ck_assert_msg(operation_find(surface_route(i)->method,
					     surface_route(i)->path) != NULL,
			      "%s", surface_route(i)->path);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
	ck_assert_ptr_null(word_find("colour"));
	ck_assert_ptr_null(operation_find(HTTP_PUT, "/api/tasks"));
}
END_TEST

Suite *
doc_suite(void)
{
	Suite *s = suite_create("doc");
	TCase *t = tcase_create("doc");

	tcase_add_test(t, words_are_sorted_and_unique);
	tcase_add_test(t, every_route_is_an_operation_and_no_other);
	tcase_add_test(t, what_is_not_there_is_not_found);
	suite_add_tcase(s, t);
	return s;
}
