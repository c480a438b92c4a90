/*
 * log_test.c: lines that lib/log writes into a file, read back as JSON.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/strbuf.h"
#include "json/json.h"
#include "log/log.h"

Suite *log_suite(void);

static char dir[64], path[96], moved[96];
static struct strbuf text;
static struct arena a;

static void
set_up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/hob-log-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(moved, sizeof(moved), "%s/log.1", dir);
	strbuf_init(&text);
	arena_init(&a, 4096);
	clock_set_for_test(1795422603000123);
	ck_assert_int_eq(log_open(path, LOG_INFO), ERR_OK);
}

static void
tear_down(void)
{
	log_open(NULL, LOG_INFO);
	clock_set_for_test(0);
	unlink(path);
	unlink(moved);
	rmdir(dir);
	strbuf_release(&text);
	arena_release(&a);
}

/* All that stands in `file`; it stays until the next call. */
static const char *
content_of(const char *file)
{
	FILE *f = fopen(file, "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	strbuf_clear(&text, 0);
	while ((n = fread(strbuf_reserve(&text, 4096), 1, 4096, f)) > 0)
		text.len += n;
	text.ptr[text.len] = '\0';
	fclose(f);
	return text.ptr;
}

START_TEST(a_line_is_one_object_that_starts_with_time_level_and_event)
{
	log_begin(LOG_WARN, "worker_died");
	log_i64("pid", 4711);
	log_cstr("route", "GET /api/tasks");
	log_str("id", STR("abc"));
	log_ms("took_ms", 12345);
	log_end();
	ck_assert_str_eq(content_of(path),
			 "{\"time\":\"2026-11-23T08:30:03.000Z\",\"level\":\"warn\","
			 "\"event\":\"worker_died\",\"pid\":4711,\"route\":\"GET "
			 "/api/tasks\","
			 "\"id\":\"abc\",\"took_ms\":12.345}\n");
}
END_TEST

START_TEST(the_head_of_a_process_follows_the_event)
{
	log_process("hob-api", 3);
	log_begin(LOG_INFO, "ready");
	log_end();
	log_process("hob", -1);
	log_begin(LOG_INFO, "ready");
	log_end();
	ck_assert_str_eq(content_of(path),
			 "{\"time\":\"2026-11-23T08:30:03.000Z\",\"level\":\"info\","
			 "\"event\":\"ready\",\"program\":\"hob-api\",\"worker\":3}\n"
			 "{\"time\":\"2026-11-23T08:30:03.000Z\",\"level\":\"info\","
			 "\"event\":\"ready\",\"program\":\"hob\"}\n");
}
END_TEST

START_TEST(absent_values_write_nothing_and_empty_ones_do)
{
	log_begin(LOG_INFO, "e");
	log_str("none", STR_NONE);
	log_cstr("null", NULL);
	log_cstr("empty", "");
	log_end();
	ck_assert_ptr_nonnull(
		strstr(content_of(path), "\"event\":\"e\",\"empty\":\"\"}\n"));
}
END_TEST

START_TEST(a_line_below_the_level_is_not_written_and_one_at_it_is)
{
	log_begin(LOG_DEBUG, "quiet");
	log_cstr("a", "b");
	log_i64("a", 1);
	log_ms("a", 1);
	log_end();
	log_say(LOG_DEBUG, "quiet", "%d", 1);
	ck_assert_str_eq(content_of(path), "");
	log_begin(LOG_INFO, "loud");
	log_end();
	ck_assert_ptr_nonnull(strstr(content_of(path), "loud"));
}
END_TEST

/* clang-format off */
static const struct {
	int64_t us;
	const char *ms;
} ms_cases[] = {
	{ 0, ":0.000}" }, { 1, ":0.001}" }, { 999, ":0.999}" }, { 1000, ":1.000}" },
	{ 1234567, ":1234.567}" }, { -1, ":-0.001}" }, { -1500, ":-1.500}" },
	{ INT64_MIN, ":-9223372036854775.808}" },
};
/* clang-format on */

START_TEST(microseconds_are_printed_as_milliseconds)
{
	log_begin(LOG_INFO, "e");
	log_ms("ms", ms_cases[_i].us);
	log_end();
	ck_assert_ptr_nonnull(strstr(content_of(path), ms_cases[_i].ms));
}
END_TEST

/* The one line of the log as a document; its member `name`. */
static const char *
member(const char *name)
{
	struct json_doc doc;
	struct json_fault fault;
	cJSON *found;

	content_of(path);
	ck_assert_int_eq(json_read(&a, strbuf_str(&text),
				   (struct json_limits){ 1, SIZE_MAX }, &doc, &fault),
			 ERR_OK);
	found = cJSON_GetObjectItem(doc.root, name);
	ck_assert_ptr_nonnull(found);
	return found->valuestring;
}

START_TEST(any_bytes_give_a_line_that_is_json)
{
	log_begin(LOG_INFO, "e");
	log_str("v", STR("a\"\\\n\xff\xc3\xa4\xe2\x82z"));
	log_end();
	ck_assert_str_eq(member("v"), "a\"\\\n?\xc3\xa4??z");
}
END_TEST

START_TEST(a_long_value_is_cut_at_1024_bytes)
{
	char value[5000];
	const char *written;

	memset(value, 'x', sizeof(value));
	value[1023] = '\xc3'; /* the cut goes between these two */
	value[1024] = '\xa4';
	log_begin(LOG_INFO, "e");
	log_str("v", (struct str){ value, sizeof(value) });
	log_end();
	written = member("v");
	ck_assert_uint_eq(strlen(written), 1024);
	ck_assert_str_eq(written + 1022, "x?");
}
END_TEST

START_TEST(a_value_of_broken_bytes_alone_is_cut_too)
{
	char value[5000];

	memset(value, '\xff', sizeof(value));
	log_begin(LOG_INFO, "e");
	log_str("v", (struct str){ value, sizeof(value) });
	log_end();
	ck_assert_uint_eq(strlen(member("v")), 1024);
}
END_TEST

START_TEST(a_said_line_has_its_words_as_detail)
{
	log_say(LOG_ERROR, "bad", "%s is %d", "six", 6);
	ck_assert_str_eq(member("detail"), "six is 6");
	ck_assert_str_eq(member("level"), "error");
}
END_TEST

START_TEST(opening_again_follows_a_rotation)
{
	log_say(LOG_INFO, "one", "x");
	ck_assert_int_eq(rename(path, moved), 0);
	log_say(LOG_INFO, "two", "x");
	ck_assert_int_eq(log_open(path, LOG_INFO), ERR_OK);
	log_say(LOG_INFO, "three", "x");
	ck_assert_ptr_nonnull(strstr(content_of(moved), "two"));
	ck_assert_ptr_null(strstr(content_of(moved), "three"));
	ck_assert_ptr_nonnull(strstr(content_of(path), "three"));
}
END_TEST

START_TEST(opening_again_appends_and_leaves_no_descriptor_behind)
{
	int before, after;

	log_say(LOG_INFO, "one", "x");
	before = open("/dev/null", O_RDONLY);
	close(before);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(log_open(path, LOG_INFO), ERR_OK);
	after = open("/dev/null", O_RDONLY);
	close(after);
	ck_assert_int_le(after, before + 1);
	ck_assert_ptr_nonnull(strstr(content_of(path), "one"));
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_leaves_the_log_where_it_was)
{
	errno = 0;
	ck_assert_int_eq(log_open("/nowhere/at/all", LOG_ERROR), ERR_IO);
	ck_assert_int_eq(errno, ENOENT);
	log_say(LOG_INFO, "still", "here");
	ck_assert_ptr_nonnull(strstr(content_of(path), "still"));
}
END_TEST

START_TEST(lines_of_several_processes_never_mix)
{
	enum { PROCESSES = 4, LINES = 200 };
	struct str rest;
	int lines = 0;

	for (int p = 0; p < PROCESSES; p++) {
		if (fork() != 0)
			continue;
		for (int i = 0; i < LINES; i++)
			log_say(LOG_INFO, "line", "%0900d", i);
		_exit(0);
	}
	for (int p = 0; p < PROCESSES; p++)
		ck_assert_int_gt(wait(NULL), 0);
	content_of(path);
	rest = str_trim(strbuf_str(&text));
	while (rest.ptr != NULL) {
		struct json_fault fault;

		ck_assert_int_eq(json_check(str_cut(&rest, '\n'), 1, &fault), ERR_OK);
		lines++;
	}
	ck_assert_int_eq(lines, PROCESSES * LINES);
}
END_TEST

/* --- a log that is full ------------------------------------------------------ */

/* From here on the log may have so many bytes: a disk of our own that is full. */
static void
limit_file(rlim_t bytes)
{
	struct rlimit l;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = bytes < l.rlim_max ? bytes : l.rlim_max;
	if (setrlimit(RLIMIT_FSIZE, &l) != 0)
		_exit(1);
}

/* A process that may write `room` more bytes, says `lines` lines, and goes on when there is room. */
static void
lose(rlim_t room, int lines, int lines_after)
{
	struct stat st;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		limit_file(stat(path, &st) == 0 ? (rlim_t)st.st_size + room : 0);
		for (int i = 0; i < lines; i++)
			log_say(LOG_INFO, "missing", "number %d", i);
		limit_file(RLIM_INFINITY);
		for (int i = 0; i < lines_after; i++)
			log_say(LOG_INFO, "after", "whole");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

START_TEST(a_torn_line_ends_before_the_next_and_lost_lines_are_counted)
{
	lose(20, 5, 2);
	ck_assert_str_eq(content_of(path),
			 "{\"time\":\"2026-11-23T\n"
			 "{\"time\":\"2026-11-23T08:30:03.000Z\",\"level\":\"warn\","
			 "\"event\":\"log_lost\",\"lines\":5}\n"
			 "{\"time\":\"2026-11-23T08:30:03.000Z\",\"level\":\"info\","
			 "\"event\":\"after\",\"detail\":\"whole\"}\n"
			 "{\"time\":\"2026-11-23T08:30:03.000Z\",\"level\":\"info\","
			 "\"event\":\"after\",\"detail\":\"whole\"}\n");
}
END_TEST

/* The cut may come anywhere, also where only the line end is missing. */
START_TEST(wherever_the_disk_ends_each_later_line_is_one_of_its_own)
{
	int whole = 0;

	log_say(LOG_INFO, "before", "whole");
	lose((rlim_t)_i, 1, 1);
	content_of(path);
	for (const char *line = text.ptr; *line != '\0'; line = strchr(line, '\n') + 1)
		whole += line[0] == '{' && strchr(line, '\n')[-1] == '}';
	ck_assert_int_ge(whole, 3);
	ck_assert(strstr(text.ptr, "\n{\"time\":\"2026-11-23T08:30:03.000Z\",\"level\":"
				   "\"info\",\"event\":\"after\"") != NULL);
	ck_assert_str_eq(text.ptr + text.len - 2, "}\n");
}
END_TEST

START_TEST(what_one_process_lost_another_tells)
{
	lose(10, 3, 0);
	log_say(LOG_INFO, "after", "whole");
	ck_assert(strstr(content_of(path), "{\"time\":\"2\n{") != NULL);
	ck_assert(strstr(text.ptr, "\"event\":\"log_lost\",\"lines\":3}\n{") != NULL);
}
END_TEST

START_TEST(a_device_that_takes_nothing_loses_lines_and_nothing_else)
{
	ck_assert_int_eq(log_open("/dev/full", LOG_INFO), ERR_OK);
	for (int i = 0; i < 3; i++)
		log_say(LOG_INFO, "missing", "number %d", i);
	ck_assert_int_eq(log_open(path, LOG_INFO), ERR_OK);
	log_say(LOG_INFO, "after", "whole");
	ck_assert(strstr(content_of(path), "\"event\":\"log_lost\",\"lines\":3}\n{") !=
		  NULL);
	ck_assert_int_eq(text.ptr[0], '{');
}
END_TEST

START_TEST(a_log_that_was_torn_before_we_came_is_ended_first)
{
	FILE *f = fopen(path, "w");

	fputs("{\"time\":\"2026", f);
	fclose(f);
	ck_assert_int_eq(log_open(path, LOG_INFO), ERR_OK);
	log_say(LOG_INFO, "after", "whole");
	ck_assert(strncmp(content_of(path), "{\"time\":\"2026\n{", 15) == 0);
}
END_TEST

Suite *
log_suite(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_line_is_one_object_that_starts_with_time_level_and_event);
	tcase_add_test(t, the_head_of_a_process_follows_the_event);
	tcase_add_test(t, absent_values_write_nothing_and_empty_ones_do);
	tcase_add_test(t, a_line_below_the_level_is_not_written_and_one_at_it_is);
	tcase_add_loop_test(t, microseconds_are_printed_as_milliseconds, 0,
			    sizeof(ms_cases) / sizeof(ms_cases[0]));
	tcase_add_test(t, any_bytes_give_a_line_that_is_json);
	tcase_add_test(t, a_long_value_is_cut_at_1024_bytes);
	tcase_add_test(t, a_value_of_broken_bytes_alone_is_cut_too);
	tcase_add_test(t, a_said_line_has_its_words_as_detail);
	tcase_add_test(t, opening_again_follows_a_rotation);
	tcase_add_test(t, opening_again_appends_and_leaves_no_descriptor_behind);
	tcase_add_test(t, a_file_that_cannot_be_opened_leaves_the_log_where_it_was);
	tcase_add_test(t, lines_of_several_processes_never_mix);
	tcase_add_test(t, a_torn_line_ends_before_the_next_and_lost_lines_are_counted);
	tcase_add_loop_test(t, wherever_the_disk_ends_each_later_line_is_one_of_its_own,
			    0, 90);
	tcase_add_test(t, what_one_process_lost_another_tells);
	tcase_add_test(t, a_device_that_takes_nothing_loses_lines_and_nothing_else);
	tcase_add_test(t, a_log_that_was_torn_before_we_came_is_ended_first);
	suite_add_tcase(s, t);
	return s;
}
