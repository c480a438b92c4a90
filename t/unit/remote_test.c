/*
 * remote_test.c: lib/cache/remote against a redis-server of its own: two hosts, each with its
 * shared block, as a slow reader, a change and a Redis that loses things would have it.
 */
#include "cache/remote.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "redis_server.h"

Suite *remote_suite(void);

enum { TIMEOUT_MS = 200, TTL_S = 60 };

static struct redis_server server;
static struct cache_shared *shared_a, *shared_b;
static struct remote here, there, beside; /* beside: another worker of the host `here` */
static struct redis *cli;
static const unsigned char key[REMOTE_KEY_SIZE] = "of this cluster";
static const unsigned char other_key[REMOTE_KEY_SIZE] = "of another one";

static struct cache_shared *
new_shared(void)
{
	struct cache_shared *s = aligned_alloc(64, sizeof(*s));

	memset(s, 0, sizeof(*s));
	cache_shared_init(s, true);
	return s;
}

static void
set_up(void)
{
	redis_server_open(&server);
	cli = redis_at(server.socket, TIMEOUT_MS);
	ck_assert_int_ge(redis_server_await(cli), 0);
	shared_a = new_shared();
	shared_b = new_shared();
	here = (struct remote){ .redis = redis_at(server.socket, TIMEOUT_MS),
				.shared = shared_a,
				.key = key };
	beside = (struct remote){ .redis = redis_at(server.socket, TIMEOUT_MS),
				  .shared = shared_a,
				  .key = key };
	there = (struct remote){ .redis = redis_at(server.socket, TIMEOUT_MS),
				 .shared = shared_b,
				 .key = key };
}

static void
tear_down(void)
{
	redis_free(here.redis);
	redis_free(beside.redis);
	redis_free(there.redis);
	redis_free(cli);
	free(shared_a);
	free(shared_b);
	redis_server_close(&server);
}

static bool
finds(struct remote *r, const char *name, const char *value)
{
	struct str out = STR_NONE;
	int64_t left_ms = 0;

	return remote_find(r, str_of(name), &out, &left_ms) && str_is(out, value) &&
	       left_ms > 0 && left_ms <= TTL_S * 1000;
}

static bool
misses(struct remote *r, const char *name)
{
	struct str out;
	int64_t left_ms;

	return !remote_find(r, str_of(name), &out, &left_ms);
}

static void
keep(struct remote *r, const char *name, const char *value)
{
	remote_keep(r, str_of(name), TTL_S, str_of(value));
}

/* A miss, the source, a keep: what a reader does. */
static void
learn(struct remote *r, const char *name, const char *value)
{
	ck_assert(misses(r, name));
	keep(r, name, value);
	ck_assert(finds(r, name, value));
}

static void
void_one(struct remote *r, const char *name)
{
	struct str names[] = { str_of(name) };

	remote_void(r, names, 1, STR("token:x"), STR_NONE);
}

static struct str
redis_says(const char *verb, const char *name)
{
	redis_begin(cli);
	redis_queue(cli, name ? 2 : 1,
		    (struct str[]){ str_of(verb), str_of(name ? name : "") });
	ck_assert_msg(redis_run(cli) == ERR_OK, "%s", redis_why(cli));
	return redis_text(cli, 0);
}

static uint64_t
doubts(const struct cache_shared *s)
{
	return s->unsent - s->settled;
}

START_TEST(what_one_host_keeps_the_other_finds)
{
	learn(&here, "tok:1", "robin");
	ck_assert(finds(&there, "tok:1", "robin"));
	ck_assert(misses(&there, "tok:2"));
}
END_TEST

START_TEST(a_keep_does_not_replace_what_stands)
{
	learn(&here, "tok:1", "first");
	keep(&there, "tok:1", "never looked: has no claim");
	ck_assert(finds(&there, "tok:1", "first"));
	keep(&there, "tok:1", "second");
	ck_assert(finds(&here, "tok:1", "first"));
}
END_TEST

START_TEST(a_look_leaves_nothing_and_finds_what_stands)
{
	struct str out = STR_NONE;
	int64_t left_ms;

	ck_assert(!remote_look(&here, STR("tok:1"), &out, &left_ms));
	keep(&here, "tok:1", "looked, but has no claim");
	ck_assert_ptr_eq(redis_says("GET", "tok:1").ptr, NULL);
	ck_assert(misses(&there, "tok:1"));
	ck_assert(!remote_look(&here, STR("tok:1"), &out, &left_ms));
	keep(&here, "tok:1", "the claim is another's");
	keep(&there, "tok:1", "robin");
	ck_assert(remote_look(&here, STR("tok:1"), &out, &left_ms) &&
		  str_is(out, "robin"));
	void_one(&there, "tok:1");
	ck_assert(!remote_look(&here, STR("tok:1"), &out, &left_ms));
	learn(&there, "tok:1", "puck");
	redis_says("DEL", there.era_key);
	ck_assert(!remote_look(&here, STR("tok:1"), &out, &left_ms));
}
END_TEST

START_TEST(who_lost_the_claim_keeps_nothing)
{
	ck_assert(misses(&here, "tok:1"));
	redis_says("DEL", "tok:1");
	keep(&here, "tok:1", "evicted under the reader");
	ck_assert(misses(&here, "tok:1"));
	ck_assert(misses(&there, "tok:1"));
	keep(&here, "tok:1", "another looked since");
	ck_assert(misses(&here, "tok:1"));
	keep(&here, "tok:2", "looked for another name");
	ck_assert(misses(&there, "tok:2"));
}
END_TEST

START_TEST(a_change_beats_a_slow_keeper)
{
	ck_assert(misses(&here, "tok:1"));
	ck_assert(misses(&there, "tok:1"));
	void_one(&here, "tok:1");
	keep(&here, "tok:1", "read before the change");
	keep(&there, "tok:1", "read before the change");
	ck_assert(misses(&here, "tok:1") && misses(&there, "tok:1"));
	ck_assert_uint_eq(doubts(shared_a), 0);
}
END_TEST

START_TEST(a_void_takes_what_was_kept_and_more_names_than_one_pipeline_holds)
{
	enum { MANY = 300 };
	static char text[MANY][16];
	struct str names[MANY];

	for (int i = 0; i < MANY; i++) {
		snprintf(text[i], sizeof(text[i]), "tok:%d", i);
		names[i] = str_of(text[i]);
	}
	learn(&here, text[0], "a");
	learn(&here, text[REDIS_QUEUE_MAX - 1], "b");
	learn(&here, text[MANY - 1], "c");
	learn(&here, "tok:other", "d");
	remote_void(&there, names, MANY, STR("user:1"), STR_NONE);
	for (int i = 0; i < MANY; i++)
		ck_assert(misses(&here, text[i]));
	ck_assert(finds(&here, "tok:other", "d"));
	ck_assert_uint_eq(doubts(shared_b), 0);
}
END_TEST

static const struct {
	const char *verb, *name;
} losses[] = {
	{ "DEL", "the era" },
	{ "FLUSHALL", NULL },
};

START_TEST(when_the_era_is_lost_nothing_from_before_counts)
{
	learn(&here, "tok:1", "old");
	ck_assert(misses(&there, "tok:slow"));
	redis_says(losses[_i].verb, losses[_i].name ? here.era_key : NULL);
	keep(&there, "tok:slow", "of an era that is lost");
	ck_assert(misses(&here, "tok:1"));
	ck_assert(misses(&here, "tok:slow"));
	learn(&here, "tok:new", "new");
	ck_assert(finds(&there, "tok:new", "new"));
}
END_TEST

START_TEST(a_change_that_redis_did_not_take_leaves_doubt_until_it_is_settled)
{
	learn(&here, "tok:1", "old");
	learn(&here, "tok:2", "old");
	kill(server.pid, SIGSTOP);
	void_one(&here, "tok:1");
	ck_assert_uint_eq(doubts(shared_a), 1);
	ck_assert_uint_eq(shared_a->counts[COUNT_UNSENT], 1);
	ck_assert(misses(&here, "tok:2"));
	ck_assert_int_eq(remote_settle(&beside), ERR_BUSY);
	ck_assert(misses(&beside, "tok:2"));
	kill(server.pid, SIGCONT);
	ck_assert_int_ge(redis_server_await(beside.redis), 0);
	ck_assert_uint_eq(doubts(shared_a), 1);
	keep(&beside, "tok:3", "in doubt nothing is kept");
	ck_assert_int_eq(remote_settle(&beside), ERR_OK);
	ck_assert_uint_eq(doubts(shared_a), 0);
	ck_assert(misses(&beside, "tok:1") && misses(&beside, "tok:2"));
	ck_assert(misses(&beside, "tok:3"));
	ck_assert(misses(&there, "tok:1") && misses(&there, "tok:2"));
	learn(&beside, "tok:4", "new");
	ck_assert(finds(&there, "tok:4", "new"));
}
END_TEST

static void
end_connections(void)
{
	redis_begin(cli);
	redis_queue(cli, 6,
		    (struct str[]){ STR("CLIENT"), STR("KILL"), STR("TYPE"),
				    STR("normal"), STR("SKIPME"), STR("yes") });
	ck_assert_msg(redis_run(cli) == ERR_OK, "%s", redis_why(cli));
}

START_TEST(a_link_that_redis_closed_while_it_was_idle_leaves_no_doubt)
{
	for (int i = 0; i < 5; i++) {
		learn(&here, "tok:1", "old");
		end_connections();
		void_one(&here, "tok:1");
		end_connections();
		ck_assert(misses(&here, "tok:1"));
		end_connections();
		ck_assert_int_eq(remote_forget_all(&here), ERR_OK);
	}
	ck_assert_uint_eq(doubts(shared_a), 0);
	ck_assert_uint_eq(shared_a->counts[COUNT_UNSENT], 0);
}
END_TEST

START_TEST(a_value_that_another_cluster_signed_is_a_miss_and_can_be_replaced)
{
	learn(&here, "tok:1", "robin");
	there.key = other_key;
	ck_assert(misses(&there, "tok:1"));
	ck_assert_uint_eq(shared_b->counts[COUNT_FOREIGN], 1);
	keep(&there, "tok:1", "of the other");
	ck_assert(finds(&there, "tok:1", "of the other"));
	ck_assert(misses(&here, "tok:1"));
	there.key = NULL;
	ck_assert(misses(&there, "tok:1"));
}
END_TEST

/* Attacks with read and write access to Redis. */
static const struct {
	const char *script;
} forgeries[] = {
	/* another name's value */
	{ "redis.call('SET', 'tok:2', redis.call('GET', 'tok:1'), 'EX', 60)" },
	/* another value under its signature */
	{ "redis.call('SET', 'tok:2', string.sub(redis.call('GET', 'tok:1'), 1, 64) .. "
	  "'robin', 'EX', 60)" },
	/* no signature at all */
	{ "redis.call('SET', 'tok:2', string.sub(redis.call('GET', 'tok:1'), 1, 32) .. "
	  "'robin', 'EX', 60)" },
	/* nothing but the era */
	{ "redis.call('SET', 'tok:2', string.sub(redis.call('GET', 'tok:1'), 1, 32))" },
};

START_TEST(a_forged_value_is_a_miss)
{
	learn(&here, "tok:1", "robin");
	redis_begin(cli);
	redis_queue(cli, 3,
		    (struct str[]){ STR("EVAL"), str_of(forgeries[_i].script),
				    STR("0") });
	ck_assert_msg(redis_run(cli) == ERR_OK, "%s", redis_why(cli));
	ck_assert(misses(&here, "tok:2"));
	ck_assert_uint_eq(shared_a->counts[COUNT_FOREIGN], 1);
	keep(&here, "tok:2", "asked");
	ck_assert(finds(&here, "tok:2", "asked"));
}
END_TEST

START_TEST(a_value_without_an_end_is_a_miss)
{
	learn(&here, "tok:1", "robin");
	redis_says("PERSIST", "tok:1");
	ck_assert(misses(&here, "tok:1"));
}
END_TEST

START_TEST(what_is_heard_too_long_ago_is_not_heard)
{
	struct cache_shared *s = new_shared();

	ck_assert(!cache_is_disconnected(s));
	cache_disconnect(s, false);
	ck_assert(cache_is_disconnected(s));
	cache_hear(s, clock_mono_ms());
	ck_assert(!cache_is_disconnected(s));
	cache_heard(s, clock_mono_ms() - CACHE_LEASE_MS - 1);
	ck_assert(cache_is_disconnected(s));
	cache_heard(s, clock_mono_ms());
	ck_assert(!cache_is_disconnected(s));
	cache_disconnect(s, true);
	cache_heard(s, 0);
	ck_assert(!cache_is_disconnected(s));
	free(s);
}
END_TEST

START_TEST(a_doubt_is_told_once_however_many_there_are)
{
	ck_assert(cache_doubt_is_news(shared_a));
	for (int i = 0; i < 100; i++)
		ck_assert(!cache_doubt_is_news(shared_a));
	shared_a->doubt_said_ms -= 10000;
	ck_assert(cache_doubt_is_news(shared_a));
}
END_TEST

START_TEST(looking_settles_a_doubt_too)
{
	learn(&here, "tok:1", "old");
	cache_doubt(shared_a);
	ck_assert(finds(&there, "tok:1", "old"));
	ck_assert(misses(&here, "tok:1"));
	ck_assert_uint_eq(doubts(shared_a), 0);
	ck_assert(misses(&there, "tok:1"));
}
END_TEST

START_TEST(who_begins_to_hear_again_believes_nothing_from_before)
{
	learn(&here, "tok:1", "old");
	cache_disconnect(shared_b, false);
	cache_hear(shared_b, clock_mono_ms());
	ck_assert(misses(&there, "tok:1"));
	ck_assert(misses(&here, "tok:1"));
	ck_assert_uint_eq(doubts(shared_b), 0);
	ck_assert_uint_eq(shared_b->counts[COUNT_UNSENT], 0);
}
END_TEST

START_TEST(forgetting_all_voids_the_values_of_every_host)
{
	learn(&here, "tok:1", "old");
	learn(&there, "tok:2", "old");
	ck_assert_int_eq(remote_forget_all(&there), ERR_OK);
	ck_assert(misses(&here, "tok:1") && misses(&here, "tok:2"));
	ck_assert(misses(&there, "tok:1") && misses(&there, "tok:2"));
	redis_server_kill(&server);
	ck_assert_int_eq(remote_forget_all(&there), ERR_BUSY);
}
END_TEST

START_TEST(without_a_redis_everything_is_a_miss_and_nothing_waits)
{
	struct remote alone = { .redis = redis_at("", TIMEOUT_MS),
				.shared = shared_a,
				.key = key };
	int64_t begun_ms = clock_mono_ms();

	for (int i = 0; i < 1000; i++) {
		ck_assert(misses(&alone, "tok:1"));
		keep(&alone, "tok:1", "robin");
		void_one(&alone, "tok:1");
	}
	ck_assert_int_lt(clock_mono_ms() - begun_ms, TIMEOUT_MS);
	redis_free(alone.redis);
}
END_TEST

Suite *
remote_suite(void)
{
	Suite *s = suite_create("remote");
	TCase *t = tcase_create("all"), *timed = tcase_create("timed");

	tcase_set_timeout(t, 20);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_one_host_keeps_the_other_finds);
	tcase_add_test(t, a_keep_does_not_replace_what_stands);
	tcase_add_test(t, a_look_leaves_nothing_and_finds_what_stands);
	tcase_add_test(t, who_lost_the_claim_keeps_nothing);
	tcase_add_test(t, a_change_beats_a_slow_keeper);
	tcase_add_test(t,
		       a_void_takes_what_was_kept_and_more_names_than_one_pipeline_holds);
	tcase_add_loop_test(t, when_the_era_is_lost_nothing_from_before_counts, 0,
			    sizeof(losses) / sizeof(losses[0]));
	tcase_add_test(t,
		       a_change_that_redis_did_not_take_leaves_doubt_until_it_is_settled);
	tcase_add_test(t, a_link_that_redis_closed_while_it_was_idle_leaves_no_doubt);
	tcase_add_test(t,
		       a_value_that_another_cluster_signed_is_a_miss_and_can_be_replaced);
	tcase_add_loop_test(t, a_forged_value_is_a_miss, 0,
			    sizeof(forgeries) / sizeof(forgeries[0]));
	tcase_add_test(t, a_value_without_an_end_is_a_miss);
	tcase_add_test(t, what_is_heard_too_long_ago_is_not_heard);
	tcase_add_test(t, a_doubt_is_told_once_however_many_there_are);
	tcase_add_test(t, looking_settles_a_doubt_too);
	tcase_add_test(t, who_begins_to_hear_again_believes_nothing_from_before);
	tcase_add_test(t, forgetting_all_voids_the_values_of_every_host);
	suite_add_tcase(s, t);
	/* Not under valgrind: scripts/valgrind. */
	tcase_set_tags(timed, "time");
	tcase_add_checked_fixture(timed, set_up, tear_down);
	tcase_add_test(timed, without_a_redis_everything_is_a_miss_and_nothing_waits);
	suite_add_tcase(s, timed);
	return s;
}
