/*
 * subscriber_test.c: lib/redis/subscriber against a redis-server of its own, which is
 * killed, stopped and started anew for real: a lost message must be known to be lost.
 */
#include "redis/subscriber.h"

#include <check.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "redis/redis.h"
#include "redis_server.h"

Suite *subscriber_suite(void);

enum { TIMEOUT_MS = 1000, PATIENCE_MS = 5000 };

static struct redis_server server;
static struct subscriber *subscriber;
static struct redis *mouth;

static void
set_up(void)
{
	redis_server_open(&server);
	subscriber =
		subscriber_new(&(struct redis_where){ .address = server.socket }, "news");
	mouth = redis_at(server.socket, TIMEOUT_MS);
}

static void
tear_down(void)
{
	subscriber_free(subscriber);
	redis_free(mouth);
	redis_server_close(&server);
}

/* Asks until it says `wanted`; the milliseconds that took, or -1. */
static int64_t
wait_for(enum err wanted)
{
	const struct timespec pause = { 0, 1000000 };
	int64_t begun_ms = clock_mono_ms();
	struct str out;

	while (clock_mono_ms() - begun_ms < PATIENCE_MS) {
		if (subscriber_next(subscriber, &out) == wanted)
			return clock_mono_ms() - begun_ms;
		nanosleep(&pause, NULL);
	}
	return -1;
}

static void
publish(const char *channel, const char *text)
{
	redis_begin(mouth);
	redis_queue(mouth, 3,
		    (struct str[]){ STR("PUBLISH"), str_of(channel), str_of(text) });
	ck_assert_msg(redis_run(mouth) == ERR_OK, "%s", redis_why(mouth));
}

static void
expect_heard(const char *text)
{
	struct str out = STR_NONE;

	ck_assert_int_eq(subscriber_next(subscriber, &out), ERR_OK);
	ck_assert_msg(str_is(out, text), "%.*s", STR_FMT(out));
}

START_TEST(subscriber_hears_each_message_of_its_channel_in_order)
{
	struct str out;

	ck_assert_int_ge(wait_for(ERR_TIMEOUT), 0);
	publish("news", "first");
	publish("others", "not for us");
	publish("news", "");
	publish("news", "third");
	expect_heard("first");
	expect_heard("");
	expect_heard("third");
	ck_assert_int_eq(subscriber_next(subscriber, &out), ERR_TIMEOUT);
}
END_TEST

START_TEST(subscriber_stays_while_nothing_is_said)
{
	int64_t begun_ms;
	struct str out;

	ck_assert_int_ge(wait_for(ERR_TIMEOUT), 0);
	begun_ms = clock_mono_ms();
	while (clock_mono_ms() - begun_ms < 3 * SUBSCRIBER_SILENCE_MS)
		ck_assert_int_eq(subscriber_next(subscriber, &out), ERR_TIMEOUT);
	publish("news", "still there");
	expect_heard("still there");
}
END_TEST

START_TEST(subscriber_notices_at_once_that_redis_died)
{
	int64_t died_ms;

	ck_assert_int_ge(wait_for(ERR_TIMEOUT), 0);
	redis_server_kill(&server);
	died_ms = wait_for(ERR_CLOSED);
	ck_assert_int_ge(died_ms, 0);
	ck_assert_int_lt(died_ms, SUBSCRIBER_PING_MS);
	ck_assert(subscriber_why(subscriber)[0] != '\0');
	ck_assert_int_ge(wait_for(ERR_CLOSED), 0);
}
END_TEST

START_TEST(subscriber_notices_within_a_second_that_redis_hangs)
{
	int64_t noticed_ms;

	ck_assert_int_ge(wait_for(ERR_TIMEOUT), 0);
	kill(server.pid, SIGSTOP);
	noticed_ms = wait_for(ERR_CLOSED);
	ck_assert_int_ge(noticed_ms, SUBSCRIBER_SILENCE_MS - SUBSCRIBER_PING_MS);
	ck_assert_int_lt(noticed_ms, 1000);
	ck_assert_ptr_nonnull(strstr(subscriber_why(subscriber), "does not answer"));
	/* The socket takes connections still; that is not hearing. */
	ck_assert_int_eq(wait_for(ERR_TIMEOUT), -1);
	kill(server.pid, SIGCONT);
	ck_assert_int_ge(wait_for(ERR_TIMEOUT), 0);
	publish("news", "awake");
	expect_heard("awake");
}
END_TEST

START_TEST(subscriber_that_was_kept_from_looking_does_not_blame_redis)
{
	const struct timespec nap = { 0, (SUBSCRIBER_SILENCE_MS + 200) * 1000000L };
	struct str out;

	ck_assert_int_ge(wait_for(ERR_TIMEOUT), 0);
	publish("news", "while you slept");
	ck_assert_int_eq(nanosleep(&nap, NULL), 0);
	expect_heard("while you slept");
	ck_assert_int_eq(nanosleep(&nap, NULL), 0);
	ck_assert_int_ne(subscriber_next(subscriber, &out), ERR_CLOSED);
}
END_TEST

/* The lease of what a host remembers hangs on this. */
START_TEST(subscriber_knows_until_when_it_has_heard_everything)
{
	const struct timespec nap = { 0, (SUBSCRIBER_PING_MS + 50) * 1000000L };
	int64_t subscribed_ms, slept_ms;
	struct str out;

	ck_assert_int_ge(wait_for(ERR_TIMEOUT), 0);
	subscribed_ms = subscriber_heard_until(subscriber);
	ck_assert_int_le(subscribed_ms, clock_mono_ms());
	slept_ms = clock_mono_ms();
	publish("news", "unread");
	ck_assert_int_eq(nanosleep(&nap, NULL), 0);
	ck_assert_int_le(subscriber_heard_until(subscriber), slept_ms);
	/* Messages that came while it slept are read before later ones count as heard. */
	expect_heard("unread");
	ck_assert_int_le(subscriber_heard_until(subscriber), clock_mono_ms());
	while (subscriber_heard_until(subscriber) < slept_ms)
		ck_assert_int_eq(subscriber_next(subscriber, &out), ERR_TIMEOUT);
	kill(server.pid, SIGSTOP);
	slept_ms = clock_mono_ms();
	ck_assert_int_ge(wait_for(ERR_CLOSED), 0);
	ck_assert_int_le(subscriber_heard_until(subscriber), slept_ms);
}
END_TEST

START_TEST(subscriber_hears_again_after_a_restart)
{
	ck_assert_int_ge(wait_for(ERR_TIMEOUT), 0);
	redis_server_kill(&server);
	ck_assert_int_ge(wait_for(ERR_CLOSED), 0);
	redis_server_start(&server);
	ck_assert_int_ge(wait_for(ERR_TIMEOUT), 0);
	/* The mouth's link broke with the server, and it does not know yet. */
	redis_free(mouth);
	mouth = redis_at(server.socket, TIMEOUT_MS);
	publish("news", "anew");
	expect_heard("anew");
}
END_TEST

static const struct {
	const char *address;
	const char *why;
} hopeless[] = {
	{ "/nowhere/redis.sock", "No such file" },
	{ "127.0.0.1:1", "Connection refused" },
	{ "127.0.0.1", "neither" },
};

START_TEST(subscriber_of_nowhere_says_why)
{
	const struct redis_where where = { .address = hopeless[_i].address };
	struct subscriber *s = subscriber_new(&where, "news");
	struct str out;

	ck_assert_int_eq(subscriber_next(s, &out), ERR_CLOSED);
	ck_assert_ptr_nonnull(strstr(subscriber_why(s), hopeless[_i].why));
	ck_assert_int_eq(subscriber_next(s, &out), ERR_CLOSED);
	subscriber_free(s);
}
END_TEST

Suite *
subscriber_suite(void)
{
	Suite *s = suite_create("subscriber");
	TCase *live = tcase_create("live");
	TCase *away = tcase_create("away");

	tcase_set_timeout(live, 30);
	tcase_add_checked_fixture(live, set_up, tear_down);
	tcase_add_test(live, subscriber_hears_each_message_of_its_channel_in_order);
	tcase_add_test(live, subscriber_stays_while_nothing_is_said);
	tcase_add_test(live, subscriber_notices_at_once_that_redis_died);
	tcase_add_test(live, subscriber_notices_within_a_second_that_redis_hangs);
	tcase_add_test(live, subscriber_that_was_kept_from_looking_does_not_blame_redis);
	tcase_add_test(live, subscriber_knows_until_when_it_has_heard_everything);
	tcase_add_test(live, subscriber_hears_again_after_a_restart);
	suite_add_tcase(s, live);
	tcase_add_loop_test(away, subscriber_of_nowhere_says_why, 0,
			    sizeof(hopeless) / sizeof(hopeless[0]));
	suite_add_tcase(s, away);
	return s;
}
