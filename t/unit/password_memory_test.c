/* password_memory_test.c: what a hash leaves in memory, and what it finds there. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "crypto/password.h"

Suite *password_memory_suite(void);

/* A sanitizer keeps freed memory on purpose. */
#ifndef __SANITIZE_ADDRESS__

static const struct password_cost usual = { .memory_kib = 19456,
					    .passes = 1,
					    .lanes = 1 };

static struct permits *gate;

static void
set_up(void)
{
	gate = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(gate, MAP_FAILED);
	permits_init(gate, 1, 1);
}

static void
tear_down(void)
{
	munmap(gate, sizeof(*gate));
}

/* KiB of this process in memory, from the kernel: "VmRSS" now, "VmHWM" the most since forget_peak(). */
static long
kib(const char *name)
{
	char line[128];
	long found = 0;
	FILE *f = fopen("/proc/self/status", "r");

	ck_assert_ptr_nonnull(f);
	while (found == 0 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			found = strtol(line + strlen(name) + 1, NULL, 10);
	fclose(f);
	ck_assert_int_gt(found, 0);
	return found;
}

static void
forget_peak(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");

	ck_assert_ptr_nonnull(f);
	fputs("5", f);
	ck_assert_int_eq(fclose(f), 0);
}

static void
hash(void)
{
	char phc[PASSWORD_PHC_SIZE];

	ck_assert_int_eq(password_hash(gate, 0, usual, STR("x"), phc), ERR_OK);
}

START_TEST(the_memory_of_a_hash_does_not_stay_with_the_process)
{
	long before = kib("VmRSS");

	for (int i = 0; i < 4; i++)
		hash();
	ck_assert_int_lt(kib("VmRSS") - before, 4096);
}
END_TEST

/* As a large request does when a cache keeps a block of its time: the heap does not shrink by itself. */
START_TEST(what_a_request_freed_is_not_held_beside_a_hash)
{
	enum { BLOCKS = 4096, BLOCK = 4096 };
	static char *blocks[BLOCKS];
	long before = kib("VmRSS");

	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK);
		ck_assert_ptr_nonnull(blocks[i]);
		memset(blocks[i], i, BLOCK);
	}
	for (int i = 0; i < BLOCKS - 1; i++)
		free(blocks[i]);
	ck_assert_int_gt(kib("VmRSS") - before, BLOCKS * (BLOCK / 1024) * 3 / 4);

	forget_peak();
	hash();
	ck_assert_int_lt(kib("VmHWM") - before, usual.memory_kib + 4096);
	free(blocks[BLOCKS - 1]);
}
END_TEST
#endif

Suite *
password_memory_suite(void)
{
	Suite *s = suite_create("password_memory");
#ifndef __SANITIZE_ADDRESS__
	TCase *t = tcase_create("password_memory");

	tcase_set_tags(t, "kernel");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_memory_of_a_hash_does_not_stay_with_the_process);
	tcase_add_test(t, what_a_request_freed_is_not_held_beside_a_hash);
	suite_add_tcase(s, t);
#endif
	return s;
}
