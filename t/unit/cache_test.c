/* cache_test.c: stamps that invalidate older values, and a bounded table. */
#include "cache/cache.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static struct stamps *stamps;
static struct cache *cache;

static void
set_up(void)
{
	stamps = aligned_alloc(64, sizeof(*stamps));
	*stamps = (struct stamps){ 0 };
	cache = cache_new(stamps, 4, 16 * 1024);
}

static void
tear_down(void)
{
	cache_free(cache);
	free(stamps);
}

static void
keep(const char *name, uint64_t stamp, const char *key, int64_t until_ms,
     const char *value)
{
	struct cache_keys keys = { 0 };

	cache_key_add(&keys, str_of(key));
	cache_keep(cache, str_of(name), stamp, &keys, until_ms, str_of(value));
}

static bool
finds(const char *name, int64_t now_ms, const char *value)
{
	struct str out;

	return cache_find(cache, str_of(name), now_ms, &out) && str_is(out, value);
}

static bool
misses(const char *name)
{
	struct str out;

	return !cache_find(cache, str_of(name), 0, &out);
}

START_TEST(an_entry_is_found_until_its_key_is_touched)
{
	keep("a", stamp_now(stamps), "user:1", 100, "first");
	stamp_touch(stamps, STR("user:2"));
	ck_assert(finds("a", 0, "first"));
	stamp_touch(stamps, STR("user:1"));
	ck_assert(misses("a"));
	ck_assert_uint_eq(cache_count(cache), 0);
	ck_assert_uint_eq(cache_bytes(cache), 0);
}
END_TEST

START_TEST(what_was_read_before_the_touch_is_not_kept_after_it)
{
	uint64_t stamp = stamp_now(stamps);

	stamp_touch(stamps, STR("user:1"));
	keep("a", stamp, "user:1", 100, "old");
	ck_assert(misses("a"));
}
END_TEST

START_TEST(one_stamp_serves_keys_that_were_not_known_when_it_was_taken)
{
	struct cache_keys keys = { 0 };
	uint64_t stamp = stamp_now(stamps);

	cache_key_add(&keys, STR("residence:1"));
	cache_key_add(&keys, STR("residence:2"));
	cache_keep(cache, STR("list"), stamp, &keys, 100, STR("both"));
	ck_assert(finds("list", 0, "both"));
	stamp_touch(stamps, STR("residence:2"));
	ck_assert(misses("list"));
}
END_TEST

START_TEST(forgetting_all_voids_every_entry)
{
	keep("a", stamp_now(stamps), "user:1", 100, "a");
	keep("b", stamp_now(stamps), "user:2", 100, "b");
	stamp_forget_all(stamps);
	ck_assert(misses("a") && misses("b"));
	keep("a", stamp_now(stamps), "user:1", 100, "again");
	ck_assert(finds("a", 0, "again"));
}
END_TEST

START_TEST(an_entry_ends_at_its_time)
{
	keep("a", stamp_now(stamps), "user:1", 100, "a");
	ck_assert(finds("a", 99, "a"));
	ck_assert(!finds("a", 100, "a"));
}
END_TEST

START_TEST(the_least_recently_used_goes_first)
{
	char name[2] = "a";

	for (; name[0] < 'e'; name[0]++)
		keep(name, 0, "k", 100, name);
	ck_assert(finds("a", 0, "a"));
	keep("e", 0, "k", 100, "e");
	ck_assert(misses("b"));
	ck_assert(finds("a", 0, "a") && finds("c", 0, "c") && finds("e", 0, "e"));
	ck_assert_uint_eq(cache_count(cache), 4);
}
END_TEST

START_TEST(bytes_are_bounded_and_a_giant_is_not_kept)
{
	static char text[2048];
	char name[16];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = 'x';
	keep("giant", 0, "k", 100, text);
	ck_assert(misses("giant"));
	text[900] = '\0';
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		keep(name, 0, "k", 100, text);
		ck_assert_uint_le(cache_bytes(cache), 16 * 1024);
	}
	ck_assert(finds("n99", 0, text));
}
END_TEST

START_TEST(a_name_kept_again_has_its_new_value)
{
	keep("a", 0, "k", 100, "one");
	keep("a", 0, "k", 100, "two");
	ck_assert(finds("a", 0, "two"));
	ck_assert_uint_eq(cache_count(cache), 1);
}
END_TEST

START_TEST(too_many_keys_are_not_kept)
{
	struct cache_keys keys = { 0 };
	char key[16];

	for (int i = 0; i <= CACHE_KEYS_MAX; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		cache_key_add(&keys, str_of(key));
	}
	cache_keep(cache, STR("many"), 0, &keys, 100, STR("x"));
	ck_assert(misses("many"));
}
END_TEST

Suite *cache_suite(void);
Suite *
cache_suite(void)
{
	Suite *s = suite_create("cache");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, an_entry_is_found_until_its_key_is_touched);
	tcase_add_test(t, what_was_read_before_the_touch_is_not_kept_after_it);
	tcase_add_test(t, one_stamp_serves_keys_that_were_not_known_when_it_was_taken);
	tcase_add_test(t, forgetting_all_voids_every_entry);
	tcase_add_test(t, an_entry_ends_at_its_time);
	tcase_add_test(t, the_least_recently_used_goes_first);
	tcase_add_test(t, bytes_are_bounded_and_a_giant_is_not_kept);
	tcase_add_test(t, a_name_kept_again_has_its_new_value);
	tcase_add_test(t, too_many_keys_are_not_kept);
	suite_add_tcase(s, t);
	return s;
}
