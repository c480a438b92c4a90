/*
 * file_link_test.c: links to files: what was made comes back until it is over, and nothing else does.
 */
#include "model/file_link.h"

#include <check.h>
#include <string.h>

Suite *file_link_suite(void);

#define FILE_ID "01942f3a-6f00-7a10-8c01-5d2e9b4f7aa1"
#define ACCESS_ID "01942f3a-6f00-7a10-8c01-5d2e9b4f7a01"

static const struct file_link link = { FILE_ID, "thumb", ACCESS_ID, 1000 };
static const struct str secret = { "secret", 6 };
static struct arena a;

static void
set_up(void)
{
	arena_init(&a, 1024);
}

static void
tear_down(void)
{
	arena_release(&a);
}

START_TEST(a_link_is_good_until_it_is_over)
{
	struct file_link out;
	struct str token = str_of(file_link_token(&a, secret, &link));

	ck_assert(file_link_read(&a, secret, token, 999, &out));
	ck_assert_str_eq(out.file_id, FILE_ID);
	ck_assert_str_eq(out.variant, "thumb");
	ck_assert_str_eq(out.access_id, ACCESS_ID);
	ck_assert_int_eq(out.expires_at, 1000);
	ck_assert(!file_link_read(&a, secret, token, 1000, &out));
	ck_assert(!file_link_read(&a, STR("another"), token, 999, &out));
}
END_TEST

START_TEST(a_link_that_was_changed_is_none)
{
	const char *token = file_link_token(&a, secret, &link);
	size_t len = strlen(token);
	struct file_link out;

	for (size_t i = 0; i < len; i++) {
		char *other = arena_cstr(&a, str_of(token));

		other[i] = other[i] == '1' ? '2' : '1';
		ck_assert_msg(!file_link_read(&a, secret, str_of(other), 0, &out), "%s",
			      other);
		ck_assert(!file_link_read(&a, secret, (struct str){ token, i }, 0, &out));
	}
	ck_assert(!file_link_read(&a, secret, STR_NONE, 0, &out));
}
END_TEST

Suite *
file_link_suite(void)
{
	Suite *s = suite_create("file_link");
	TCase *t = tcase_create("file_link");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_link_is_good_until_it_is_over);
	tcase_add_test(t, a_link_that_was_changed_is_none);
	suite_add_tcase(s, t);
	return s;
}
