/*
 * conf_test.c: lib/conf with a table of its own; the table of the programs is
 * tested in config_test.c.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/value.h"

Suite *conf_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

struct settings {
	const char *name, *url;
	int64_t workers, size_bytes, wait_ms, free;
	int on, level;
};

#define AT(member) offsetof(struct settings, member)

static const char *const levels[] = { "low", "middle", "high", NULL };

/* clang-format off */
static const struct conf_key keys[] = {
	{ "a.name", CONF_TEXT, AT(name), "hob", 0, 0, NULL, CONF_RESTART, "A name." },
	{ "db.url", CONF_TEXT, AT(url), "", 0, 0, NULL, CONF_SECRET, "A secret." },
	{ "a.workers", CONF_INT, AT(workers), "4", 1, 64, NULL, CONF_RESTART,
	  "A count." },
	{ "a.size", CONF_SIZE, AT(size_bytes), "16k", 4096, 0, NULL, 0, "A size." },
	{ "a.wait", CONF_SECONDS, AT(wait_ms), "500ms", 0, 60000, NULL, 0, "A time." },
	{ "a.free", CONF_INT, AT(free), "-1", 0, 0, NULL, 0, "Any number." },
	{ "a.on", CONF_SWITCH, AT(on), "on", 0, 0, NULL, 0, "A switch." },
	{ "a.level", CONF_CHOICE, AT(level), "middle", 0, 0, levels, CONF_RESTART,
	  "A choice." },
};
/* clang-format on */

static struct arena a;
static struct strbuf why;
static struct settings got;
static char path[64], secret_path[64];

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void
set_up(void)
{
	int fd;

	arena_init(&a, 4096);
	strbuf_init(&why);
	snprintf(path, sizeof(path), "/tmp/hob-conf-XXXXXX");
	snprintf(secret_path, sizeof(secret_path), "/tmp/hob-secret-XXXXXX");
	ck_assert_int_ge(fd = mkstemp(path), 0);
	close(fd);
	ck_assert_int_ge(fd = mkstemp(secret_path), 0);
	close(fd);
}

static void
tear_down(void)
{
	unlink(path);
	unlink(secret_path);
	strbuf_release(&why);
	arena_release(&a);
}

static enum err
load(const char *file_text, char *const *env)
{
	strbuf_clear(&why, 0);
	if (file_text != NULL)
		write_file(path, file_text);
	return conf_load(&a, keys, COUNT(keys), file_text != NULL ? path : NULL, env,
			 &got, &why);
}

START_TEST(without_file_and_environment_the_defaults_stand)
{
	ck_assert_int_eq(load(NULL, NULL), ERR_OK);
	ck_assert_str_eq(got.name, "hob");
	ck_assert_str_eq(got.url, "");
	ck_assert_int_eq(got.workers, 4);
	ck_assert_int_eq(got.size_bytes, 16384);
	ck_assert_int_eq(got.wait_ms, 500);
	ck_assert_int_eq(got.free, -1);
	ck_assert_int_eq(got.on, 1);
	ck_assert_int_eq(got.level, 1);
	ck_assert_str_eq(why.ptr, "");
}
END_TEST

START_TEST(the_file_wins_over_defaults_and_the_environment_over_the_file)
{
	char workers[] = "HOB_A_WORKERS=8", other[] = "HOB_PORT=8443",
	     path_like[] = "PATH=/bin";
	char *env[] = { path_like, other, workers, NULL };

	ck_assert_int_eq(load("a.workers = 6\na.name = file\n", env), ERR_OK);
	ck_assert_int_eq(got.workers, 8);
	ck_assert_str_eq(got.name, "file");
	ck_assert_int_eq(got.wait_ms, 500);
}
END_TEST

START_TEST(comments_blanks_and_line_ends_are_forgiven)
{
	ck_assert_int_eq(load("# a comment\n\n  \t\n  a.name=  two words  # and this\r\n"
			      "db.url = postgres://u:p#w@h/d\n#a.workers = 0\na.on=off",
			      NULL),
			 ERR_OK);
	ck_assert_str_eq(got.name, "two words");
	ck_assert_str_eq(got.url, "postgres://u:p#w@h/d");
	ck_assert_int_eq(got.workers, 4);
	ck_assert_int_eq(got.on, 0);
}
END_TEST

START_TEST(only_the_first_equals_sign_divides)
{
	ck_assert_int_eq(load("db.url = dbname=hob user=hob_api\na.name =\n", NULL),
			 ERR_OK);
	ck_assert_str_eq(got.url, "dbname=hob user=hob_api");
	ck_assert_str_eq(got.name, "");
}
END_TEST

/* What it is printed as, with a space, reads back the same. */
START_TEST(a_comment_may_begin_at_the_equals_sign)
{
	ck_assert_int_eq(load("a.name =# none\na.name=\t#none\n", NULL), ERR_OK);
	ck_assert_str_eq(got.name, "");
	ck_assert_int_eq(load("a.name = a#b\n", NULL), ERR_OK);
	ck_assert_str_eq(got.name, "a#b");
}
END_TEST

/* clang-format off */
static const struct {
	const char *line;
	int64_t value;
} number_cases[] = {
	{ "a.free = 0", 0 }, { "a.free = -17", -17 },
	{ "a.free = 9223372036854775807", INT64_MAX },
	{ "a.size = 4096", 4096 }, { "a.size = 5k", 5120 }, { "a.size = 3m", 3145728 },
	{ "a.size = 2g", INT64_C(2147483648) }, { "a.size = 8388607t", -1 },
	{ "a.size = 1.5m", -1 }, { "a.size = m", -1 }, { "a.size = 5 k", -1 },
	{ "a.size = 5K", -1 }, { "a.size = -1", -1 }, { "a.size = 8589934592g", -1 },
	{ "a.size = 4095", -1 }, { "a.size = 1000000g", INT64_C(1073741824000000) },
	{ "a.wait = 30", 30000 }, { "a.wait = 30s", 30000 }, { "a.wait = 250ms", 250 },
	{ "a.wait = 1m", 60000 }, { "a.wait = 0", 0 }, { "a.wait = 61", -1 },
	{ "a.wait = 1h", -1 }, { "a.wait = 1d", -1 }, { "a.wait = -1s", -1 },
	{ "a.wait = 1w", -1 }, { "a.wait =", -1 },
	{ "a.workers = 1", 1 }, { "a.workers = 64", 64 }, { "a.workers = 0", -1 },
	{ "a.workers = 65", -1 }, { "a.workers = four", -1 }, { "a.workers = 4k", -1 },
	{ "a.workers = 0x4", -1 }, { "a.workers = 9223372036854775808", -1 },
};
/* clang-format on */

START_TEST(numbers_have_their_units_and_bounds)
{
	const char *line = number_cases[_i].line;
	bool good = number_cases[_i].value != -1;
	int64_t value;

	ck_assert_int_eq(load(line, NULL), good ? ERR_OK : ERR_INVALID);
	value = line[2] == 'f'	 ? got.free
		: line[2] == 's' ? got.size_bytes
		: line[3] == 'a' ? got.wait_ms
				 : got.workers;
	if (good)
		ck_assert_int_eq(value, number_cases[_i].value);
	else
		ck_assert_ptr_eq(strstr(why.ptr, path), why.ptr);
}
END_TEST

/* clang-format off */
static const struct {
	const char *line;
	int good, on, level;
} word_cases[] = {
	{ "a.on = on", 1, 1, 1 }, { "a.on = off", 1, 0, 1 }, { "a.on = yes", 0, 0, 0 },
	{ "a.on = ON", 0, 0, 0 }, { "a.on = 1", 0, 0, 0 }, { "a.on =", 0, 0, 0 },
	{ "a.level = low", 1, 1, 0 }, { "a.level = high", 1, 1, 2 },
	{ "a.level = 1", 0, 0, 0 }, { "a.level = lo", 0, 0, 0 },
};
/* clang-format on */

START_TEST(switches_and_choices_take_their_words_only)
{
	ck_assert_int_eq(load(word_cases[_i].line, NULL) == ERR_OK, word_cases[_i].good);
	if (word_cases[_i].good) {
		ck_assert_int_eq(got.on, word_cases[_i].on);
		ck_assert_int_eq(got.level, word_cases[_i].level);
	}
}
END_TEST

START_TEST(every_fault_is_told_with_file_and_line)
{
	char level[] = "HOB_A_LEVEL=top";
	char *env[] = { level, NULL };
	const char *wanted;

	ck_assert_int_eq(
		load("a.workers = 99\na.wrokers = 4\n\nno sense\na.wait = long\n", env),
		ERR_INVALID);
	wanted = arena_printf(&a,
			      "%s:1: a.workers must be at least 1 and at most 64\n"
			      "%s:2: unknown key \"a.wrokers\"\n"
			      "%s:4: not of the form key = value\n"
			      "%s:5: a.wait must be a time such as 500ms, 30, 30s, 5m, "
			      "2h or 7d\n"
			      "HOB_A_LEVEL: a.level must be one of: low middle high\n",
			      path, path, path, path);
	ck_assert_str_eq(why.ptr, wanted);
}
END_TEST

START_TEST(a_bad_value_in_the_file_is_a_fault_even_when_it_is_overridden)
{
	char workers[] = "HOB_A_WORKERS=8";
	char *env[] = { workers, NULL };

	ck_assert_int_eq(load("a.workers = many\n", env), ERR_INVALID);
}
END_TEST

START_TEST(a_bound_below_is_told_without_one_above)
{
	ck_assert_int_eq(load("a.size = 1k\n", NULL), ERR_INVALID);
	ck_assert_str_eq(why.ptr,
			 arena_printf(&a, "%s:1: a.size must be at least 4k\n", path));
}
END_TEST

START_TEST(a_missing_file_is_an_io_error_that_names_it)
{
	strbuf_clear(&why, 0);
	ck_assert_int_eq(conf_load(&a, keys, COUNT(keys), "/nowhere/hob.conf", NULL, &got,
				   &why),
			 ERR_IO);
	ck_assert_str_eq(why.ptr, "/nowhere/hob.conf: No such file or directory\n");
	strbuf_clear(&why, 0);
	ck_assert_int_eq(conf_load(&a, keys, COUNT(keys), "/tmp", NULL, &got, &why),
			 ERR_IO);
	ck_assert_str_eq(why.ptr, "/tmp: Is a directory\n");
}
END_TEST

START_TEST(a_secret_may_be_read_from_a_file)
{
	write_file(secret_path, "dbname=hob password=x y\n");
	ck_assert_int_eq(load(arena_printf(&a, "db.url = @%s\n", secret_path), NULL),
			 ERR_OK);
	ck_assert_str_eq(got.url, "dbname=hob password=x y");
}
END_TEST

START_TEST(a_secret_that_cannot_be_read_is_an_io_error)
{
	char url[] = "HOB_DB_URL=@/nowhere/secret";
	char *env[] = { url, NULL };

	ck_assert_int_eq(load(NULL, env), ERR_IO);
	ck_assert_str_eq(why.ptr, "HOB_DB_URL: db.url: /nowhere/secret: No such file or "
				  "directory\n");
}
END_TEST

/* Else a secret whose making failed would be none, in silence. */
START_TEST(a_secret_file_that_is_empty_is_refused)
{
	static const char *const contents[] = { "", "\n", " \t\r\n\n" };

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		strbuf_clear(&why, 0);
		write_file(secret_path, contents[i]);
		ck_assert_int_eq(load(arena_printf(&a, "db.url = @%s\n", secret_path),
				      NULL),
				 ERR_INVALID);
		ck_assert(strstr(why.ptr, "is empty: write the secret into it") != NULL);
	}
}
END_TEST

START_TEST(what_is_no_secret_keeps_its_at_sign)
{
	ck_assert_int_eq(load("a.name = @/etc/hostname\n", NULL), ERR_OK);
	ck_assert_str_eq(got.name, "@/etc/hostname");
	ck_assert_int_eq(load("db.url = @home\n", NULL), ERR_OK);
	ck_assert_str_eq(got.url, "@home");
}
END_TEST

START_TEST(a_text_with_nul_is_refused)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite("a.name = x\0y\n", 1, 13, f), 13);
	fclose(f);
	ck_assert_int_eq(conf_load(&a, keys, COUNT(keys), path, NULL, &got, &why),
			 ERR_INVALID);
	ck_assert_str_eq(why.ptr,
			 arena_printf(&a, "%s:1: a.name must not hold a NUL\n", path));
}
END_TEST

/* The output of conf_print, in the arena. */
static const char *
printed(void)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&bytes, &len);
	const char *copy;

	ck_assert_ptr_nonnull(f);
	conf_print(keys, COUNT(keys), &got, f);
	fclose(f);
	copy = arena_cstr(&a, (struct str){ bytes, len });
	free(bytes);
	return copy;
}

START_TEST(the_print_shows_values_with_their_help_and_hides_secrets)
{
	ck_assert_int_eq(load("db.url = password=hush\na.wait = 60\na.size = 5000\n",
			      NULL),
			 ERR_OK);
	ck_assert_str_eq(printed(), "# A name.\na.name = hob\n\n"
				    "# A secret.\ndb.url = ***\n\n"
				    "# A count.\na.workers = 4\n\n"
				    "# A size.\na.size = 5000\n\n"
				    "# A time.\na.wait = 1m\n\n"
				    "# Any number.\na.free = -1\n\n"
				    "# A switch.\na.on = on\n\n"
				    "# A choice.\na.level = middle\n");
}
END_TEST

START_TEST(the_print_reads_back_to_the_same)
{
	struct settings before;

	ck_assert_int_eq(load("a.name =\na.wait = 1500ms\na.size = 3m\na.free = 0\na.on "
			      "= off\n",
			      NULL),
			 ERR_OK);
	before = got;
	ck_assert_int_eq(load(printed(), NULL), ERR_OK);
	ck_assert_str_eq(got.name, "");
	ck_assert_int_eq(got.wait_ms, before.wait_ms);
	ck_assert_int_eq(got.size_bytes, before.size_bytes);
	ck_assert_int_eq(got.free, 0);
	ck_assert_int_eq(got.on, 0);
}
END_TEST

/* clang-format off */
static const struct {
	const char *text;
	const char *key;	/* NULL: a reload can do it */
} change_cases[] = {
	{ "", NULL },
	{ "a.wait = 2s\na.on = off\ndb.url = other\n", NULL },
	{ "a.name = hob\na.workers = 4\n", NULL },
	{ "a.name = other\n", "a.name" },
	{ "a.workers = 5\n", "a.workers" },
	{ "a.level = high\n", "a.level" },
	{ "a.level = high\na.workers = 5\n", "a.workers" },
};
/* clang-format on */

START_TEST(the_first_change_that_needs_a_restart_is_found)
{
	const struct conf_key *found;
	struct settings before;

	ck_assert_int_eq(load(NULL, NULL), ERR_OK);
	before = got;
	ck_assert_int_eq(load(change_cases[_i].text, NULL), ERR_OK);
	found = conf_frozen_change(keys, COUNT(keys), &before, &got);
	if (change_cases[_i].key == NULL)
		ck_assert_ptr_null(found);
	else
		ck_assert_str_eq(found->name, change_cases[_i].key);
}
END_TEST

/* clang-format off */
static const struct {
	const char *key, *said;
} described[] = {
	{ "a.name", "A text. Default: `hob`." },
	{ "db.url", "A text. Empty by default." },
	{ "a.workers", "A whole number, at least 1 and at most 64. Default: `4`." },
	{ "a.size", "A size such as 512, 64k, 16m or 1g, at least 4k. Default: `16k`." },
	{ "a.free", "A whole number. Default: `-1`." },
	{ "a.on", "One of: off on. Default: `on`." },
	{ "a.level", "One of: low middle high. Default: `middle`." },
};
/* clang-format on */

START_TEST(a_setting_says_what_it_takes)
{
	for (int i = 0; i < COUNT(keys); i++) {
		if (strcmp(keys[i].name, described[_i].key) != 0)
			continue;
		conf_value_describe(&keys[i], &why);
		ck_assert_str_eq(why.ptr, described[_i].said);
		return;
	}
	ck_abort_msg("there is no %s", described[_i].key);
}
END_TEST

Suite *
conf_suite(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("conf");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, without_file_and_environment_the_defaults_stand);
	tcase_add_test(t, the_file_wins_over_defaults_and_the_environment_over_the_file);
	tcase_add_test(t, comments_blanks_and_line_ends_are_forgiven);
	tcase_add_test(t, only_the_first_equals_sign_divides);
	tcase_add_test(t, a_comment_may_begin_at_the_equals_sign);
	tcase_add_loop_test(t, numbers_have_their_units_and_bounds, 0,
			    COUNT(number_cases));
	tcase_add_loop_test(t, switches_and_choices_take_their_words_only, 0,
			    COUNT(word_cases));
	tcase_add_test(t, every_fault_is_told_with_file_and_line);
	tcase_add_test(t, a_bad_value_in_the_file_is_a_fault_even_when_it_is_overridden);
	tcase_add_test(t, a_bound_below_is_told_without_one_above);
	tcase_add_test(t, a_missing_file_is_an_io_error_that_names_it);
	tcase_add_test(t, a_secret_may_be_read_from_a_file);
	tcase_add_test(t, a_secret_that_cannot_be_read_is_an_io_error);
	tcase_add_test(t, a_secret_file_that_is_empty_is_refused);
	tcase_add_test(t, what_is_no_secret_keeps_its_at_sign);
	tcase_add_test(t, a_text_with_nul_is_refused);
	tcase_add_test(t, the_print_shows_values_with_their_help_and_hides_secrets);
	tcase_add_test(t, the_print_reads_back_to_the_same);
	tcase_add_loop_test(t, the_first_change_that_needs_a_restart_is_found, 0,
			    COUNT(change_cases));
	tcase_add_loop_test(t, a_setting_says_what_it_takes, 0, COUNT(described));
	suite_add_tcase(s, t);
	return s;
}
