/*
 * bind_test.c: a route table with a mistake does not build or start. Each case is the
 * real table with one faulty row, and the words that the refusal must have.
 */
#include "api/things.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "serve/request.h"
#include "serve/surface.h"
#include "statements.h"

Suite *bind_suite(void);

static const struct field unread_query[] = {
	{ "color", FIELD_TEXT, 0, 1, 10, NULL, NULL, 0 },
	{ NULL, FIELD_TEXT, 0, 0, 0, NULL, NULL, 0 },
};

/* clang-format off */
static const struct fault_case {
	struct route wrong;		/* replaces the row of the same method and path */
	const char *named;
} cases[] = {
	{ { HTTP_POST, "/api/tasks", SCOPE(THING(RESIDENCE), ROLE_EDIT), NULL, NULL, Q_TASK_CREATE, CREATED,
	    .shows = THING(TASK) }, "parameter :residence_id" },
	{ { HTTP_POST, "/api/tasks", SCOPE(THING(RESIDENCE), ROLE_EDIT), NULL, NULL, Q_TASK_CREATE, CREATED },
	  "does not say what a retry is shown" },
	{ { HTTP_GET, "/api/auth/me", SIGNED, NULL, unread_query, Q_ME, ONE },
	  "field \"color\" is read by no statement" },
	{ { HTTP_GET, "/api/auth/me", SIGNED, NULL, NULL, Q_TASK_BOARD, ONE },
	  "parameter :residence_id" },
	{ { HTTP_GET, "/api/auth/sessions", SIGNED, NULL, NULL, Q_READY_CHECK, ONE },
	  "\"session_list#-last_seen_at\" is used by no route" },
	{ { HTTP_DELETE, "/api/tasks/{task_id}", SCOPE(THING(TASK), ROLE_EDIT), NULL, NULL, Q_TASK_DELETE, NO_CONTENT },
	  "what shows the thing" },
	{ { HTTP_POST, "/api/tasks", SCOPE(THING(RESIDENCE), ROLE_EDIT), NULL, NULL, Q_TASK_CREATE, CREATED,
	    .location = "/api/tasks/", .shows = THING(SHARE_CODE) }, "what shows the thing" },
	{ { HTTP_GET, "/api/auth/me", { WHO_UNDECLARED, NULL, ROLE_NONE }, NULL, NULL, Q_ME, ONE },
	  "declares no access" },
	{ { HTTP_GET, "/api/auth/me", { WHO_SCOPED, NULL, ROLE_VIEW }, NULL, NULL, Q_ME, ONE },
	  "declares no access" },
	{ { HTTP_GET, "/api/tasks/{task_id}", { WHO_SCOPED, THING(TASK), ROLE_NONE }, NULL, NULL, Q_TASK_GET, ONE },
	  "GET /api/tasks/{task_id} declares no access" },
	{ { HTTP_GET, "/api/tasks/{task_id}", { WHO_UNDECLARED, THING(TASK), ROLE_VIEW }, NULL, NULL, Q_TASK_GET, ONE },
	  "declares no access" },
	{ { HTTP_GET, "/api/auth/me", { WHO_SIGNED, NULL, ROLE_VIEW }, NULL, NULL, Q_ME, ONE },
	  "declares no access" },
	{ { HTTP_GET, "/api/auth/me", { 0 }, NULL, NULL, Q_ME, ONE }, "declares no access" },
};
/* clang-format on */

static enum err
check_with(const struct route *wrong, struct arena *a, const char **why)
{
	const struct route *const *real = surface_routes(a);
	int count = surface_route_count();
	const struct route **table = arena_zalloc(a, (size_t)count, sizeof(*table));
	struct binding *b;

	for (int i = 0; i < count; i++)
		table[i] = wrong != NULL && real[i]->method == wrong->method &&
					   strcmp(real[i]->path, wrong->path) == 0
				   ? wrong
				   : real[i];
	return binding_check(a, table, count, &b, why);
}

START_TEST(a_wrong_row_stops_the_start_and_is_named)
{
	struct arena a;
	const char *why = "";

	arena_init(&a, 65536);
	ck_assert_int_eq(check_with(&cases[_i].wrong, &a, &why), ERR_INTERNAL);
	ck_assert_msg(strstr(why, cases[_i].named) != NULL, "\"%s\" does not name %s",
		      why, cases[_i].named);
	arena_release(&a);
}
END_TEST

START_TEST(the_real_table_is_sound)
{
	struct arena a;
	const char *why = "";

	arena_init(&a, 65536);
	ck_assert_msg(check_with(NULL, &a, &why) == ERR_OK, "%s", why);
	arena_release(&a);
}
END_TEST

Suite *
bind_suite(void)
{
	Suite *s = suite_create("bind");
	TCase *t = tcase_create("bind");

	tcase_add_loop_test(t, a_wrong_row_stops_the_start_and_is_named, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, the_real_table_is_sound);
	suite_add_tcase(s, t);
	return s;
}
