/*
 * push_test.c: lib/push against a server that answers as Gorush does, and as it does not. What
 * errors mean is walked without one.
 */
#include "push/push.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "canned_server.h"
#include "core/clock.h"

Suite *push_suite(void);

#define TOKEN "c0ffee-token-of-a-device"
#define OK(counts, logs) "{\"counts\":" counts ",\"logs\":[" logs "],\"success\":\"ok\"}"
#define FAILED(error)                                                         \
	"{\"notif_id\":\"n1\",\"type\":\"failed-push\",\"platform\":\"ios\"," \
	"\"token\":\"" TOKEN "\",\"message\":\"The lamp\",\"error\":\"" error "\"}"

static struct canned_server server;
static struct arena arena;

static void
set_up(void)
{
	arena_init(&arena, 4096);
}

static void
tear_down(void)
{
	arena_release(&arena);
}

static struct push_notice
notice(enum push_platform platform)
{
	return (struct push_notice){
		.id = STR("n1"),
		.token = STR(TOKEN),
		.platform = platform,
		.priority = PUSH_HIGH,
		.title = STR("Due \"today\""),
		.message = STR("The lamp"),
		.badge = 3,
		.sound = STR("default"),
		.data = STR("{\"task_id\":\"t1\"}"),
		.collapse_id = STR("task-t1"),
	};
}

/* Sends one to whoever listens on `port`. */
static struct push_result
send_to(int port, const char *topic, int timeout_ms, const struct push_notice *n)
{
	char url[64];
	struct push *p;
	struct push_result result;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/api/push", port);
	p = push_new(url, topic, timeout_ms);
	result = push_send(p, &arena, n);
	push_free(p);
	return result;
}

/* --- what is sent ---------------------------------------------------------- */

static void
ck_sent(const char *topic, struct push_notice n, const char *body)
{
	const struct canned_reply reply = { CANNED("200 OK", OK("1", "")), CANNED_CLOSE,
					    0 };
	struct push_result r;

	canned_start(&server, &reply, 1);
	r = send_to(server.port, topic, 5000, &n);
	ck_assert_msg(r.verdict == PUSH_ACCEPTED, "%s", r.words);
	ck_assert_str_eq(r.words, "");
	ck_assert(str_starts(str_of(server.seen->last),
			     STR("POST /api/push HTTP/1.1\r\n")));
	ck_assert_ptr_nonnull(
		strstr(server.seen->last, "\r\nContent-Type: application/json\r\n"));
	ck_assert_str_eq(strstr(server.seen->last, "\r\n\r\n") + 4, body);
	canned_stop(&server);
}

START_TEST(a_notice_for_ios_has_the_topic)
{
	ck_sent("casa.hob.app", notice(PUSH_IOS),
		"{\"notifications\":[{\"notif_id\":\"n1\",\"tokens\":[\"" TOKEN
		"\"],\"platform\":1,\"title\":\"Due \\\"today\\\"\",\"message\":\"The "
		"lamp\","
		"\"topic\":\"casa.hob.app\",\"badge\":3,\"sound\":\"default\","
		"\"data\":{\"task_id\":\"t1\"},\"priority\":\"high\","
		"\"collapse_id\":\"task-t1\"}]}");
}
END_TEST

/* Gorush would send it to all who subscribed to a topic of that name. */
START_TEST(a_notice_for_android_has_no_topic)
{
	ck_sent("casa.hob.app", notice(PUSH_ANDROID),
		"{\"notifications\":[{\"notif_id\":\"n1\",\"tokens\":[\"" TOKEN
		"\"],\"platform\":2,\"title\":\"Due \\\"today\\\"\",\"message\":\"The "
		"lamp\","
		"\"badge\":3,\"sound\":\"default\",\"data\":{\"task_id\":\"t1\"},"
		"\"priority\":\"high\",\"collapse_id\":\"task-t1\"}]}");
}
END_TEST

START_TEST(what_a_notice_does_not_have_is_left_out)
{
	struct push_notice n = { .id = STR("n1"),
				 .token = STR(TOKEN),
				 .platform = PUSH_IOS,
				 .message = STR("The lamp"),
				 .badge = -1 };

	ck_sent("", n,
		"{\"notifications\":[{\"notif_id\":\"n1\",\"tokens\":[\"" TOKEN
		"\"],\"platform\":1,\"message\":\"The lamp\",\"priority\":\"normal\"}]}");
	n.badge = 0;
	ck_sent("", n,
		"{\"notifications\":[{\"notif_id\":\"n1\",\"tokens\":[\"" TOKEN
		"\"],\"platform\":1,\"message\":\"The lamp\",\"badge\":0,"
		"\"priority\":\"normal\"}]}");
}
END_TEST

/* --- what comes back ------------------------------------------------------- */

/* Whole answers, with the most that `counts` may be: 2 where a topic went along. */
static const struct {
	int status;
	const char *body;
	int counts_max;
	enum push_verdict verdict;
} answers[] = {
	{ 200, OK("1", ""), 1, PUSH_ACCEPTED },
	{ 200, OK("1", ""), 2, PUSH_ACCEPTED },
	{ 200, OK("2", ""), 2, PUSH_ACCEPTED },
	/* counts that are not of what was sent */
	{ 200, OK("2", ""), 1, PUSH_LATER },
	{ 200, OK("0", ""), 1, PUSH_LATER },
	{ 200, OK("-1", ""), 1, PUSH_LATER },
	{ 200, OK("1.0", ""), 1, PUSH_LATER },
	{ 200, OK("\"1\"", ""), 1, PUSH_LATER },
	{ 200, OK("null", ""), 1, PUSH_LATER },
	{ 200, "{\"logs\":[],\"success\":\"ok\"}", 1, PUSH_LATER },
	/* failures */
	{ 200, OK("1", FAILED("Unregistered")), 1, PUSH_DEAD },
	{ 200, OK("0", FAILED("Unregistered")), 1, PUSH_DEAD },
	{ 200, OK("1", FAILED("ExpiredToken")), 1, PUSH_DEAD },
	{ 200, OK("1", FAILED("NotRegistered")), 1, PUSH_DEAD },
	{ 200, OK("1", FAILED("Requested entity was not found.")), 1, PUSH_DEAD },
	{ 200, OK("1", FAILED("BadDeviceToken")), 1, PUSH_ENVIRONMENT },
	{ 200, OK("1", FAILED("DeviceTokenNotForTopic")), 1, PUSH_ENVIRONMENT },
	{ 200, OK("1", FAILED("SenderId mismatch")), 1, PUSH_ENVIRONMENT },
	{ 200, OK("1", FAILED("PayloadTooLarge")), 1, PUSH_REFUSED },
	{ 200, OK("1", FAILED("InternalServerError")), 1, PUSH_LATER },
	{ 200, OK("1", FAILED("BadCertificateEnvironment")), 1, PUSH_LATER },
	{ 200, OK("1", FAILED("BadEnvironmentKeyInToken")), 1, PUSH_LATER },
	{ 200, OK("1", FAILED("max capacity reached")), 1, PUSH_LATER },
	{ 200,
	  OK("1", FAILED("Post \\\"https://api.push.apple.com/3/device/" TOKEN
			 "\\\": dial tcp: i/o timeout")),
	  1, PUSH_LATER },
	{ 200, OK("1", FAILED("unexpected http response with status: 503\\nAway")), 1,
	  PUSH_LATER },
	/* never dead: what nobody knows, and words of the dead in a sentence */
	{ 200, OK("1", FAILED("A new reason")), 1, PUSH_UNKNOWN },
	{ 200, OK("1", FAILED("")), 1, PUSH_UNKNOWN },
	{ 200, OK("1", FAILED("unregistered")), 1, PUSH_UNKNOWN },
	{ 200, OK("1", FAILED("Unregistered by the operator")), 1, PUSH_UNKNOWN },
	{ 200, OK("1", FAILED("unexpected http response with status: 404\\n404")), 1,
	  PUSH_UNKNOWN },
	/* one for each try that Gorush made: the heaviest counts */
	{ 200, OK("1", FAILED("Shutdown") "," FAILED("Unregistered")), 1, PUSH_DEAD },
	{ 200, OK("1", FAILED("Unregistered") "," FAILED("Shutdown")), 1, PUSH_DEAD },
	/* answers of somebody else */
	{ 200, "", 1, PUSH_LATER },
	{ 200, "ok", 1, PUSH_LATER },
	{ 200, "[]", 1, PUSH_LATER },
	{ 200, "{}", 1, PUSH_LATER },
	{ 200, "{\"text\":\"Welcome to notification server.\"}", 1, PUSH_LATER },
	{ 200, "{\"counts\":1,\"logs\":[],\"success\":\"ok\"", 1, PUSH_LATER },
	{ 200, "{\"counts\":1,\"logs\":[],\"success\":\"ok\",\"counts\":1}", 1,
	  PUSH_LATER },
	{ 200, "{\"counts\":1,\"logs\":[],\"success\":true}", 1, PUSH_LATER },
	{ 200, "{\"counts\":1,\"logs\":null,\"success\":\"ok\"}", 1, PUSH_LATER },
	{ 200, "{\"counts\":1,\"logs\":{},\"success\":\"ok\"}", 1, PUSH_LATER },
	{ 200, OK("1", "\"Unregistered\""), 1, PUSH_LATER },
	{ 200, OK("1", "{\"type\":\"failed-push\"}"), 1, PUSH_LATER },
	{ 200, OK("1", "{\"type\":\"failed-push\",\"error\":410}"), 1, PUSH_LATER },
	{ 200, OK("1", "{\"type\":\"succeeded-push\",\"error\":\"Unregistered\"}"), 1,
	  PUSH_LATER },
	{ 200,
	  OK("1",
	     "{\"notif_id\":\"n2\",\"type\":\"failed-push\",\"error\":\"Unregistered\"}"),
	  1, PUSH_LATER },
	/* other statuses */
	{ 400, "{\"code\":400,\"message\":\"Notifications field is empty.\"}", 1,
	  PUSH_REFUSED },
	{ 400, "no JSON", 1, PUSH_REFUSED },
	{ 413, "", 1, PUSH_REFUSED },
	{ 500, "", 1, PUSH_AWAY },
	{ 502, "<html>", 1, PUSH_AWAY },
	{ 503, OK("1", FAILED("Unregistered")), 1, PUSH_AWAY },
	{ 429, "", 1, PUSH_AWAY },
	{ 404, "404 page not found", 1, PUSH_AWAY },
	{ 401, "", 1, PUSH_AWAY },
	{ 302, "", 1, PUSH_AWAY },
	{ 204, "", 1, PUSH_AWAY },
};

START_TEST(each_answer_has_its_verdict)
{
	const struct push_sent sent = { STR("n1"), STR(TOKEN), answers[_i].counts_max };
	struct push_result r =
		push_read(&arena, answers[_i].status, str_of(answers[_i].body), &sent);

	ck_assert_msg(r.verdict == answers[_i].verdict, "%d %s: %s (%s)",
		      answers[_i].status, answers[_i].body, push_verdict_name(r.verdict),
		      r.words);
	ck_assert_ptr_null(strstr(r.words, TOKEN));
}
END_TEST

START_TEST(words_are_one_short_line_without_the_token)
{
	const struct push_sent sent = { STR("n1"), STR(TOKEN), 1 };
	char many[1000];
	struct push_result r;

	r = push_read(&arena, 200,
		      STR(OK("1",
			     FAILED("Post \\\"https://a/3/device/" TOKEN "\\\": EOF"))),
		      &sent);
	ck_assert_str_eq(r.words, "Post \"https://a/3/device/TOKEN\": EOF");
	r = push_read(&arena, 400, STR("{\"message\":\"two\\nlines \\u00e9\"}"), &sent);
	ck_assert_str_eq(r.words, "status 400: two lines");
	memset(many, 'x', sizeof(many));
	ck_assert_uint_eq(strlen(push_words(&arena, (struct str){ many, sizeof(many) },
					    sent.token)),
			  200);
}
END_TEST

/* --- what fails on the way ------------------------------------------------- */

static const struct {
	const char *name, *bytes;
	enum canned_end end;
	size_t filler_bytes;
} failures[] = {
	{ "a hang, as when its queue refuses", "", CANNED_HANG, 0 },
	{ "the end", "", CANNED_CLOSE, 0 },
	{ "half a head", "HTTP/1.1 200 OK\r\nContent-Le", CANNED_CLOSE, 0 },
	{ "half an answer",
	  "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"counts\":1,\"logs\":[",
	  CANNED_CLOSE, 0 },
	{ "half an answer, and a hang",
	  "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"counts\":1,\"logs\":[",
	  CANNED_HANG, 0 },
	{ "10 MB", "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n", CANNED_CLOSE,
	  10000000 },
};

START_TEST(what_fails_on_the_way_is_silence)
{
	const struct canned_reply reply = { failures[_i].bytes, failures[_i].end,
					    failures[_i].filler_bytes };
	struct push_notice n = notice(PUSH_IOS);
	int64_t begun_ms = clock_mono_ms();
	struct push_result r;

	canned_start(&server, &reply, 1);
	r = send_to(server.port, "", failures[_i].end == CANNED_HANG ? 100 : 5000, &n);
	ck_assert_msg(r.verdict == PUSH_SILENT, "%s: %s", failures[_i].name,
		      push_verdict_name(r.verdict));
	ck_assert_str_ne(r.words, "");
	ck_assert_int_lt(clock_mono_ms() - begun_ms, 3000);
	canned_stop(&server);
}
END_TEST

START_TEST(nobody_there_is_away)
{
	struct push_notice n = notice(PUSH_IOS);
	struct push_result r;
	int port;

	close(canned_listen(1, &port));
	r = send_to(port, "", 5000, &n);
	ck_assert_int_eq(r.verdict, PUSH_AWAY);
	ck_assert_str_ne(r.words, "");
}
END_TEST

START_TEST(notices_share_a_connection)
{
	const struct canned_reply replies[] = {
		{ CANNED("200 OK", OK("1", "")), CANNED_KEEP, 0 },
		{ CANNED("200 OK", OK("1", FAILED("Unregistered"))), CANNED_KEEP, 0 },
		{ CANNED("200 OK", OK("1", "")), CANNED_KEEP, 0 },
	};
	static const enum push_verdict verdicts[] = { PUSH_ACCEPTED, PUSH_DEAD,
						      PUSH_ACCEPTED };
	struct push_notice n = notice(PUSH_ANDROID);
	struct push *p;

	canned_start(&server, replies, 3);
	p = push_new(canned_url(&server, "/api/push"), "", 5000);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(push_send(p, &arena, &n).verdict, verdicts[i]);
	ck_assert_int_eq(server.seen->connections, 1);
	push_free(p);
	canned_stop(&server);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *
push_suite(void)
{
	Suite *s = suite_create("push");
	TCase *t = tcase_create("push");

	tcase_set_timeout(t, 20);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_notice_for_ios_has_the_topic);
	tcase_add_test(t, a_notice_for_android_has_no_topic);
	tcase_add_test(t, what_a_notice_does_not_have_is_left_out);
	tcase_add_loop_test(t, each_answer_has_its_verdict, 0, COUNT(answers));
	tcase_add_test(t, words_are_one_short_line_without_the_token);
	tcase_add_loop_test(t, what_fails_on_the_way_is_silence, 0, COUNT(failures));
	tcase_add_test(t, nobody_there_is_away);
	tcase_add_test(t, notices_share_a_connection);
	suite_add_tcase(s, t);
	return s;
}
