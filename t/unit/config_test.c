/*
 * config_test.c: the table of settings is sorted, has no key twice, its defaults
 * load, and every key is documented where sysadmins look. Runs from the project's root.
 */
#include "model/config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *config_suite(void);

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 256 * 1024);

	ck_assert_msg(f != NULL && text != NULL, "cannot read %s", path);
	ck_assert(fread(text, 1, 256 * 1024 - 1, f) > 0);
	fclose(f);
	return text;
}

START_TEST(every_key_is_documented)
{
	static const char *const files[] = { "conf/hob.conf.example", "doc/tuning.md" };
	char *text = read_file(files[_i]);

	for (size_t i = 0; i < config_key_count; i++)
		ck_assert_msg(strstr(text, config_keys[i].name) != NULL,
			      "%s does not mention %s", files[_i], config_keys[i].name);
	free(text);
}
END_TEST

START_TEST(no_key_stands_twice)
{
	for (size_t i = 0; i < config_key_count; i++) {
		for (size_t j = i + 1; j < config_key_count; j++)
			ck_assert_str_ne(config_keys[i].name, config_keys[j].name);
	}
}
END_TEST

/* hob.conf(5) prints them so. */
START_TEST(each_key_is_in_the_group_it_follows)
{
	const struct config_group *g = config_groups;

	for (size_t i = 0; i < config_key_count; i++) {
		while (g->begins != NULL &&
		       !str_starts(str_of(config_keys[i].name), str_of(g->begins)))
			g++;
		ck_assert_msg(g->begins != NULL, "%s has no group", config_keys[i].name);
	}
}
END_TEST

START_TEST(the_defaults_load)
{
	struct arena a;
	struct config c;
	struct strbuf why;

	arena_init(&a, 4096);
	strbuf_init(&why);
	ck_assert_msg(config_load(&a, NULL, &c, &why) == ERR_OK, "%s", why.ptr);
	ck_assert_int_eq(c.api.workers, 4);
	ck_assert_int_eq(c.auth_argon2_memory_bytes, 19456 * 1024);
	strbuf_release(&why);
	arena_release(&a);
}
END_TEST

START_TEST(the_example_loads)
{
	struct arena a;
	struct config c;
	struct strbuf why;

	arena_init(&a, 4096);
	strbuf_init(&why);
	ck_assert_msg(config_load(&a, "conf/hob.conf.example", &c, &why) == ERR_OK, "%s",
		      why.ptr);
	strbuf_release(&why);
	arena_release(&a);
}
END_TEST

START_TEST(time_limits_must_nest)
{
	struct arena a;
	struct config c;
	struct strbuf why;

	arena_init(&a, 4096);
	strbuf_init(&why);
	setenv("HOB_API_DEADLINE", "20s", 1);
	ck_assert_int_eq(config_load(&a, NULL, &c, &why), ERR_INVALID);
	ck_assert(strstr(why.ptr, "api.kill_after") != NULL);
	unsetenv("HOB_API_DEADLINE");
	strbuf_release(&why);
	arena_release(&a);
}
END_TEST

static const struct {
	const char *env, *value;
	const char *why; /* NULL: good */
} together_cases[] = {
	{ "HOB_API_DEADLINE", "15s", "api.kill_after must be longer than api.deadline" },
	{ "HOB_API_READ_TIMEOUT", "1m",
	  "api.kill_after must be longer than api.read_timeout" },
	{ "HOB_API_KILL_AFTER", "20s",
	  "api.proxy_timeout must be longer than api.kill_after" },
	{ "HOB_API_PROXY_TIMEOUT", "12s",
	  "api.proxy_timeout must be longer than api.kill_after" },
	{ "HOB_API_STALE", "30s", "api.proxy_timeout must be longer than api.stale" },
	{ "HOB_AUTH_HASH_WAIT", "11s", "api.deadline must be at least auth.hash_wait" },
	{ "HOB_AUTH_HASH_SLOTS", "5", "api.workers must be at least auth.hash_slots" },
	{ "HOB_AUTH_HASH_SLOTS", "4", NULL },
	{ "HOB_LIMITS_ACCOUNT", "4", "limits.account must be at least limits.login" },
	{ "HOB_LIMITS_AUTH", "4", "limits.auth must be at least limits.login" },
	{ "HOB_LIMITS_AUTH", "5", NULL },
	{ "HOB_LIMITS_AUTH", "0", NULL },
	{ "HOB_LIMITS_LOGIN", "0", NULL },
	{ "HOB_API_MAX_RSS", "19m", "api.max_rss must be at least 16m more than" },
	{ "HOB_API_MAX_RSS", "0", NULL },
	{ "HOB_AUTH_ARGON2_MEMORY", "8k", NULL },
	{ "HOB_PUSH_GORUSH", "", NULL },
	{ "HOB_PUSH_GORUSH", "http://127.0.0.1:8088/api/push", NULL },
	{ "HOB_PUSH_GORUSH", "127.0.0.1:8088", "push.gorush must be a URL" },
	{ "HOB_PUSH_GORUSH", "http://me@127.0.0.1/", "push.gorush must be a URL" },
	{ "HOB_STORES_APPLE_BUNDLE_ID", "org.example.app", "stores.apple_root must be set" },
	{ "HOB_STORES_GOOGLE_PACKAGE", "org.example.app", "stores.google_account must be set" },
};

START_TEST(settings_that_make_no_sense_together_are_refused_with_what_to_do)
{
	struct arena a;
	struct config c;
	struct strbuf why;
	const char *wanted = together_cases[_i].why;

	arena_init(&a, 4096);
	strbuf_init(&why);
	setenv(together_cases[_i].env, together_cases[_i].value, 1);
	ck_assert_int_eq(config_load(&a, NULL, &c, &why), wanted ? ERR_INVALID : ERR_OK);
	if (wanted != NULL)
		ck_assert_msg(strstr(why.ptr, wanted) != NULL, "%s", why.ptr);
	unsetenv(together_cases[_i].env);
	strbuf_release(&why);
	arena_release(&a);
}
END_TEST

/* Built-in defaults in place of a file that is there would be another service. */
START_TEST(the_usual_file_may_be_missing_but_not_unreadable)
{
	static const char loop[] = "build/config-loop";
	struct arena a;
	struct config c;
	struct strbuf why;

	unsetenv("HOB_CONF");
	ck_assert_ptr_null(config_find(NULL, "/nowhere/hob.conf"));
	unlink(loop);
	/* Root may read everything, but not a link to itself. */
	ck_assert_int_eq(symlink("config-loop", loop), 0);
	ck_assert_str_eq(config_find(NULL, loop), loop);
	arena_init(&a, 4096);
	strbuf_init(&why);
	ck_assert_int_eq(config_load(&a, config_find(NULL, loop), &c, &why), ERR_IO);
	ck_assert(strstr(why.ptr, loop) != NULL);
	strbuf_release(&why);
	arena_release(&a);
	unlink(loop);
}
END_TEST

static const struct {
	const char *origins;
	enum err err;
} origin_cases[] = {
	{ "", ERR_OK },
	{ "*", ERR_OK },
	{ "https://app.example.org", ERR_OK },
	{ "https://app.example.org http://localhost:5173 capacitor://localhost", ERR_OK },
	{ "* https://app.example.org", ERR_INVALID },
	{ "https://app.example.org/", ERR_INVALID },
	{ "https://App.example.org", ERR_INVALID },
	{ "https://a.example.org, https://b.example.org", ERR_INVALID },
	{ "https://a.example.org  https://b.example.org", ERR_INVALID },
	{ "app.example.org", ERR_INVALID },
	{ "://app.example.org", ERR_INVALID },
	{ "https://", ERR_INVALID },
	{ "null", ERR_INVALID },
};

START_TEST(origins_are_as_browsers_write_them)
{
	struct arena a;
	struct config c;
	struct strbuf why;

	arena_init(&a, 4096);
	strbuf_init(&why);
	setenv("HOB_CORS_ORIGINS", origin_cases[_i].origins, 1);
	ck_assert_int_eq(config_load(&a, NULL, &c, &why), origin_cases[_i].err);
	if (origin_cases[_i].err != ERR_OK)
		ck_assert(strstr(why.ptr, "cors.origins") != NULL);
	unsetenv("HOB_CORS_ORIGINS");
	strbuf_release(&why);
	arena_release(&a);
}
END_TEST

Suite *
config_suite(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	tcase_add_loop_test(t, every_key_is_documented, 0, 2);
	tcase_add_test(t, no_key_stands_twice);
	tcase_add_test(t, each_key_is_in_the_group_it_follows);
	tcase_add_test(t, the_defaults_load);
	tcase_add_test(t, the_example_loads);
	tcase_add_test(t, time_limits_must_nest);
	tcase_add_loop_test(
		t, settings_that_make_no_sense_together_are_refused_with_what_to_do, 0,
		sizeof(together_cases) / sizeof(together_cases[0]));
	tcase_add_test(t, the_usual_file_may_be_missing_but_not_unreadable);
	tcase_add_loop_test(t, origins_are_as_browsers_write_them, 0,
			    sizeof(origin_cases) / sizeof(origin_cases[0]));
	suite_add_tcase(s, t);
	return s;
}
