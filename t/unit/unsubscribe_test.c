/*
 * unsubscribe_test.c: tokens that end mails: read as they were written, and no others.
 */
#include "model/unsubscribe.h"

#include <check.h>
#include <string.h>

Suite *unsubscribe_suite(void);

#define USER "01942f3a-6f00-7a10-8c01-5d2e9b4f7a01"

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

static bool
reads(struct str secret, struct str token)
{
	struct str user_id, kind;

	return unsubscribe_read(&arena, secret, token, &user_id, &kind);
}

START_TEST(unsubscribe_token_is_read_as_written)
{
	struct str token =
		unsubscribe_token(&arena, STR("secret"), STR(USER), STR("task_due"));
	struct str user_id, kind;

	ck_assert(unsubscribe_read(&arena, STR("secret"), token, &user_id, &kind));
	ck_assert_str_eq(user_id.ptr, USER);
	ck_assert_str_eq(kind.ptr, "task_due");
	ck_assert(!reads(STR("another"), token));
}
END_TEST

START_TEST(unsubscribe_token_is_no_other)
{
	struct str token =
		unsubscribe_token(&arena, STR("secret"), STR(USER), STR("task_due"));

	for (size_t i = 0; i < token.len; i++) {
		char *other = arena_cstr(&arena, token);

		other[i] ^= 1;
		ck_assert_msg(!reads(STR("secret"), str_of(other)), "%s", other);
		ck_assert(!reads(STR("secret"), (struct str){ token.ptr, i }));
	}
	ck_assert(!reads(STR("secret"), STR("")));
}
END_TEST

Suite *
unsubscribe_suite(void)
{
	Suite *s = suite_create("unsubscribe");
	TCase *c = tcase_create("unsubscribe");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, unsubscribe_token_is_read_as_written);
	tcase_add_test(c, unsubscribe_token_is_no_other);
	suite_add_tcase(s, c);
	return s;
}
