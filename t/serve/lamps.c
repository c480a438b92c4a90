/*
 * lamps.c: the machinery with a table of two rows that has nothing to do with a
 * household: it links, and refuses the same faults in this table. It knows no household.
 * Authentication: callers.c.
 */
#include "lamps.h"

#include <check.h>
#include <glob.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/strbuf.h"
#include "http/router.h"
#include "serve/surface.h"
#include "serve/words.h"
#include "serve/worker.h"

enum {
	Q_ENTER = 1,
	Q_ENTER_STAFF,
	Q_ENTER_KNOWN,
	Q_ME,
	Q_ONCE,
	Q_ONCE_WHOLE,
	Q_KEEP_KEY,
	Q_REHEARSED,
	Q_STARTUP,
	Q_READY,
	Q_SCOPE,
	Q_GET,
	Q_MAKE,
	Q_SWEEP,
	Q_COUNT
};

/* clang-format off */
static const char *const enter_params[] = { "token_hash", "request_id" };
static const char *const scope_params[] = { "lamp_id", "scope_role" };
static const char *const get_params[] = { "lamp_id" };
static const char *const make_params[] = { "new_id", "watts" };
static const char *const once_params[] = { "once_key", "once_request" };
static const char *const keep_params[] = { "once_key", "once_request", "new_id", "once_always" };

static const struct db_statement statements[Q_COUNT] = {
	[Q_ENTER] = { "enter", "", enter_params, 2 },
	[Q_ENTER_STAFF] = { "enter_staff", "", enter_params, 2 },
	[Q_ENTER_KNOWN] = { "enter_known", "", enter_params, 2 },
	[Q_ME] = { "me", "", NULL, 0 },
	[Q_ONCE] = { "once", "", once_params, 2 },
	[Q_ONCE_WHOLE] = { "once_whole", "", once_params, 2 },
	[Q_KEEP_KEY] = { "keep_key", "", keep_params, 4 },
	[Q_REHEARSED] = { "rehearsed", "", NULL, 0 },
	[Q_STARTUP] = { "startup_check", "", NULL, 0 },
	[Q_READY] = { "ready_check", "", NULL, 0 },
	[Q_SCOPE] = { "scope_lamp", "", scope_params, 2 },
	[Q_GET] = { "lamp_get", "", get_params, 1 },
	[Q_MAKE] = { "lamp_make", "", make_params, 2 },
	[Q_SWEEP] = { "lamps_sweep", "", NULL, 0 },
};

static const struct thing lamp = { "lamp", "lamp_id", Q_SCOPE, Q_GET };
static const struct field lamp_fields[] = {
	{ "watts", FIELD_INT, REQUIRED, 1, 1000, NULL, NULL, 0 },
	{ .name = NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/lamps/{lamp_id}", SCOPE(&lamp, 1), NULL, NULL, Q_GET, ONE,
	  .takes = TAKES(KEY) | TAKES(STAFF),
	  .doc = { "getLamp", "Lamps", "Lamp", "Show a lamp" } },
	{ HTTP_POST, "/lamps", SIGNED, lamp_fields, NULL, Q_MAKE, CREATED,
	  .takes = TAKES(STAFF), .shows = &lamp,
	  .doc = { "createLamp", "Lamps", "Lamp", "Make a lamp" } },
};
/* clang-format on */

static const struct resource lamps = { "lamps", routes, 2 };
static const struct resource *const resources[] = { &lamps, NULL };
static const struct role roles[] = { { "", NULL }, { "look", "guest" } };
static const struct refusal refusals[] = { { NULL, NULL, ERR_OK, NULL, NULL } };
static const struct rate_limit rates[] = { { NULL, 0, 0 } };
static const char *const values[] = { "spark_hash", NULL };
static const int by_code[] = { Q_SWEEP, NO_STATEMENT };

/* clang-format off */
static const struct scheme schemes[] = {
	[KEY] = { "key", CREDENTIAL_HEADER, .form = CREDENTIAL_TOKEN, .value = VALUE_TOKEN_HASH,
		  .enter = Q_ENTER, .rights = RIGHT_READ | RIGHT_WRITE, .says = "A key." },
	[STAFF] = { "staff", CREDENTIAL_COOKIE, .at = "lamps_staff", .proof = "X-Lamps-Staff", .form = CREDENTIAL_TOKEN,
		    .domain = "staff", .value = VALUE_TOKEN_HASH, .enter = Q_ENTER_STAFF, .rights = RIGHT_READ | RIGHT_WRITE, .says = "A cookie." },
	[SPARK] = { "spark", CREDENTIAL_PATH, .at = "spark", .suffix = ".txt", .form = CREDENTIAL_SECRET,
		    .value = VALUE_SPARK_HASH, .rights = RIGHT_READ },
	[ACCESS] = { "access", CREDENTIAL_HEADER, .form = CREDENTIAL_ACCESS, .domain = "access", .value = VALUE_TOKEN_HASH,
		     .enter = Q_ENTER_STAFF, .rights = RIGHT_READ | RIGHT_WRITE, .elsewhere = "Not by this.", .says = "An access token." },
	[SCHEMES] = { .name = NULL }
};
/* clang-format on */

static const struct word word_list[] = { { "watts", "How bright.", "40", false, NULL } };
static const struct word *const of_schemas[] = { NULL };
static const struct words words = {
	.words = word_list,
	.word_count = 1,
	.of_schemas = of_schemas,
	.schemas = "",
	.operations = "",
	.said = refusals,
	.info = "{}",
	.tags = "",
};

static const struct db_order *
orders(int statement, int *count)
{
	(void)statement;
	*count = 0;
	return NULL;
}

const struct surface surface = {
	.program = "lamps",
	.pool = offsetof(struct config, admin),
	.resources = resources,
	.statements = statements,
	.statement_count = Q_COUNT,
	.orders = orders,
	.schemes = schemes,
	.own = { Q_ENTER_KNOWN, Q_ME, Q_ONCE, Q_ONCE_WHOLE, Q_KEEP_KEY, Q_REHEARSED,
		 Q_STARTUP, Q_READY },
	.by_code = by_code,
	.roles = roles,
	.refusals = refusals,
	.rates = rates,
	.values = values,
	.words = &words,
};

static struct arena a;

static void
make(void)
{
	arena_init(&a, 65536);
}

static void
drop(void)
{
	arena_release(&a);
}

START_TEST(table_of_two_rows_is_sound_and_found)
{
	struct binding *b;
	struct router_match match;
	const char *why = "";

	ck_assert_msg(binding_check(&a, surface_routes(&a), surface_route_count(), &b,
				    &why) == ERR_OK,
		      "%s", why);
	ck_assert_int_eq(router_find(worker_router(&a), &a, HTTP_POST, STR("/lamps"),
				     &match),
			 ERR_OK);
	ck_assert_int_eq(match.route, surface_find(HTTP_POST, "/lamps"));
	ck_assert_str_eq(surface_route(match.route)->doc.id, "createLamp");
	ck_assert_str_eq(word_find(NULL, "watts")->says, "How bright.");
}
END_TEST

/* clang-format off */
static const struct {
	struct route wrong;
	const char *named;
} wrongs[] = {
	{ { HTTP_GET, "/lamps", { WHO_UNDECLARED }, NULL, NULL, Q_ME, ONE }, "declares no access" },
	{ { HTTP_GET, "/lamps", ANYONE, NULL, NULL, Q_ME, ONE, .takes = TAKES(KEY) }, "takes schemes that do not go with it" },
	{ { HTTP_GET, "/lamps", HOLDER, NULL, NULL, Q_ME, ONE }, "takes schemes that do not go with it" },
	{ { HTTP_GET, "/lamps", HOLDER, NULL, NULL, Q_ME, ONE, .takes = TAKES(KEY) }, "takes a scheme that yields somebody else" },
	{ { HTTP_GET, "/lamps/{spark}", SIGNED, NULL, NULL, Q_ME, ONE, .takes = TAKES(KEY) | TAKES(SPARK) }, "takes a scheme that yields somebody else" },
	{ { HTTP_GET, "/lamps/{sparks}", HOLDER, NULL, NULL, Q_ME, ONE, .takes = TAKES(SPARK) }, "takes a scheme of which its path has no part" },
	{ { HTTP_GET, "/lamps", SIGNED, NULL, NULL, Q_ME, ONE, .takes = TAKES(SCHEMES) }, "takes a scheme that is none" },
	{ { HTTP_GET, "/lamps", SIGNED, NULL, NULL, Q_ME, ONE, .max_age_s = 60 }, "is public, and takes schemes" },
	{ { HTTP_GET, "/lamps", SIGNED, NULL, NULL, Q_GET, ONE }, ":lamp_id of lamp_get has no source" },
	{ { HTTP_POST, "/lamps", SIGNED, lamp_fields, NULL, Q_ME, ONE, .shows = &lamp }, "\"watts\" is read by no statement" },
};
/* clang-format on */

START_TEST(wrong_row_is_refused_and_named)
{
	const struct route *table[] = { &routes[0], &routes[1], &wrongs[_i].wrong };
	struct binding *b;
	const char *why = "";

	ck_assert_int_eq(binding_check(&a, table, 3, &b, &why), ERR_INTERNAL);
	ck_assert_msg(strstr(why, wrongs[_i].named) != NULL, "%s", why);
}
END_TEST

/* Statements that no route runs are named by the surface, as lamps_sweep is. */
START_TEST(statement_that_nobody_runs_is_refused_and_named)
{
	const struct route *table[] = { &routes[0] };
	struct binding *b;
	const char *why = "";

	ck_assert_int_eq(binding_check(&a, table, 1, &b, &why), ERR_INTERNAL);
	ck_assert_msg(strstr(why, "\"lamp_make\" is used by no route") != NULL, "%s",
		      why);
}
END_TEST

/* --- words ------------------------------------------------------------------ */

static const char *const household[] = { "household",  "residence",  "task",
					 "completion", "contractor", "warranty",
					 "share_code", "share code", "calendar",
					 "kanban",     "a home" };

static void
look_for_words(const char *path)
{
	FILE *f = fopen(path, "r");
	struct strbuf text;
	char buf[4096];
	size_t n;

	ck_assert_ptr_nonnull(f);
	strbuf_init(&text);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		strbuf_add_bytes(&text, buf, n);
	fclose(f);
	for (size_t i = 0; i < sizeof(household) / sizeof(household[0]); i++)
		ck_assert_msg(strcasestr(text.ptr, household[i]) == NULL, "%s has \"%s\"",
			      path, household[i]);
	strbuf_release(&text);
}

START_TEST(machinery_has_no_word_of_a_household)
{
	glob_t files;

	ck_assert_int_eq(glob("app/serve/*.[ch]", 0, NULL, &files), 0);
	ck_assert_uint_gt(files.gl_pathc, 40);
	for (size_t i = 0; i < files.gl_pathc; i++)
		look_for_words(files.gl_pathv[i]);
	globfree(&files);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("serve");
	TCase *t = tcase_create("lamps");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, make, drop);
	tcase_add_test(t, table_of_two_rows_is_sound_and_found);
	tcase_add_loop_test(t, wrong_row_is_refused_and_named, 0,
			    sizeof(wrongs) / sizeof(wrongs[0]));
	tcase_add_test(t, statement_that_nobody_runs_is_refused_and_named);
	tcase_add_test(t, machinery_has_no_word_of_a_household);
	suite_add_tcase(s, t);
	suite_add_tcase(s, callers_case());
	suite_add_tcase(s, lists_case());
	suite_add_tcase(s, neighbour_case());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
