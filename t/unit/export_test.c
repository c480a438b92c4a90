/*
 * export_test.c: links of exports: read as they were written, and no others.
 */
#include "model/export.h"

#include <check.h>
#include <string.h>

Suite *export_suite(void);

#define ID "01942f3a-6f00-7a10-8c01-5d2e9b4f7aa1"

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

static struct str
token(const char *secret)
{
	return str_of(export_token(&arena, str_of(secret), STR(ID)));
}

START_TEST(export_link_is_read_as_written)
{
	struct str id;

	ck_assert(export_read(&arena, STR("secret"), token("secret"), &id));
	ck_assert_str_eq(id.ptr, ID);
	ck_assert(!export_read(&arena, STR("another"), token("secret"), &id));
}
END_TEST

START_TEST(export_link_of_an_id_in_capitals_is_the_same)
{
	struct str capitals = STR("01942F3A-6F00-7A10-8C01-5D2E9B4F7AA1"), id;
	char *given = arena_cstr(&arena, token("secret"));

	ck_assert_str_eq(export_token(&arena, STR("secret"), capitals), given);
	memcpy(given, capitals.ptr, capitals.len);
	ck_assert(export_read(&arena, STR("secret"), str_of(given), &id));
	ck_assert_str_eq(id.ptr, ID);
}
END_TEST

START_TEST(export_link_is_no_other)
{
	struct str good = token("secret"), id;

	for (size_t i = 0; i < good.len; i++) {
		char *other = arena_cstr(&arena, good);

		/* No capital of the same letter. */
		other[i] ^= 1;
		ck_assert_msg(!export_read(&arena, STR("secret"), str_of(other), &id),
			      "%s", other);
		ck_assert(!export_read(&arena, STR("secret"), (struct str){ good.ptr, i },
				       &id));
	}
	ck_assert(!export_read(&arena, STR("secret"), STR(""), &id));
}
END_TEST

Suite *
export_suite(void)
{
	Suite *s = suite_create("export");
	TCase *c = tcase_create("export");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, export_link_is_read_as_written);
	tcase_add_test(c, export_link_of_an_id_in_capitals_is_the_same);
	tcase_add_test(c, export_link_is_no_other);
	suite_add_tcase(s, c);
	return s;
}
