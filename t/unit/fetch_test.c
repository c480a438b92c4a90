/*
 * fetch_test.c: lib/fetch against a server that says what the test wants, and nothing outside
 * of this machine.
 */
#include "fetch/fetch.h"

#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "canned_server.h"
#include "core/clock.h"

Suite *fetch_suite(void);

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"

static const struct http_pair json_type = { STR("Content-Type"),
					    STR("application/json") };

static struct canned_server server;
static struct fetch *fetch;
static struct fetch_answer answer;

static void
start(const struct canned_reply *replies, size_t count)
{
	canned_start(&server, replies, count);
	fetch = fetch_new(FETCH_ANYWHERE, NULL);
}

static void
stop(void)
{
	fetch_free(fetch);
	canned_stop(&server);
}

static struct fetch_request
get(const char *url)
{
	return (struct fetch_request){ .method = HTTP_GET,
				       .url = str_of(url),
				       .connect_ms = 1000,
				       .whole_ms = 5000,
				       .answer_max_bytes = 1000 };
}

static struct fetch_request
post(const char *url)
{
	struct fetch_request r = get(url);

	r.method = HTTP_POST;
	r.headers = &json_type;
	r.header_count = 1;
	r.body = STR("{\"a\":1}");
	return r;
}

static enum err
ask(struct fetch_request r)
{
	return fetch_send(fetch, &r, &answer);
}

START_TEST(a_request_arrives_as_it_was_made)
{
	const struct canned_reply replies[] = { { CANNED("201 Created", "made"),
						  CANNED_CLOSE } };

	start(replies, 1);
	ck_assert_int_eq(ask(post(canned_url(&server, "/a/b?c=d"))), ERR_OK);
	ck_assert_int_eq(answer.status, 201);
	ck_assert(str_is(answer.body, "made"));
	ck_assert(answer.is_sent);
	ck_assert_str_eq(fetch_why(fetch), "");
	ck_assert_ptr_nonnull(strstr(server.seen->last, "POST /a/b?c=d HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(
		strstr(server.seen->last, "\r\nContent-Type: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(server.seen->last, "\r\nContent-Length: 7\r\n"));
	ck_assert_ptr_null(strstr(server.seen->last, "Expect"));
	ck_assert_ptr_nonnull(strstr(server.seen->last, "\r\n\r\n{\"a\":1}"));
	stop();
}
END_TEST

/* What comes of each thing that a server may do. */
static const struct {
	const char *name, *bytes;
	enum canned_end end;
	size_t filler_bytes;
	enum err e;
	int status;
	size_t kept_bytes;
} ends[] = {
	{ "an error", OK_HEAD "Content-Length: 0\r\n\r\n", CANNED_CLOSE, 0, ERR_OK, 200,
	  0 },
	{ "500", "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", CANNED_CLOSE, 0,
	  ERR_OK, 500, 2 },
	{ "a redirect", "HTTP/1.1 302 F\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n",
	  CANNED_KEEP, 0, ERR_OK, 302, 0 },
	{ "a redirect with a body kept",
	  "HTTP/1.1 307 F\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
	  CANNED_KEEP, 0, ERR_OK, 307, 0 },
	{ "pieces", CHUNKED "2\r\nab\r\n0\r\n\r\n", CANNED_KEEP, 0, ERR_OK, 200, 2 },
	{ "no length", OK_HEAD "\r\nabc", CANNED_CLOSE, 0, ERR_OK, 200, 3 },
	{ "as much as may be", OK_HEAD "Content-Length: 1000\r\n\r\n", CANNED_CLOSE, 1000,
	  ERR_OK, 200, 1000 },
	{ "a byte more", OK_HEAD "Content-Length: 1001\r\n\r\n", CANNED_CLOSE, 1001,
	  ERR_TOO_LARGE, 200, 1000 },
	{ "10 MB", OK_HEAD "Content-Length: 10000000\r\n\r\n", CANNED_CLOSE, 10000000,
	  ERR_TOO_LARGE, 200, 1000 },
	{ "10 MB without a length", OK_HEAD "\r\n", CANNED_CLOSE, 10000000, ERR_TOO_LARGE,
	  200, 1000 },
	{ "half a body", OK_HEAD "Content-Length: 9\r\n\r\nabc", CANNED_CLOSE, 0,
	  ERR_CLOSED, 200, 3 },
	{ "half a piece", CHUNKED "9\r\nab", CANNED_CLOSE, 0, ERR_CLOSED, 200, 2 },
	{ "half a head", "HTTP/1.1 200 OK\r\nConte", CANNED_CLOSE, 0, ERR_CLOSED, 200,
	  0 },
	{ "an interim answer alone", "HTTP/1.1 100 Continue\r\n\r\n", CANNED_CLOSE, 0,
	  ERR_CLOSED, 100, 0 },
	{ "half a head behind it",
	  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n", CANNED_CLOSE, 0,
	  ERR_CLOSED, 200, 0 },
	{ "a line that is no HTTP", "220 mail.example ESMTP\r\n", CANNED_CLOSE, 0,
	  ERR_CLOSED, 0, 0 },
	{ "the end", "", CANNED_CLOSE, 0, ERR_CLOSED, 0, 0 },
	{ "nothing", "", CANNED_HANG, 0, ERR_TIMEOUT, 0, 0 },
	{ "half a body, and then nothing", OK_HEAD "Content-Length: 9\r\n\r\nabc",
	  CANNED_HANG, 0, ERR_TIMEOUT, 200, 3 },
	{ "a head that never ends", OK_HEAD "X-Slow: ", CANNED_DRIP, 0, ERR_TIMEOUT, 200,
	  0 },
};

START_TEST(what_a_server_does_has_an_error_of_its_own)
{
	const struct canned_reply reply = { ends[_i].bytes, ends[_i].end,
					    ends[_i].filler_bytes };
	struct fetch_request r;
	enum err e;

	start(&reply, 1);
	r = post(canned_url(&server, "/"));
	r.whole_ms = ends[_i].e == ERR_TIMEOUT ? 1500 : 5000;
	e = ask(r);
	ck_assert_msg(e == ends[_i].e, "%s: %s (%s)", ends[_i].name, err_name(e),
		      fetch_why(fetch));
	ck_assert_int_eq(answer.status, ends[_i].status);
	ck_assert_uint_eq(answer.body.len, ends[_i].kept_bytes);
	ck_assert(answer.is_sent);
	ck_assert_int_eq(fetch_why(fetch)[0] == '\0', e == ERR_OK);
	ck_assert_int_eq(server.seen->requests, 1);
	stop();
}
END_TEST

START_TEST(a_slow_answer_ends_with_its_time)
{
	static const struct canned_reply reply = { OK_HEAD "\r\n", CANNED_DRIP, 0 };
	struct fetch_request r;
	int64_t begun_ms;

	start(&reply, 1);
	r = get(canned_url(&server, "/"));
	r.whole_ms = 150;
	begun_ms = clock_mono_ms();
	ck_assert_int_eq(ask(r), ERR_TIMEOUT);
	ck_assert_int_ge(clock_mono_ms() - begun_ms, 149);
	ck_assert_int_lt(clock_mono_ms() - begun_ms, 2000);
	stop();
}
END_TEST

START_TEST(a_connection_is_kept_and_made_anew_when_it_was_closed)
{
	const struct canned_reply replies[] = {
		{ CANNED("200 OK", "1"), CANNED_KEEP },
		{ CANNED("200 OK", "2"), CANNED_CLOSE },
		{ CANNED("200 OK", "3"), CANNED_KEEP },
	};

	start(replies, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ask(post(canned_url(&server, "/"))), ERR_OK);
		ck_assert_int_eq(answer.body.ptr[0], '1' + i);
		ck_assert_int_eq(server.seen->connections, i < 2 ? 1 : 2);
		if (i == 1)
			canned_await_closed(&server, 1);
	}
	stop();
}
END_TEST

START_TEST(a_request_that_a_kept_connection_lost_is_not_sent_again)
{
	const struct canned_reply replies[] = {
		{ CANNED("200 OK", "1"), CANNED_KEEP },
		{ "", CANNED_CLOSE },
		{ CANNED("200 OK", "3"), CANNED_KEEP },
	};

	start(replies, 3);
	ck_assert_int_eq(ask(post(canned_url(&server, "/"))), ERR_OK);
	ck_assert_int_eq(ask(post(canned_url(&server, "/"))), ERR_CLOSED);
	ck_assert(answer.is_sent);
	ck_assert_str_eq(fetch_why(fetch), "closed without an answer");
	ck_assert_int_eq(server.seen->requests, 2);
	ck_assert_int_eq(ask(post(canned_url(&server, "/"))), ERR_OK);
	stop();
}
END_TEST

START_TEST(nobody_there_is_not_sent)
{
	char url[64];
	int port;

	close(canned_listen(1, &port));
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	fetch = fetch_new(FETCH_ANYWHERE, NULL);
	ck_assert_int_eq(ask(post(url)), ERR_BUSY);
	ck_assert(!answer.is_sent);
	ck_assert_int_eq(answer.status, 0);
	ck_assert_str_ne(fetch_why(fetch), "");
	fetch_free(fetch);
}
END_TEST

/* A listener whose queue is full lets nobody in, and says nothing. */
START_TEST(a_host_that_is_silent_costs_the_time_to_connect)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct fetch_request r;
	int64_t begun_ms;
	char url[64];
	int port, listener = canned_listen(0, &port);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	for (int i = 0; i < 4; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		(void)connect(fd, (struct sockaddr *)&address, sizeof(address));
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	r = post(url);
	r.connect_ms = 100;
	fetch = fetch_new(FETCH_ANYWHERE, NULL);
	begun_ms = clock_mono_ms();
	ck_assert_int_eq(ask(r), ERR_TIMEOUT);
	ck_assert_int_lt(clock_mono_ms() - begun_ms, 2000);
	ck_assert(!answer.is_sent);
	fetch_free(fetch);
	close(listener);
}
END_TEST

/* The names lead to loopback; the numbers are other spellings of it. */
static const char *const private_hosts[] = {
	"127.0.0.1",	      "[::1]",	     "localhost",  "10.1.2.3",
	"169.254.169.254",    "192.168.0.1", "172.16.0.1", "0.0.0.0",
	"[::ffff:127.0.0.1]", "[fe80::1]",   "[fd00::1]",  "2130706433",
	"0x7f000001",	      "0177.0.0.1",  "127.1",	   "100.64.0.1",
	"[64:ff9b::7f00:1]",
};

START_TEST(private_addresses_are_refused_before_anything_is_sent)
{
	static const struct canned_reply reply = { OK_HEAD "Content-Length: 0\r\n\r\n",
						   CANNED_CLOSE, 0 };
	char url[128];
	enum err e;

	canned_start(&server, &reply, 1);
	fetch = fetch_new(FETCH_PUBLIC_ONLY, NULL);
	snprintf(url, sizeof(url), "http://%s:%d/", private_hosts[_i], server.port);
	e = ask(post(url));
	ck_assert_msg(e == ERR_FORBIDDEN, "%s: %s (%s)", url, err_name(e),
		      fetch_why(fetch));
	ck_assert(!answer.is_sent);
	ck_assert_ptr_nonnull(strstr(fetch_why(fetch), " is not of the public internet"));
	ck_assert_int_eq(server.seen->connections, 0);
	stop();
}
END_TEST

/* The wall is no property of the server: the same request is taken without it. */
START_TEST(a_name_of_loopback_is_reached_by_who_may)
{
	const struct canned_reply reply = { CANNED("200 OK", "in"), CANNED_CLOSE, 0 };
	char url[64];

	start(&reply, 1);
	snprintf(url, sizeof(url), "http://localhost:%d/", server.port);
	ck_assert_int_eq(ask(get(url)), ERR_OK);
	stop();
}
END_TEST

/* Nothing in the environment leads elsewhere. */
START_TEST(the_environment_changes_nothing)
{
	static const char *const names[] = { "http_proxy", "HTTP_PROXY", "all_proxy",
					     "ALL_PROXY", "https_proxy" };
	const struct canned_reply reply = { CANNED("200 OK", "in"), CANNED_CLOSE, 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		setenv(names[i], "http://127.0.0.1:1", 1);
	setenv("SSLKEYLOGFILE", "/nowhere/keys", 1);
	start(&reply, 1);
	ck_assert_ptr_null(getenv("SSLKEYLOGFILE"));
	ck_assert_int_eq(ask(get(canned_url(&server, "/"))), ERR_OK);
	stop();
}
END_TEST

static const char *const bad_urls[] = {
	"",
	"/path",
	"example.org",
	"ftp://127.0.0.1/",
	"file:///etc/passwd",
	"gopher://127.0.0.1/",
	"http://",
	"http://a b/",
	"http://user@127.0.0.1/",
	"http://user:word@127.0.0.1/",
	"http://127.0.0.1\\@10.0.0.1/",
	"http://127.0.0.1/\r\nX: y",
	"http://127.0.0.1:99999/",
};

START_TEST(other_urls_are_refused)
{
	fetch = fetch_new(FETCH_ANYWHERE, NULL);
	ck_assert_msg(ask(post(bad_urls[_i])) == ERR_INVALID, "%s", bad_urls[_i]);
	ck_assert(!answer.is_sent);
	ck_assert_str_ne(fetch_why(fetch), "");
	fetch_free(fetch);
}
END_TEST

START_TEST(headers_with_lines_of_their_own_are_refused)
{
	static const struct http_pair bad[] = {
		{ STR("X-A"), STR("b\r\nX-C: d") },
		{ STR("X-A"), STR("b\nd") },
		{ STR("X\r\nY"), STR("b") },
		{ STR("X-A"), { "b\0d", 3 } },
		{ STR("X-A"), STR("") },
		{ STR(""), STR("b") },
	};
	struct fetch_request r = post("http://127.0.0.1:1/");

	r.headers = &bad[_i];
	fetch = fetch_new(FETCH_ANYWHERE, NULL);
	ck_assert_int_eq(ask(r), ERR_INVALID);
	ck_assert(!answer.is_sent);
	fetch_free(fetch);
}
END_TEST

START_TEST(a_request_without_a_limit_of_time_is_a_bug)
{
	struct fetch_request r = post("http://127.0.0.1:1/");

	*(_i == 0 ? &r.connect_ms : &r.whole_ms) = 0;
	fetch = fetch_new(FETCH_ANYWHERE, NULL);
	ask(r);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *
fetch_suite(void)
{
	Suite *s = suite_create("fetch");
	TCase *t = tcase_create("fetch");

	tcase_set_timeout(t, 20);
	tcase_add_test(t, a_request_arrives_as_it_was_made);
	tcase_add_loop_test(t, what_a_server_does_has_an_error_of_its_own, 0,
			    COUNT(ends));
	tcase_add_test(t, a_slow_answer_ends_with_its_time);
	tcase_add_test(t, a_connection_is_kept_and_made_anew_when_it_was_closed);
	tcase_add_test(t, a_request_that_a_kept_connection_lost_is_not_sent_again);
	tcase_add_test(t, nobody_there_is_not_sent);
	tcase_add_test(t, a_host_that_is_silent_costs_the_time_to_connect);
	tcase_add_loop_test(t, private_addresses_are_refused_before_anything_is_sent, 0,
			    COUNT(private_hosts));
	tcase_add_test(t, a_name_of_loopback_is_reached_by_who_may);
	tcase_add_test(t, the_environment_changes_nothing);
	tcase_add_loop_test(t, other_urls_are_refused, 0, COUNT(bad_urls));
	tcase_add_loop_test(t, headers_with_lines_of_their_own_are_refused, 0, 6);
	tcase_add_loop_exit_test(t, a_request_without_a_limit_of_time_is_a_bug, 70, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
