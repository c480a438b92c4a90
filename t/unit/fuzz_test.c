/*
 * fuzz_test.c: the fuzzer's corpus, its seeds and every input that once failed, by the
 * plain build. Runs from the project's root.
 */
#include "../fuzz/fuzz.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *fuzz_suite(void);

/* As long as it is and no longer. */
static void
replay(const struct fuzz_target *t, const char *path)
{
	FILE *f = fopen(path, "r");
	char *bytes;
	long size;

	ck_assert_msg(f != NULL && fseek(f, 0, SEEK_END) == 0, "cannot read %s", path);
	size = ftell(f);
	rewind(f);
	bytes = malloc(size > 0 ? (size_t)size : 1);
	ck_assert_uint_eq(fread(bytes, 1, (size_t)size, f), (size_t)size);
	fclose(f);
	fuzz_run(t, (struct str){ bytes, (size_t)size });
	free(bytes);
}

START_TEST(corpus_breaks_nothing)
{
	const struct fuzz_target *t = &fuzz_targets[_i];
	char pattern[128];
	glob_t files;

	snprintf(pattern, sizeof(pattern), "t/fuzz/corpus/%s/*", t->name);
	ck_assert_msg(glob(pattern, 0, NULL, &files) == 0, "%s has no corpus", t->name);
	for (size_t i = 0; i < files.gl_pathc; i++)
		replay(t, files.gl_pathv[i]);
	globfree(&files);
}
END_TEST

Suite *
fuzz_suite(void)
{
	Suite *s = suite_create("fuzz");
	TCase *t = tcase_create("fuzz");
	int count = 0;

	while (fuzz_targets[count].name != NULL)
		count++;
	tcase_add_loop_test(t, corpus_breaks_nothing, 0, count);
	suite_add_tcase(s, t);
	return s;
}
