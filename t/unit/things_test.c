/*
 * things_test.c: the rows of things[] are consistent, and agree with routes and document.
 */
#include "api/things.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "serve/request.h"
#include "serve/words.h"
#include "statements.h"

Suite *things_suite(void);

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

START_TEST(no_two_things_have_a_name_in_common)
{
	const struct household_thing *t = &things[_i];

	ck_assert_ptr_nonnull(t->is.name);
	for (int i = 0; i < _i; i++) {
		ck_assert_str_ne(things[i].is.name, t->is.name);
		ck_assert(!same(things[i].is.id, t->is.id));
		ck_assert(!same(things[i].subject, t->subject));
		ck_assert(!same(things[i].kind, t->kind));
		ck_assert(!same(things[i].schema, t->schema));
	}
}
END_TEST

START_TEST(statements_of_a_thing_take_its_id)
{
	const struct thing *t = &things[_i].is;

	if (t->scope != NO_STATEMENT)
		ck_assert(statement_takes(t->scope, t->id) &&
			  statement_takes(t->scope, "scope_role"));
	if (t->shown_by != NO_STATEMENT && t->id != NULL)
		ck_assert(statement_takes(t->shown_by, t->id));
}
END_TEST

/* All of a walk through what is news. */
START_TEST(thing_that_is_synced_has_a_statement_of_its_news_and_a_schema)
{
	static const char *const taken[] = { "sync_since", "sync_after", "sync_limit" };
	const struct household_thing *t = &things[_i];

	ck_assert_int_eq(t->kind != NULL, t->synced_by != NO_STATEMENT);
	ck_assert_int_eq(t->kind != NULL, t->schema != NULL);
	for (size_t i = 0; t->kind != NULL && i < sizeof(taken) / sizeof(taken[0]); i++)
		ck_assert(statement_takes(t->synced_by, taken[i]));
}
END_TEST

START_TEST(document_names_each_subject)
{
	const char *codes = strstr(surface.words->schemas, "\"ActivitySubject\": {");
	char subject[64];

	snprintf(subject, sizeof(subject), "\"%s\"", things[_i].subject);
	ck_assert_ptr_nonnull(codes);
	if (things[_i].subject != NULL)
		ck_assert_ptr_nonnull(strstr(codes, subject));
}
END_TEST

START_TEST(columns_of_the_table_are_walked_without_gaps)
{
	int subjects = 0, synced = 0;

	for (int i = 0; i < THING_COUNT; i++) {
		if (things[i].subject != NULL)
			ck_assert_str_eq(thing_subject(subjects++), things[i].subject);
		if (things[i].kind != NULL)
			ck_assert_int_eq(thing_synced_by(synced++), things[i].synced_by);
	}
	ck_assert_ptr_null(thing_subject(subjects));
	ck_assert_int_eq(thing_synced_by(synced), NO_STATEMENT);
}
END_TEST

/* Sync tokens count on it: what comes new is behind these. */
START_TEST(things_that_are_synced_keep_their_places)
{
	ck_assert_str_eq(things[0].kind, "residences");
	ck_assert_str_eq(things[1].kind, "members");
	ck_assert_str_eq(things[2].kind, "tasks");
	ck_assert_str_eq(things[3].kind, "completions");
	ck_assert_str_eq(things[10].kind, "notifications");
}
END_TEST

Suite *
things_suite(void)
{
	Suite *s = suite_create("things");
	TCase *t = tcase_create("things");

	tcase_add_loop_test(t, no_two_things_have_a_name_in_common, 0, THING_COUNT);
	tcase_add_loop_test(t, statements_of_a_thing_take_its_id, 0, THING_COUNT);
	tcase_add_loop_test(t,
			    thing_that_is_synced_has_a_statement_of_its_news_and_a_schema,
			    0, THING_COUNT);
	tcase_add_loop_test(t, document_names_each_subject, 0, THING_COUNT);
	tcase_add_test(t, columns_of_the_table_are_walked_without_gaps);
	tcase_add_test(t, things_that_are_synced_keep_their_places);
	suite_add_tcase(s, t);
	return s;
}
