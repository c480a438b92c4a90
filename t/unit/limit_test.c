/*
 * limit_test.c: lib/limit: windows that fill and open, tries that get dearer, a table that is
 * full, and many processes at once. Time is an argument, so nothing waits.
 */
#include "limit/limit.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *limit_suite(void);

enum { MINUTE_MS = 60000, START_MS = 5000 };

static struct limiter *l;

static void
make(void)
{
	l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		 0);
	ck_assert_ptr_ne(l, MAP_FAILED);
	limit_init(l);
	/* The same every time: by chance two of 262,144 keys and a hundred share a window once in 300 runs. */
	memset(l->key, 7, sizeof(l->key));
}

static void
drop(void)
{
	munmap(l, sizeof(*l));
}

static uint64_t
key_of(int n)
{
	return limit_key(l, 0, (struct str){ (char *)&n, sizeof(n) });
}

/* The number of `asked` that pass at once. */
static int
passing(uint64_t key, int asked, int64_t count, int64_t now_ms)
{
	struct limit_state s;
	int passed = 0;

	for (int i = 0; i < asked; i++)
		passed += limit_take(l, key, 1, count, MINUTE_MS, now_ms, &s) == ERR_OK;
	return passed;
}

START_TEST(limit_lets_its_number_through_and_refuses_the_next)
{
	static const int counts[] = { 1, 5, 7, 60, 300, 1200, 60000 };
	struct limit_state s;
	int n = counts[_i];

	ck_assert_int_eq(passing(key_of(1), n, n, START_MS), n);
	ck_assert_int_eq(limit_take(l, key_of(1), 1, n, MINUTE_MS, START_MS, &s),
			 ERR_TOO_MANY);
	ck_assert_int_eq(s.left, 0);
	ck_assert_int_eq(passing(key_of(2), 1, n, START_MS), 1);
}
END_TEST

START_TEST(limit_says_what_is_left_and_when_it_opens)
{
	struct limit_state s;

	for (int left = 4; left >= 0; left--) {
		ck_assert_int_eq(limit_take(l, key_of(1), 1, 5, MINUTE_MS, START_MS, &s),
				 ERR_OK);
		ck_assert_int_eq(s.left, left);
		ck_assert_int_eq(s.full_ms, (5 - left) * 12000);
		ck_assert_int_eq(s.retry_ms, left > 0 ? 0 : 12000);
	}
	ck_assert_int_eq(limit_take(l, key_of(1), 1, 5, MINUTE_MS, START_MS + 2000, &s),
			 ERR_TOO_MANY);
	ck_assert_int_eq(s.retry_ms, 10000);
	ck_assert_int_eq(s.full_ms, 58000);
}
END_TEST

START_TEST(limit_comes_back_evenly)
{
	int64_t now_ms = START_MS;

	ck_assert_int_eq(passing(key_of(1), 10, 5, now_ms), 5);
	ck_assert_int_eq(passing(key_of(1), 10, 5, now_ms + 11999), 0);
	ck_assert_int_eq(passing(key_of(1), 10, 5, now_ms + 12000), 1);
	ck_assert_int_eq(passing(key_of(1), 10, 5, now_ms + 36000), 2);
	ck_assert_int_eq(passing(key_of(1), 10, 5, now_ms + 10 * MINUTE_MS), 5);
}
END_TEST

START_TEST(limit_takes_many_at_once_or_none)
{
	struct limit_state s;

	ck_assert_int_eq(limit_take(l, key_of(1), 3, 5, MINUTE_MS, START_MS, &s), ERR_OK);
	ck_assert_int_eq(s.left, 2);
	ck_assert_int_eq(s.full_ms, 36000);
	ck_assert_int_eq(limit_take(l, key_of(1), 3, 5, MINUTE_MS, START_MS, &s),
			 ERR_TOO_MANY);
	ck_assert_int_eq(s.retry_ms, 12000);
	ck_assert_int_eq(limit_take(l, key_of(1), 2, 5, MINUTE_MS, START_MS, &s), ERR_OK);
	ck_assert_int_eq(s.left, 0);
	ck_assert_int_eq(limit_take(l, key_of(1), 5, 5, MINUTE_MS, START_MS + MINUTE_MS,
				    &s),
			 ERR_OK);
}
END_TEST

START_TEST(limit_takes_back_what_it_is_given)
{
	struct limit_state s;

	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(passing(key_of(1), 1, 5, START_MS), 1);
		limit_give(l, key_of(1), 1, 5, MINUTE_MS, START_MS, &s);
		ck_assert_int_eq(s.left, 5);
	}
	ck_assert_int_eq(passing(key_of(1), 9, 5, START_MS), 5);
	limit_give(l, key_of(1), 2, 5, MINUTE_MS, START_MS, &s);
	ck_assert_int_eq(s.left, 2);
	ck_assert_int_eq(passing(key_of(1), 9, 5, START_MS), 2);
}
END_TEST

START_TEST(limit_gives_nobody_more_than_all)
{
	struct limit_state s;

	limit_give(l, key_of(1), 4, 5, MINUTE_MS, START_MS, &s);
	ck_assert_int_eq(passing(key_of(1), 1, 5, START_MS), 1);
	limit_give(l, key_of(1), 4, 5, MINUTE_MS, START_MS, &s);
	ck_assert_int_eq(s.left, 5);
	ck_assert_int_eq(passing(key_of(1), 9, 5, START_MS), 5);
}
END_TEST

START_TEST(limit_takes_nothing_when_it_refuses)
{
	ck_assert_int_eq(passing(key_of(1), 10000, 5, START_MS), 5);
	ck_assert_int_eq(passing(key_of(1), 1, 5, START_MS + 12000), 1);
}
END_TEST

START_TEST(what_was_used_already_is_taken_also_when_it_is_not_left)
{
	struct limit_state s;

	ck_assert_int_eq(limit_look(l, key_of(1), 60, MINUTE_MS, START_MS, &s), ERR_OK);
	ck_assert_int_eq(s.left, 60);
	ck_assert_int_eq(limit_look(l, key_of(1), 60, MINUTE_MS, START_MS, &s), ERR_OK);
	ck_assert_int_eq(s.left, 60);
	limit_charge(l, key_of(1), 50, 60, MINUTE_MS, 30000, START_MS);
	ck_assert_int_eq(limit_look(l, key_of(1), 60, MINUTE_MS, START_MS, &s), ERR_OK);
	ck_assert_int_eq(s.left, 10);
	/* 20 more than there are: one passes when 21 have come back. */
	limit_charge(l, key_of(1), 30, 60, MINUTE_MS, 30000, START_MS);
	ck_assert_int_eq(limit_look(l, key_of(1), 60, MINUTE_MS, START_MS, &s),
			 ERR_TOO_MANY);
	ck_assert_int_eq(s.retry_ms, 21000);
	ck_assert_int_eq(limit_look(l, key_of(1), 60, MINUTE_MS, START_MS + 20999, &s),
			 ERR_TOO_MANY);
	ck_assert_int_eq(limit_look(l, key_of(1), 60, MINUTE_MS, START_MS + 21000, &s),
			 ERR_OK);
	/* However much is used, one passes after 30 s. */
	for (int i = 0; i < 10; i++)
		limit_charge(l, key_of(2), 600, 60, MINUTE_MS, 30000, START_MS);
	ck_assert_int_eq(passing(key_of(2), 2, 60, START_MS + 29999), 0);
	ck_assert_int_eq(passing(key_of(2), 2, 60, START_MS + 30000), 1);
}
END_TEST

/* 5 at once, then one after 1, 2, 4, ... 64 minutes. */
START_TEST(tries_get_dearer_until_one_succeeds)
{
	struct limit_state s;
	int64_t now_ms = START_MS, wait_ms = MINUTE_MS;

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(limit_try(l, key_of(1), 5, MINUTE_MS, now_ms, &s),
				 ERR_OK);
	for (int i = 0; i < 9; i++) {
		ck_assert_int_eq(s.retry_ms, wait_ms);
		ck_assert_int_eq(limit_try(l, key_of(1), 5, MINUTE_MS,
					   now_ms + wait_ms - 1, &s),
				 ERR_TOO_MANY);
		ck_assert_int_eq(s.retry_ms, 1);
		now_ms += wait_ms;
		ck_assert_int_eq(limit_try(l, key_of(1), 5, MINUTE_MS, now_ms, &s),
				 ERR_OK);
		wait_ms = wait_ms < 64 * MINUTE_MS ? 2 * wait_ms : wait_ms;
	}
	limit_forget(l, key_of(1));
	ck_assert_int_eq(limit_try(l, key_of(1), 5, MINUTE_MS, now_ms, &s), ERR_OK);
	ck_assert_int_eq(s.left, 4);
}
END_TEST

/* A database that is away must not cost anybody their tries. */
START_TEST(try_that_was_not_decided_does_not_count)
{
	struct limit_state s;
	int64_t now_ms = START_MS;

	for (int done = 0; done < 8; done++) {
		for (int i = 0; i < 20; i++) {
			ck_assert_int_eq(limit_try(l, key_of(1), 5, MINUTE_MS, now_ms,
						   &s),
					 ERR_OK);
			limit_untry(l, key_of(1), 5, MINUTE_MS, now_ms);
		}
		ck_assert_int_eq(limit_try(l, key_of(1), 5, MINUTE_MS, now_ms, &s),
				 ERR_OK);
		ck_assert_int_eq(s.left, done < 5 ? 4 - done : 0);
		ck_assert_int_eq(s.retry_ms,
				 done < 4 ? 0 : (int64_t)MINUTE_MS << (done - 4));
		now_ms += s.retry_ms;
	}
	limit_untry(l, key_of(2), 5, MINUTE_MS, now_ms);
}
END_TEST

START_TEST(tries_are_forgotten_by_who_waits_twice_as_long)
{
	struct limit_state s;

	for (int i = 0; i < 5; i++)
		limit_try(l, key_of(1), 5, MINUTE_MS, START_MS, &s);
	ck_assert_int_eq(limit_try(l, key_of(1), 5, MINUTE_MS, START_MS + 2 * MINUTE_MS,
				   &s),
			 ERR_OK);
	ck_assert_int_eq(s.left, 4);
}
END_TEST

START_TEST(fewer_tries_by_a_new_setting_do_no_harm)
{
	struct limit_state s;
	int64_t now_ms = START_MS;

	for (int i = 0; i < 20; i++, now_ms += s.retry_ms)
		limit_try(l, key_of(1), LIMIT_TRIES_MAX, MINUTE_MS, now_ms, &s);
	ck_assert_int_eq(limit_try(l, key_of(1), 1, MINUTE_MS, now_ms, &s), ERR_OK);
	ck_assert_int_eq(s.retry_ms, 64 * MINUTE_MS);
}
END_TEST

START_TEST(forgetting_a_stranger_changes_nobody)
{
	ck_assert_int_eq(passing(key_of(1), 5, 5, START_MS), 5);
	for (int i = 2; i < 100000; i++)
		limit_forget(l, key_of(i));
	ck_assert_int_eq(passing(key_of(1), 1, 5, START_MS), 0);
}
END_TEST

/* Long memories outlive a flood four times as large as the table. */
START_TEST(window_that_is_over_first_makes_room)
{
	struct limit_state s;
	int kept = 0;

	for (int i = 0; i < 100; i++)
		for (int n = 0; n < 5; n++)
			limit_try(l, key_of(-1 - i), 5, MINUTE_MS, START_MS, &s);
	for (int i = 0; i < 4 * LIMIT_WINDOWS; i++)
		ck_assert_int_eq(limit_take(l, key_of(i), 1, 1200, MINUTE_MS, START_MS,
					    &s),
				 ERR_OK);
	for (int i = 0; i < 100; i++)
		kept += limit_try(l, key_of(-1 - i), 5, MINUTE_MS, START_MS, &s) ==
			ERR_TOO_MANY;
	ck_assert_int_eq(kept, 100);
}
END_TEST

START_TEST(limit_opens_when_its_window_is_lost)
{
	struct limit_state s;

	ck_assert_int_eq(passing(key_of(-1), 2, 1, START_MS), 1);
	for (int i = 0; i < 4 * LIMIT_WINDOWS; i++)
		limit_try(l, key_of(i), 1, 2 * MINUTE_MS, START_MS, &s);
	ck_assert_int_eq(passing(key_of(-1), 2, 1, START_MS), 1);
}
END_TEST

/* --- many processes ------------------------------------------------------ */

enum { PROCESSES = 8, KEYS = 500, ROUNDS = 40, COUNT = 50 };

/* One of PROCESSES children: every key ROUNDS times, together 6 times what may pass. */
static void
race(uint64_t *passed)
{
	struct limit_state s;

	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < KEYS; i++)
			if (limit_take(l, key_of(i), 1, COUNT, MINUTE_MS, START_MS, &s) ==
			    ERR_OK)
				__atomic_add_fetch(&passed[i], 1, __ATOMIC_RELAXED);
	_exit(0);
}

START_TEST(limit_holds_when_many_processes_race)
{
	uint64_t *passed = mmap(NULL, KEYS * sizeof(*passed), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	ck_assert_ptr_ne(passed, MAP_FAILED);
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			race(passed);
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	for (int i = 0; i < KEYS; i++)
		ck_assert_uint_eq(passed[i], COUNT);
	munmap(passed, KEYS * sizeof(*passed));
}
END_TEST

/* --- addresses ----------------------------------------------------------- */

static const struct {
	const char *one, *other;
	bool same;
} addresses[] = {
	{ "203.0.113.7", "203.0.113.7", true },
	{ "203.0.113.7", "203.0.113.8", false },
	{ "::ffff:203.0.113.7", "203.0.113.7", true },
	{ "2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true },
	{ "2001:db8:1:2::1", "2001:0DB8:0001:0002::1", true },
	{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
	{ "2001:db8::", "32.1.13.184", false },
	{ "unix:", "unix:", true },
	{ "unix:", "", false },
};

START_TEST(address_is_a_host_or_the_net_of_a_customer)
{
	unsigned char a[16], b[16];
	struct str one = limit_address(str_of(addresses[_i].one), a);
	struct str other = limit_address(str_of(addresses[_i].other), b);

	ck_assert_int_eq(str_eq(one, other), addresses[_i].same);
	ck_assert_int_eq(limit_key(l, 1, one) == limit_key(l, 1, other),
			 addresses[_i].same);
	ck_assert(limit_key(l, 1, one) != limit_key(l, 2, one));
}
END_TEST

Suite *
limit_suite(void)
{
	Suite *s = suite_create("limit");
	TCase *t = tcase_create("limit");

	tcase_add_checked_fixture(t, make, drop);
	tcase_add_loop_test(t, limit_lets_its_number_through_and_refuses_the_next, 0, 7);
	tcase_add_test(t, limit_says_what_is_left_and_when_it_opens);
	tcase_add_test(t, limit_comes_back_evenly);
	tcase_add_test(t, limit_takes_many_at_once_or_none);
	tcase_add_test(t, limit_takes_back_what_it_is_given);
	tcase_add_test(t, limit_gives_nobody_more_than_all);
	tcase_add_test(t, limit_takes_nothing_when_it_refuses);
	tcase_add_test(t, what_was_used_already_is_taken_also_when_it_is_not_left);
	tcase_add_test(t, tries_get_dearer_until_one_succeeds);
	tcase_add_test(t, try_that_was_not_decided_does_not_count);
	tcase_add_test(t, tries_are_forgotten_by_who_waits_twice_as_long);
	tcase_add_test(t, fewer_tries_by_a_new_setting_do_no_harm);
	tcase_add_test(t, forgetting_a_stranger_changes_nobody);
	tcase_add_test(t, window_that_is_over_first_makes_room);
	tcase_add_test(t, limit_opens_when_its_window_is_lost);
	tcase_add_test(t, limit_holds_when_many_processes_race);
	tcase_add_loop_test(t, address_is_a_host_or_the_net_of_a_customer, 0,
			    sizeof(addresses) / sizeof(addresses[0]));
	suite_add_tcase(s, t);
	return s;
}
