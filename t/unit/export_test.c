/*
 * export_test.c: links of exports: read as they were written, and no others.
 */
#include "model/export.h"

#include <check.h>
#include <string.h>

Suite *export_suite(void);

#define ID "01942f3a-6f00-7a10-8c01-5d2e9b4f7aa1"
#define BEFORE "/api/exports/"

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
	const char *path = export_path(&arena, str_of(secret), STR(ID));

	ck_assert_int_eq(strncmp(path, BEFORE ID ".", strlen(BEFORE ID ".")), 0);
	return str_of(path + strlen(BEFORE));
}

START_TEST(export_link_is_read_as_written)
{
	struct str id;

	ck_assert(export_read(&arena, STR("secret"), token("secret"), &id));
	ck_assert_str_eq(id.ptr, ID);
	ck_assert(!export_read(&arena, STR("another"), token("secret"), &id));
}
END_TEST

START_TEST(export_link_is_no_other)
{
	struct str good = token("secret"), id;

	for (size_t i = 0; i < good.len; i++) {
		char *other = arena_cstr(&arena, good);

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
	tcase_add_test(c, export_link_is_no_other);
	suite_add_tcase(s, c);
	return s;
}
