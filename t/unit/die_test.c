/*
 * die_test.c: how lib/core/die ends a process. Each case dies in a child whose
 * stderr is a pipe.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/die.h"

Suite *die_suite(void);

/* The output of a child that dies with `text`; *out_status is how it ended. */
static void
last_words(const char *text, char *out, size_t size, int *out_status)
{
	int ends[2];
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		die("%s", text);
	}
	close(ends[1]);
	while (n < size - 1 && (got = read(ends[0], out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, out_status, 0), pid);
}

START_TEST(the_last_words_are_one_line_on_stderr_and_the_exit_code_is_70)
{
	char words[256];
	int status;

	last_words("out of memory", words, sizeof(words), &status);
	ck_assert_str_eq(words, "out of memory\n");
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 70);
}
END_TEST

START_TEST(last_words_that_are_too_long_are_cut_and_still_end_the_line)
{
	char text[4096], words[8192];
	int status;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	last_words(text, words, sizeof(words), &status);
	ck_assert_uint_gt(strlen(words), 256);
	ck_assert_uint_lt(strlen(words), sizeof(text));
	ck_assert_ptr_eq(strchr(words, '\n'), words + strlen(words) - 1);
	ck_assert_int_eq(WEXITSTATUS(status), 70);
}
END_TEST

Suite *
die_suite(void)
{
	Suite *s = suite_create("die");
	TCase *t = tcase_create("die");

	tcase_add_test(t, the_last_words_are_one_line_on_stderr_and_the_exit_code_is_70);
	tcase_add_test(t, last_words_that_are_too_long_are_cut_and_still_end_the_line);
	suite_add_tcase(s, t);
	return s;
}
