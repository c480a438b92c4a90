/*
 * router_test.c: the route of a path, and the errors of the others.
 */
#include <check.h>
#include <string.h>

#include "core/arena.h"
#include "http/router.h"

Suite *router_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

enum {
	ROOT,
	TASK_LIST,
	TASK_CREATE,
	TASK_GET,
	TASK_UPDATE,
	TASK_DELETE,
	BOARD,
	COMPLETE,
	RESIDENCE_LIST,
	RESIDENCE_GET,
	SUMMARY,
	MEMBER,
	CODE_FILE,
	NONE = -1
};

static const struct {
	enum http_method method;
	const char *pattern;
	int route;
} table[] = {
	{ HTTP_GET, "/", ROOT },
	{ HTTP_GET, "/api/tasks", TASK_LIST },
	{ HTTP_POST, "/api/tasks", TASK_CREATE },
	{ HTTP_GET, "/api/tasks/{task_id}", TASK_GET },
	{ HTTP_PATCH, "/api/tasks/{task_id}", TASK_UPDATE },
	{ HTTP_DELETE, "/api/tasks/{task_id}", TASK_DELETE },
	{ HTTP_GET, "/api/tasks/kanban", BOARD },
	{ HTTP_POST, "/api/tasks/{id}/complete", COMPLETE },
	{ HTTP_GET, "/api/residences", RESIDENCE_LIST },
	{ HTTP_GET, "/api/residences/{residence_id}", RESIDENCE_GET },
	{ HTTP_GET, "/api/residences/summary", SUMMARY },
	{ HTTP_GET, "/api/residences/{residence_id}/members/{user_id}", MEMBER },
	{ HTTP_GET, "/a/{b}/{c}/{d}/{e}", CODE_FILE },
};

static struct arena arena;
static struct router *router;

static void
set_up(void)
{
	arena_init(&arena, 4096);
	router = router_new(&arena);
	for (int i = 0; i < COUNT(table); i++)
		ck_assert_int_eq(router_add(router, table[i].method, table[i].pattern,
					    table[i].route),
				 ERR_OK);
}

static void
tear_down(void)
{
	arena_release(&arena);
}

/* clang-format off */
static const struct {
	enum http_method method;
	const char *path;
	enum err expected;
	int route;
	int param_count;
	const char *params[ROUTER_PARAMS];
} find_cases[] = {
	{ HTTP_GET,    "/",                    ERR_OK,        ROOT,        0, { NULL } },
	{ HTTP_GET,    "//",                   ERR_OK,        ROOT,        0, { NULL } },
	{ HTTP_GET,    "/api/tasks",           ERR_OK,        TASK_LIST,   0, { NULL } },
	{ HTTP_GET,    "/api/tasks/",          ERR_OK,        TASK_LIST,   0, { NULL } },
	{ HTTP_POST,   "/api/tasks",           ERR_OK,        TASK_CREATE, 0, { NULL } },
	{ HTTP_GET,    "/api/tasks/7",         ERR_OK,        TASK_GET,    1, { "7" } },
	{ HTTP_PATCH,  "/api/tasks/7/",        ERR_OK,        TASK_UPDATE, 1, { "7" } },
	{ HTTP_DELETE, "/api/tasks/a%20b",     ERR_OK,        TASK_DELETE, 1, { "a b" } },
	{ HTTP_GET,    "/api/tasks/a%2Fb",     ERR_OK,        TASK_GET,    1, { "a/b" } },
	{ HTTP_GET,    "/api/tasks/a+b",       ERR_OK,        TASK_GET,    1, { "a+b" } },
	{ HTTP_GET,    "/api/t%61sks",         ERR_OK,        TASK_LIST,   0, { NULL } },
	{ HTTP_GET,    "/api/tasks/kanban",    ERR_OK,        BOARD,       0, { NULL } },
	{ HTTP_PATCH,  "/api/tasks/kanban",    ERR_METHOD,    NONE,        0, { NULL } },
	{ HTTP_POST,   "/api/tasks/7/complete", ERR_OK,       COMPLETE,    1, { "7" } },
	{ HTTP_POST,   "/api/tasks/kanban/complete", ERR_OK,  COMPLETE,    1,
	  { "kanban" } },
	{ HTTP_GET,    "/api/residences/summary/members/9", ERR_OK, MEMBER, 2,
	  { "summary", "9" } },
	{ HTTP_GET,    "/api/residences/h/members/u", ERR_OK, MEMBER,      2,
	  { "h", "u" } },
	{ HTTP_GET,    "/a/1/2/3/4",           ERR_OK,        CODE_FILE,   4,
	  { "1", "2", "3", "4" } },

	{ HTTP_GET,    "",                     ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "*",                    ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "api/tasks",            ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "///",                  ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api",                 ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api/tasks//",         ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api//tasks",          ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "//api/tasks",          ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_POST,   "/api/tasks//complete", ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api/Tasks",           ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api/task",            ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api/tasks/7/nothing", ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api/residences/h/members", ERR_NOT_FOUND, NONE,   0, { NULL } },
	{ HTTP_GET,    "/api/tasks/../tasks",  ERR_NOT_FOUND, NONE,        0, { NULL } },
	{ HTTP_GET,    "/a/1/2/3/4/5/6/7/8/9/10/11/12/13", ERR_NOT_FOUND, NONE, 0,
	  { NULL } },

	{ HTTP_DELETE, "/api/tasks",           ERR_METHOD,    NONE,        0, { NULL } },
	{ HTTP_OTHER,  "/api/tasks",           ERR_METHOD,    NONE,        0, { NULL } },
	{ HTTP_GET,    "/api/tasks/7/complete", ERR_METHOD,   NONE,        1, { "7" } },

	{ HTTP_GET,    "/api/tasks/%",         ERR_MALFORMED, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api/tasks/%zz",       ERR_MALFORMED, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api/tasks/%00",       ERR_MALFORMED, NONE,        0, { NULL } },
	{ HTTP_GET,    "/api/tasks/%ff",       ERR_MALFORMED, NONE,        0, { NULL } },
	{ HTTP_GET,    "/no/such/path/%ff",    ERR_MALFORMED, NONE,        0, { NULL } },
	{ HTTP_GET,    "/1/2/3/4/5/6/7/8/9/10/11/12/13/%", ERR_MALFORMED, NONE, 0,
	  { NULL } },
};
/* clang-format on */

START_TEST(a_path_meets_its_route_or_is_told_why_not)
{
	struct router_match m;
	enum err e = router_find(router, &arena, find_cases[_i].method,
				 str_of(find_cases[_i].path), &m);

	ck_assert_msg(e == find_cases[_i].expected, "%s: %s", find_cases[_i].path,
		      err_name(e));
	ck_assert_int_eq(m.route, find_cases[_i].route);
	ck_assert_int_eq(m.param_count, find_cases[_i].param_count);
	for (int i = 0; i < m.param_count; i++)
		ck_assert_str_eq(m.params[i].ptr, find_cases[_i].params[i]);
}
END_TEST

START_TEST(a_wrong_method_is_told_what_the_path_has)
{
	struct router_match m;

	ck_assert_int_eq(router_find(router, &arena, HTTP_PUT, STR("/api/tasks/7"), &m),
			 ERR_METHOD);
	ck_assert_str_eq(router_allow(&arena, m.allowed), "GET, HEAD, PATCH, DELETE");
	ck_assert_int_eq(router_find(router, &arena, HTTP_GET,
				     STR("/api/tasks/7/complete"), &m),
			 ERR_METHOD);
	ck_assert_str_eq(router_allow(&arena, m.allowed), "POST");
}
END_TEST

START_TEST(a_found_route_also_says_what_the_path_has)
{
	struct router_match m;

	ck_assert_int_eq(router_find(router, &arena, HTTP_GET, STR("/api/tasks"), &m),
			 ERR_OK);
	ck_assert_uint_eq(m.allowed, 1u << HTTP_GET | 1u << HTTP_POST);
}
END_TEST

START_TEST(no_methods_make_an_empty_allow)
{
	ck_assert_str_eq(router_allow(&arena, 0), "");
}
END_TEST

START_TEST(a_method_and_pattern_conflict_whatever_the_parameter_is_called)
{
	ck_assert_int_eq(router_add(router, HTTP_GET, "/api/tasks", 99), ERR_CONFLICT);
	ck_assert_int_eq(router_add(router, HTTP_GET, "/api/tasks/{other}", 99),
			 ERR_CONFLICT);
	ck_assert_int_eq(router_add(router, HTTP_PUT, "/api/tasks/{other}", 99), ERR_OK);
}
END_TEST

START_TEST(a_bad_pattern_is_refused)
{
	static const char *const bad[] = {
		"",
		"api",
		"/api/",
		"//",
		"/api//x",
		"/{}",
		"/{a",
		"/a}",
		"/a{b}",
		"/{a}{b}",
		"/{a}/{b}/{c}/{d}/{e}",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13",
	};

	for (int i = 0; i < COUNT(bad); i++)
		ck_assert_msg(router_add(router, HTTP_GET, bad[i], 99) == ERR_INVALID,
			      "taken: %s", bad[i]);
	ck_assert_int_eq(router_add(router, HTTP_OTHER, "/x", 99), ERR_INVALID);
}
END_TEST

START_TEST(a_very_long_path_is_only_not_found)
{
	static char path[60000];
	struct router_match m;

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	ck_assert_int_eq(router_find(router, &arena, HTTP_GET,
				     (struct str){ path, sizeof(path) }, &m),
			 ERR_NOT_FOUND);
	memset(path, '/', sizeof(path));
	ck_assert_int_eq(router_find(router, &arena, HTTP_GET,
				     (struct str){ path, sizeof(path) }, &m),
			 ERR_NOT_FOUND);
}
END_TEST

Suite *
router_suite(void)
{
	Suite *s = suite_create("router");
	TCase *t = tcase_create("router");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, a_path_meets_its_route_or_is_told_why_not, 0,
			    COUNT(find_cases));
	tcase_add_test(t, a_wrong_method_is_told_what_the_path_has);
	tcase_add_test(t, a_found_route_also_says_what_the_path_has);
	tcase_add_test(t, no_methods_make_an_empty_allow);
	tcase_add_test(t, a_method_and_pattern_conflict_whatever_the_parameter_is_called);
	tcase_add_test(t, a_bad_pattern_is_refused);
	tcase_add_test(t, a_very_long_path_is_only_not_found);
	suite_add_tcase(s, t);
	return s;
}
