/*
 * redis_test.c: lib/redis against a redis-server of its own on a unix socket in a
 * directory that goes with the test. The server is killed and stopped for real.
 */
#include "redis/redis.h"

#include <check.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/str.h"
#include "redis_server.h"

Suite *redis_suite(void);

enum { TIMEOUT_MS = 200 };

static struct redis_server server;

static void
set_up(void)
{
	redis_server_open(&server);
}

static void
tear_down(void)
{
	redis_server_close(&server);
}

START_TEST(redis_answers_over_a_unix_socket)
{
	struct redis *r = redis_at(server.socket, TIMEOUT_MS);

	ck_assert_int_ge(redis_server_await(r), 0);
	ck_assert_int_eq(redis_ping(r), ERR_OK);
	redis_free(r);
}
END_TEST

START_TEST(redis_that_died_costs_nothing_and_is_found_again_after_a_second)
{
	struct redis *r = redis_at(server.socket, TIMEOUT_MS);
	int64_t died_ms, found_ms;

	ck_assert_int_ge(redis_server_await(r), 0);
	redis_server_kill(&server);
	died_ms = clock_mono_ms();
	ck_assert_int_eq(redis_ping(r), ERR_BUSY);
	ck_assert(redis_why(r)[0] != '\0');
	redis_server_start(&server);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(redis_ping(r), ERR_BUSY);
	ck_assert_int_lt(clock_mono_ms() - died_ms, 200);
	ck_assert_int_ge(redis_server_await(r), 0);
	found_ms = clock_mono_ms() - died_ms;
	ck_assert_int_ge(found_ms, 1000);
	ck_assert_int_lt(found_ms, 4000);
	redis_free(r);
}
END_TEST

START_TEST(redis_that_hangs_costs_one_timeout)
{
	struct redis *r = redis_at(server.socket, TIMEOUT_MS);
	int64_t begun_ms;

	ck_assert_int_ge(redis_server_await(r), 0);
	kill(server.pid, SIGSTOP);
	begun_ms = clock_mono_ms();
	ck_assert_int_eq(redis_ping(r), ERR_BUSY);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(redis_ping(r), ERR_BUSY);
	ck_assert_int_ge(clock_mono_ms() - begun_ms, TIMEOUT_MS - 1);
	ck_assert_int_lt(clock_mono_ms() - begun_ms, 3 * TIMEOUT_MS);
	redis_free(r);
}
END_TEST

/* The server ends all connections but that of who asks for it. */
static void
end_connections(void)
{
	struct redis *other = redis_at(server.socket, TIMEOUT_MS);

	redis_begin(other);
	redis_queue(other, 4,
		    (struct str[]){ STR("CLIENT"), STR("KILL"), STR("TYPE"),
				    STR("normal") });
	ck_assert_msg(redis_run(other) == ERR_OK, "%s", redis_why(other));
	redis_free(other);
}

START_TEST(redis_that_closed_an_idle_link_is_not_away)
{
	struct redis *r = redis_at(server.socket, TIMEOUT_MS);

	ck_assert_int_ge(redis_server_await(r), 0);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_uint_eq(redis_links(r), 1 + i);
		end_connections();
		ck_assert_int_eq(redis_ping(r), ERR_OK);
	}
	redis_free(r);
}
END_TEST

START_TEST(redis_link_that_breaks_under_a_pipeline_may_be_tried_anew_once)
{
	struct redis *r = redis_at(server.socket, TIMEOUT_MS);

	ck_assert_int_ge(redis_server_await(r), 0);
	redis_begin(r);
	redis_queue(r, 2, (struct str[]){ STR("INCR"), STR("n") });
	end_connections();
	ck_assert_int_eq(redis_run(r), ERR_CLOSED);
	ck_assert_int_eq(redis_ping(r), ERR_OK);
	redis_begin(r);
	redis_queue(r, 2, (struct str[]){ STR("INCR"), STR("n") });
	redis_server_kill(&server);
	ck_assert_int_eq(redis_run(r), ERR_CLOSED);
	ck_assert_int_eq(redis_ping(r), ERR_BUSY);
	redis_free(r);
}
END_TEST

/* A router has dropped the link: bytes sent on it are lost, and a new one serves. */
START_TEST(redis_link_that_is_silent_after_a_long_idle_time_is_made_anew)
{
	struct redis *r = redis_at(server.socket, TIMEOUT_MS);
	struct redis *other = redis_at(server.socket, TIMEOUT_MS);
	struct redis_server silent;
	bool idle = _i == 1;

	ck_assert_int_ge(redis_server_await(r), 0);
	silent = server;
	kill(silent.pid, SIGSTOP);
	unlink(server.socket);
	redis_server_start(&server);
	ck_assert_int_ge(redis_server_await(other), 0);
	if (idle)
		redis_set_idle(r, 0);
	ck_assert_int_eq(redis_ping(r), idle ? ERR_OK : ERR_BUSY);
	ck_assert_uint_eq(redis_links(r), idle ? 2 : 1);
	redis_free(other);
	redis_free(r);
	redis_server_kill(&silent);
}
END_TEST

static const struct {
	const char *address;
	const char *why;
} hopeless[] = {
	{ "", "no redis is configured" },
	{ "/nowhere/redis.sock", "No such file" },
	{ "127.0.0.1:1", "Connection refused" },
	{ "[::1]:1", "[::1]:1: " },
	{ "127.0.0.1", "neither" },
	{ ":6379", "neither" },
	{ "localhost:port", "neither" },
	{ "localhost:65536", "neither" },
	{ "redis://:secret@127.0.0.1:1/2", "redis://127.0.0.1:1/2: Connection refused" },
};

START_TEST(redis_that_cannot_be_reached_says_why)
{
	struct redis *r = redis_at(hopeless[_i].address, TIMEOUT_MS);

	ck_assert_int_eq(redis_ping(r), ERR_BUSY);
	ck_assert_msg(strstr(redis_why(r), hopeless[_i].why) != NULL, "%s", redis_why(r));
	ck_assert_ptr_null(strstr(redis_why(r), "secret"));
	ck_assert_int_eq(redis_ping(r), ERR_BUSY);
	redis_free(r);
}
END_TEST

Suite *
redis_suite(void)
{
	Suite *s = suite_create("redis");
	TCase *live = tcase_create("live");
	TCase *away = tcase_create("away");

	tcase_set_timeout(live, 20);
	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_add_test(live, redis_answers_over_a_unix_socket);
	tcase_add_test(live,
		       redis_that_died_costs_nothing_and_is_found_again_after_a_second);
	tcase_add_test(live, redis_that_hangs_costs_one_timeout);
	tcase_add_test(live, redis_that_closed_an_idle_link_is_not_away);
	tcase_add_loop_test(live,
			    redis_link_that_is_silent_after_a_long_idle_time_is_made_anew,
			    0, 2);
	tcase_add_test(live,
		       redis_link_that_breaks_under_a_pipeline_may_be_tried_anew_once);
	suite_add_tcase(s, live);
	tcase_add_loop_test(away, redis_that_cannot_be_reached_says_why, 0,
			    sizeof(hopeless) / sizeof(hopeless[0]));
	suite_add_tcase(s, away);
	return s;
}
