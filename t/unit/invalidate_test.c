/*
 * invalidate_test.c: lib/cache/invalidate and lib/cache/hear against a redis-server of its own: two
 * hosts, each with its shared block and a relay, and programs beside them that change something.
 */
#include "cache/invalidation.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/hear.h"
#include "core/clock.h"
#include "redis/subscriber.h"
#include "redis_server.h"

Suite *invalidate_suite(void);

enum { TIMEOUT_MS = 200, TTL_S = 60, WAIT_MS = 5000 };

static struct redis_server server;
static struct redis_where where;
static struct cache_shared *shared_a, *shared_b;
static struct hearing relay_a, relay_b;
static struct remote worker, outsider;
static struct arena arena;
static struct touched touched;
static const unsigned char key[REMOTE_KEY_SIZE] = "of this cluster";

static struct cache_shared *
new_shared(void)
{
	struct cache_shared *s = aligned_alloc(64, sizeof(*s));

	memset(s, 0, sizeof(*s));
	cache_shared_init(s, false);
	return s;
}

static void
begin_to_hear(struct hearing *h, struct cache_shared *s)
{
	const char *why;

	hearing_init(h, &where, TIMEOUT_MS, s);
	for (int64_t end_ms = clock_mono_ms() + WAIT_MS; !h->on;) {
		hearing_step(h, &why);
		ck_assert_int_lt(clock_mono_ms(), end_ms);
	}
	ck_assert(!cache_is_disconnected(s));
}

/* All that was said until now. */
static void
hear_all(struct hearing *h)
{
	int64_t now_ms = clock_mono_ms();
	const char *why;

	/* A PING of this very millisecond may have been sent before the last word. */
	while (subscriber_heard_until(h->subscriber) <= now_ms) {
		ck_assert_int_eq(hearing_step(h, &why), HEARING_NOTHING);
		ck_assert_int_lt(clock_mono_ms(), now_ms + WAIT_MS);
	}
}

static void
set_up(void)
{
	struct redis *cli;

	redis_server_open(&server);
	where = (struct redis_where){ .address = server.socket, .password = "" };
	cli = redis_at(server.socket, TIMEOUT_MS);
	ck_assert_int_ge(redis_server_await(cli), 0);
	redis_free(cli);
	shared_a = new_shared();
	shared_b = new_shared();
	begin_to_hear(&relay_a, shared_a);
	begin_to_hear(&relay_b, shared_b);
	/* That the second one began. */
	hear_all(&relay_a);
	worker = (struct remote){ .redis = redis_at(server.socket, TIMEOUT_MS),
				  .shared = shared_a,
				  .key = key };
	outsider = (struct remote){ .redis = redis_at(server.socket, TIMEOUT_MS),
				    .host = "hob" };
	arena_init(&arena, 4096);
	touched_init(&touched, &arena);
}

static void
tear_down(void)
{
	struct hearing *relays[] = { &relay_a, &relay_b };

	for (int i = 0; i < 2; i++) {
		redis_free(relays[i]->remote.redis);
		subscriber_free(relays[i]->subscriber);
	}
	redis_free(worker.redis);
	redis_free(outsider.redis);
	arena_release(&arena);
	free(shared_a);
	free(shared_b);
	redis_server_close(&server);
}

static bool
holds(const struct cache_shared *s, uint64_t stamp, const char *name)
{
	uint32_t place = stamp_place(str_of(name));

	return stamp_holds(&s->stamps, stamp, &place, 1);
}

static bool
finds(const char *name)
{
	struct str out;
	int64_t left_ms;

	return remote_find(&worker, str_of(name), &out, &left_ms);
}

static void
learn(const char *name)
{
	ck_assert(!finds(name));
	remote_keep(&worker, str_of(name), TTL_S, STR("robin"));
	ck_assert(finds(name));
}

START_TEST(key_is_kept_once_and_any_number_of_them)
{
	char text[100][24];

	touched_add_array(&touched, STR("{user:1,token:x,user:1}"));
	touched_add_array(&touched, STR("{}"));
	touched_add_array(&touched, STR_NONE);
	touched_add_array(&touched, STR("{residence:2}"));
	ck_assert_int_eq(touched.count, 3);
	ck_assert(str_is(touched.keys[1], "token:x"));
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 100; i++) {
			snprintf(text[i], sizeof(text[i]), "task:%d", i);
			touched_add(&touched, str_of(text[i]));
		}
	ck_assert_int_eq(touched.count, 103);
	ck_assert(str_is(touched.keys[0], "user:1"));
	ck_assert(str_is(touched.keys[102], "task:99"));
}
END_TEST

START_TEST(change_by_a_worker_is_known_here_at_once_and_elsewhere_when_heard)
{
	uint64_t here = stamp_now(&shared_a->stamps),
		 there = stamp_now(&shared_b->stamps);
	uint64_t heard = shared_a->counts[COUNT_HEARD];

	learn("tok:x");
	learn("tok:y");
	touched_add_array(&touched, STR("{user:1,token:x}"));
	ck_assert_int_eq(cache_invalidate(&worker, &touched), ERR_OK);
	ck_assert(!holds(shared_a, here, "user:1") && !holds(shared_a, here, "token:x"));
	ck_assert(holds(shared_a, here, "user:2"));
	ck_assert(!finds("tok:x") && finds("tok:y"));
	ck_assert_uint_eq(shared_a->counts[COUNT_TOUCHED], 2);
	hear_all(&relay_a);
	hear_all(&relay_b);
	ck_assert(!holds(shared_b, there, "user:1") &&
		  !holds(shared_b, there, "token:x"));
	ck_assert(holds(shared_b, there, "user:2"));
	/* Its own relay knows the voice. */
	ck_assert_uint_eq(shared_a->counts[COUNT_HEARD], heard);
	ck_assert(holds(shared_a, here, "user:2"));
	ck_assert_uint_eq(shared_b->counts[COUNT_HEARD], 2);
}
END_TEST

START_TEST(change_by_a_program_with_the_block_is_one_by_a_worker)
{
	uint64_t here = stamp_now(&shared_a->stamps),
		 there = stamp_now(&shared_b->stamps);

	learn("tok:x");
	outsider.shared = shared_a;
	touched_add_array(&touched, STR("{token:x}"));
	ck_assert_int_eq(cache_invalidate(&outsider, &touched), ERR_OK);
	ck_assert(!holds(shared_a, here, "token:x") && !finds("tok:x"));
	hear_all(&relay_b);
	ck_assert(!holds(shared_b, there, "token:x"));
}
END_TEST

START_TEST(change_by_a_program_without_a_block_is_heard_by_every_host)
{
	uint64_t here = stamp_now(&shared_a->stamps),
		 there = stamp_now(&shared_b->stamps);

	learn("tok:x");
	touched_add_array(&touched, STR("{token:x}"));
	ck_assert_int_eq(cache_invalidate(&outsider, &touched), ERR_OK);
	ck_assert(!finds("tok:x"));
	hear_all(&relay_a);
	hear_all(&relay_b);
	ck_assert(!holds(shared_a, here, "token:x") &&
		  !holds(shared_b, there, "token:x"));
}
END_TEST

/* The next message; only what was published before this call may be missing. */
static bool
rang(struct subscriber *s)
{
	int64_t now_ms = clock_mono_ms();
	struct str message;

	while (subscriber_heard_until(s) <= now_ms) {
		if (subscriber_next(s, &message) == ERR_OK)
			return true;
		ck_assert_int_lt(clock_mono_ms(), now_ms + WAIT_MS);
	}
	return false;
}

START_TEST(change_that_rings_is_heard_on_that_channel_also_without_keys)
{
	struct subscriber *s = subscriber_new(&where, "bell");

	ck_assert(!rang(s));
	touched_add_array(&touched, STR("{user:1}"));
	ck_assert_int_eq(cache_invalidate(&worker, &touched), ERR_OK);
	ck_assert(!rang(s));
	touched.rings = STR("bell");
	ck_assert_int_eq(cache_invalidate(&worker, &touched), ERR_OK);
	ck_assert(rang(s));
	touched_init(&touched, &arena);
	touched.rings = STR("bell");
	ck_assert_int_eq(cache_invalidate(&outsider, &touched), ERR_OK);
	ck_assert(rang(s) && !rang(s));
	subscriber_free(s);
}
END_TEST

START_TEST(change_that_redis_does_not_take_leaves_this_host_in_doubt)
{
	uint64_t here = stamp_now(&shared_a->stamps);
	uint64_t doubts = shared_a->unsent;

	touched_add_array(&touched, STR("{user:1}"));
	redis_server_kill(&server);
	ck_assert_int_eq(cache_invalidate(&worker, &touched), ERR_BUSY);
	ck_assert(!holds(shared_a, here, "user:1"));
	ck_assert_uint_eq(shared_a->unsent, doubts + 1);
	ck_assert_int_eq(cache_invalidate_all(&worker), ERR_BUSY);
	ck_assert(!holds(shared_a, here, "user:2"));
	ck_assert_uint_eq(shared_a->unsent, doubts + 2);
	/* A program without a shared block has to call again. */
	ck_assert_int_eq(cache_invalidate(&outsider, &touched), ERR_BUSY);
	ck_assert_int_eq(cache_invalidate_all(&outsider), ERR_BUSY);
}
END_TEST

START_TEST(change_on_a_host_that_is_alone_needs_no_redis)
{
	struct redis *none = redis_at("", TIMEOUT_MS);
	struct remote alone = { .redis = none, .shared = shared_a };
	uint64_t here;

	cache_disconnect(shared_a, true);
	here = stamp_now(&shared_a->stamps);
	touched_add_array(&touched, STR("{user:1}"));
	ck_assert_int_eq(cache_invalidate(&alone, &touched), ERR_OK);
	ck_assert(!holds(shared_a, here, "user:1") && holds(shared_a, here, "user:2"));
	ck_assert_int_eq(cache_invalidate_all(&alone), ERR_OK);
	ck_assert(!holds(shared_a, here, "user:2"));
	redis_free(none);
}
END_TEST

START_TEST(everything_is_forgotten_by_every_host)
{
	uint64_t here = stamp_now(&shared_a->stamps),
		 there = stamp_now(&shared_b->stamps);

	learn("tok:x");
	ck_assert_int_eq(cache_invalidate_all(&outsider), ERR_OK);
	hear_all(&relay_a);
	hear_all(&relay_b);
	ck_assert(!finds("tok:x"));
	ck_assert(!holds(shared_a, here, "user:1") && !holds(shared_b, there, "user:1"));
}
END_TEST

START_TEST(redis_that_goes_is_told_once_and_disconnects_the_host)
{
	const char *why = "";
	int told = 0, began = 0;

	redis_server_kill(&server);
	for (int64_t end_ms = clock_mono_ms() + 1000; clock_mono_ms() < end_ms;)
		told += hearing_step(&relay_a, &why) == HEARING_AWAY;
	ck_assert_int_eq(told, 1);
	ck_assert(cache_is_disconnected(shared_a) && !relay_a.on);
	redis_server_start(&server);
	for (int64_t end_ms = clock_mono_ms() + WAIT_MS;
	     !relay_a.on && clock_mono_ms() < end_ms;)
		began += hearing_step(&relay_a, &why) == HEARING_BEGAN;
	ck_assert_int_eq(began, 1);
	ck_assert(!cache_is_disconnected(shared_a));
}
END_TEST

Suite *
invalidate_suite(void)
{
	Suite *s = suite_create("invalidate");
	TCase *t = tcase_create("invalidate");

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, key_is_kept_once_and_any_number_of_them);
	tcase_add_test(t,
		       change_by_a_worker_is_known_here_at_once_and_elsewhere_when_heard);
	tcase_add_test(t, change_by_a_program_with_the_block_is_one_by_a_worker);
	tcase_add_test(t, change_by_a_program_without_a_block_is_heard_by_every_host);
	tcase_add_test(t, change_that_rings_is_heard_on_that_channel_also_without_keys);
	tcase_add_test(t, change_that_redis_does_not_take_leaves_this_host_in_doubt);
	tcase_add_test(t, change_on_a_host_that_is_alone_needs_no_redis);
	tcase_add_test(t, everything_is_forgotten_by_every_host);
	tcase_add_test(t, redis_that_goes_is_told_once_and_disconnects_the_host);
	suite_add_tcase(s, t);
	return s;
}
