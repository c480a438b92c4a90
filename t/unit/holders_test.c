/*
 * holders_test.c: lib/limit/holders: hints that are kept, lost and overwritten, also by many
 * processes at once, and never wrong.
 */
#include "limit/holders.h"

#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *holders_suite(void);

static struct holders *h;

static void
make(void)
{
	h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		 0);
	ck_assert_ptr_ne(h, MAP_FAILED);
}

static void
drop(void)
{
	munmap(h, sizeof(*h));
}

/* As hashes are: spread, and never 0 (splitmix64 of Vigna). */
static uint64_t
spread(uint64_t n)
{
	n += 0x9e3779b97f4a7c15;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
	n = (n ^ n >> 27) * 0x94d049bb133111eb;
	return (n ^ n >> 31) | 1;
}

static uint64_t
account_of(uint64_t token)
{
	return spread(token * 7);
}

START_TEST(holder_is_known_from_when_it_is_kept_until_it_is_forgotten)
{
	ck_assert_uint_eq(holders_find(h, 5), 0);
	holders_keep(h, 5, 77);
	holders_keep(h, 5 + HOLDERS_SETS, 78);
	ck_assert_uint_eq(holders_find(h, 5), 77);
	ck_assert_uint_eq(holders_find(h, 5 + HOLDERS_SETS), 78);
	ck_assert_uint_eq(holders_find(h, 5 + 2 * HOLDERS_SETS), 0);
	holders_keep(h, 5, 77);
	holders_forget(h, 5);
	ck_assert_uint_eq(holders_find(h, 5), 0);
	ck_assert_uint_eq(holders_find(h, 5 + HOLDERS_SETS), 78);
	holders_forget(h, 5);
}
END_TEST

START_TEST(a_full_set_loses_one_and_knows_the_newest)
{
	int known = 0;

	for (uint64_t i = 0; i < 100; i++) {
		uint64_t token = (spread(i) / HOLDERS_SETS) * HOLDERS_SETS + 9;

		holders_keep(h, token, account_of(token));
		ck_assert_uint_eq(holders_find(h, token), account_of(token));
	}
	for (uint64_t i = 0; i < 100; i++)
		known += holders_find(h, (spread(i) / HOLDERS_SETS) * HOLDERS_SETS + 9) !=
			 0;
	ck_assert_int_eq(known, HOLDERS_WAYS);
}
END_TEST

enum { PROCESSES = 6, ROUNDS = 200000, TOKENS = 24 };

/* All in one set: each overwrites what the others write. */
static void
race(uint64_t seed)
{
	for (uint64_t i = 0; i < ROUNDS; i++) {
		uint64_t token = (spread(seed + i) % TOKENS + 1) * HOLDERS_SETS + 3;
		uint64_t found = holders_find(h, token);

		if (found != 0 && found != account_of(token))
			_exit(1);
		if (i % 7 == 0)
			holders_forget(h, token);
		else
			holders_keep(h, token, account_of(token));
	}
	_exit(0);
}

START_TEST(no_race_makes_a_token_somebody_elses)
{
	int status;

	for (uint64_t i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			race(i * ROUNDS);
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

Suite *
holders_suite(void)
{
	Suite *s = suite_create("holders");
	TCase *t = tcase_create("holders");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, make, drop);
	tcase_add_test(t, holder_is_known_from_when_it_is_kept_until_it_is_forgotten);
	tcase_add_test(t, a_full_set_loses_one_and_knows_the_newest);
	tcase_add_test(t, no_race_makes_a_token_somebody_elses);
	suite_add_tcase(s, t);
	return s;
}
