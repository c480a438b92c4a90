/*
 * etag_test.c: tags as they are made, and the conditions clients and proxies send.
 */
#include "http/etag.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *etag_suite(void);

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

START_TEST(a_tag_has_version_and_hash)
{
	char one[HTTP_ETAG_SIZE], other[HTTP_ETAG_SIZE], weak[HTTP_ETAG_SIZE];

	http_etag(7, STR("{\"a\":1}"), one);
	http_etag(7, STR("{\"a\":2}"), other);
	http_etag(-1, STR("{\"a\":1}"), weak);
	ck_assert_int_eq(strlen(one), 20);
	ck_assert(strncmp(one, "\"7-", 3) == 0);
	ck_assert_str_ne(one, other);
	ck_assert(strncmp(weak, "W/\"", 3) == 0);
	http_etag(INT32_MAX, STR(""), one);
	ck_assert_int_eq(one[strlen(one) - 1], '"');
}
END_TEST

/* clang-format off */
static const struct {
	const char *header;
	bool matches;
} match_cases[] = {
	{ NULL, false },
	{ "", false },
	{ "*", true },
	{ "\"7-ab\"", true },
	{ "W/\"7-ab\"", true },
	{ " \"x\" , W/\"7-ab\"", true },
	{ "\"7-AB\"", false },
	{ "7-ab", false },
	{ "\"7\"", false },
	{ "\"\"", false },
	{ ",,,", false },
};

static const struct {
	const char *header, *versions;
} version_cases[] = {
	{ NULL, NULL },
	{ "*", NULL },
	{ " * ", NULL },
	{ "\"7\"", "{7}" },
	{ "\"7-2f9a04c81e6b35d0\"", "{7}" },
	{ "W/\"7-2f9a04c81e6b35d0\"", "{7}" },
	{ "\"7\", W/\"8-aa\"", "{7,8}" },
	{ "\"seven\"", "{}" },
	{ "7", "{}" },
	{ "\"-7\"", "{}" },
	{ "\"99999999999\"", "{}" },
	{ "", "{}" },
	{ "\"7\"x", "{}" },
};
/* clang-format on */

START_TEST(if_none_match_is_compared_weakly)
{
	const char *header = match_cases[_i].header;
	struct str s = header ? str_of(header) : STR_NONE;

	ck_assert_msg(http_etag_matches(s, "\"7-ab\"") == match_cases[_i].matches, "%s",
		      header);
}
END_TEST

START_TEST(if_match_yields_versions)
{
	struct arena a;
	const char *header = version_cases[_i].header, *got;

	arena_init(&a, 256);
	got = http_etag_versions(&a, header ? str_of(header) : STR_NONE);
	if (version_cases[_i].versions == NULL)
		ck_assert_ptr_null(got);
	else
		ck_assert_str_eq(got, version_cases[_i].versions);
	arena_release(&a);
}
END_TEST

Suite *
etag_suite(void)
{
	Suite *s = suite_create("etag");
	TCase *t = tcase_create("etag");

	tcase_add_test(t, a_tag_has_version_and_hash);
	tcase_add_loop_test(t, if_none_match_is_compared_weakly, 0, COUNT(match_cases));
	tcase_add_loop_test(t, if_match_yields_versions, 0, COUNT(version_cases));
	suite_add_tcase(s, t);
	return s;
}
