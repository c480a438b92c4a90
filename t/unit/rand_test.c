/*
 * rand_test.c: lib/core/rand fills the buffer and nothing else. The quality of the bytes
 * is the kernel's business.
 */
#include <check.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/rand.h"

Suite *rand_suite(void);

START_TEST(exactly_the_bytes_asked_for_are_written)
{
	unsigned char b[34] = { 0 };
	unsigned char seen[32] = { 0 };

	b[0] = b[33] = 0xa5;
	/* A byte that stays 0 in 64 rounds was not written: chance 2^-512. */
	for (int round = 0; round < 64; round++) {
		rand_bytes(b + 1, 32);
		for (int i = 0; i < 32; i++)
			seen[i] |= b[i + 1];
	}
	for (int i = 0; i < 32; i++)
		ck_assert_uint_ne(seen[i], 0);
	ck_assert_uint_eq(b[0], 0xa5);
	ck_assert_uint_eq(b[33], 0xa5);
}
END_TEST

START_TEST(no_bytes_at_all_may_be_asked_for)
{
	unsigned char b = 7;

	rand_bytes(&b, 0);
	ck_assert_uint_eq(b, 7);
}
END_TEST

START_TEST(parent_and_child_draw_different_bytes)
{
	unsigned char ours[16], theirs[16];
	int ends[2];
	pid_t pid;

	rand_bytes(ours, sizeof(ours));
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		rand_bytes(theirs, sizeof(theirs));
		_exit(write(ends[1], theirs, sizeof(theirs)) == sizeof(theirs) ? 0 : 1);
	}
	rand_bytes(ours, sizeof(ours));
	ck_assert_int_eq(read(ends[0], theirs, sizeof(theirs)), sizeof(theirs));
	ck_assert_mem_ne(ours, theirs, sizeof(ours));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

Suite *
rand_suite(void)
{
	Suite *s = suite_create("rand");
	TCase *t = tcase_create("rand");

	tcase_add_test(t, exactly_the_bytes_asked_for_are_written);
	tcase_add_test(t, no_bytes_at_all_may_be_asked_for);
	tcase_add_test(t, parent_and_child_draw_different_bytes);
	suite_add_tcase(s, t);
	return s;
}
