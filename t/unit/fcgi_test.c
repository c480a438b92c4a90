/*
 * fcgi_test.c: requests in their bytes, over a socket pair, through libfcgi.
 */
#include <check.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/strbuf.h"
#include "fcgi/fcgi.h"

Suite *fcgi_suite(void);

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

static int peer, ours;
static struct fcgi *f;
static struct arena arena;

static void
set_up(void)
{
	int ends[2];

	fcgi_init();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	peer = ends[0];
	ours = ends[1];
	f = fcgi_new();
	arena_init(&arena, 1024);
}

static void
tear_down(void)
{
	fcgi_free(f);
	arena_release(&arena);
	close(peer);
}

static void
record(struct strbuf *b, int type, const char *data, size_t len)
{
	char head[8] = { 1, (char)type, 0, 1, (char)(len >> 8), (char)len, 0, 0 };

	strbuf_add_bytes(b, head, sizeof(head));
	strbuf_add_bytes(b, data, len);
}

static void
param(struct strbuf *b, const char *name, const char *value)
{
	strbuf_add_char(b, (char)strlen(name));
	strbuf_add_char(b, (char)strlen(value));
	strbuf_add_cstr(b, name);
	strbuf_add_cstr(b, value);
}

static void
ask(const char *content_length, const char *body)
{
	static const char begin[8] = { 0, 1, 1 };
	struct strbuf b, p;

	strbuf_init(&b);
	strbuf_init(&p);
	param(&p, "REQUEST_METHOD", "POST");
	param(&p, "REQUEST", "short");
	param(&p, "CONTENT_LENGTH", content_length);
	record(&b, BEGIN, begin, sizeof(begin));
	record(&b, PARAMS, p.ptr, p.len);
	record(&b, PARAMS, "", 0);
	if (body[0] != '\0')
		record(&b, STDIN, body, strlen(body));
	record(&b, STDIN, "", 0);
	ck_assert_int_eq(write(peer, b.ptr, b.len), (ssize_t)b.len);
	strbuf_release(&b);
	strbuf_release(&p);
}

/* Compares one read: the STDOUT bytes, with the end of the request in it. */
static bool
answered(const char *expected)
{
	unsigned char in[4096];
	char text[4096] = "";
	size_t at = 0, len = 0, size;
	ssize_t n = recv(peer, in, sizeof(in), MSG_DONTWAIT);
	bool ended = false;

	for (; n > 0 && at + 8 <= (size_t)n; at += 8 + size + in[at + 6]) {
		size = (size_t)in[at + 4] << 8 | in[at + 5];
		ended |= in[at + 1] == END;
		if (in[at + 1] != STDOUT)
			continue;
		memcpy(text + len, in + at + 8, size);
		len += size;
	}
	text[len] = '\0';
	ck_assert_str_eq(text, expected);
	return ended;
}

START_TEST(reply_in_parts_ends_with_the_last)
{
	ask("0", "");
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_send_part(f, STR("A: b\r\n\r\n"), STR("one ")), ERR_OK);
	ck_assert(!answered("A: b\r\n\r\none "));
	ck_assert_int_eq(fcgi_send_part(f, STR(""), STR("two ")), ERR_OK);
	ck_assert(!answered("two "));
	ck_assert_int_eq(fcgi_send(f, STR(""), STR("three")), ERR_OK);
	ck_assert(answered("three"));
	ck_assert_int_eq(fcgi_finish(f, true), ERR_OK);
	close(ours);
}
END_TEST

START_TEST(reply_that_is_aborted_has_no_end)
{
	char byte;

	ask("0", "");
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_send_part(f, STR("A: b\r\n\r\n"), STR("one ")), ERR_OK);
	fcgi_abort(f);
	ck_assert_int_eq(fcgi_send(f, STR(""), STR("")), ERR_CLOSED);
	ck_assert_int_eq(fcgi_finish(f, true), ERR_CLOSED);
	ck_assert(!answered("A: b\r\n\r\none "));
	ck_assert_int_eq(recv(peer, &byte, 1, 0), 0);
}
END_TEST

START_TEST(request_is_read_and_answered_and_the_connection_goes_on)
{
	struct str body;
	int i;

	for (i = 0; i < 3; i++) {
		ask("5", "hello");
		ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
		ck_assert(str_is(fcgi_param(f, "REQUEST_METHOD"), "POST"));
		ck_assert(str_is(fcgi_param(f, "REQUEST"), "short"));
		ck_assert_ptr_null(fcgi_param(f, "REQ").ptr);
		ck_assert_int_eq(fcgi_body(f, &arena, 5, &body), ERR_OK);
		ck_assert_str_eq(body.ptr, "hello");
		ck_assert_int_eq(fcgi_send(f, STR("A: b\r\n\r\n"), STR("body")), ERR_OK);
		ck_assert(answered("A: b\r\n\r\nbody"));
		ck_assert_int_eq(fcgi_finish(f, true), ERR_OK);
	}
	close(ours);
}
END_TEST

START_TEST(unread_body_is_not_the_next_request)
{
	struct pollfd p = { .fd = ours, .events = POLLIN };
	struct str body;

	ask("5", "hello");
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_body(f, &arena, 4, &body), ERR_TOO_LARGE);
	ck_assert_int_eq(fcgi_send(f, STR("\r\n"), STR("no")), ERR_OK);
	ck_assert_int_eq(fcgi_finish(f, true), ERR_OK);
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	ask("0", "");
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_body(f, &arena, 4, &body), ERR_OK);
	ck_assert_uint_eq(body.len, 0);
	ck_assert_int_eq(fcgi_finish(f, true), ERR_OK);
	close(ours);
}
END_TEST

/* In a child: a request whose body is 1100 times 64000 bytes, more than any socket holds. */
static _Noreturn void
ask_much(void)
{
	static char piece[64000];
	struct strbuf b, p;
	bool good = true;

	strbuf_init(&b);
	strbuf_init(&p);
	param(&p, "CONTENT_LENGTH", "70400000");
	record(&b, BEGIN, (const char[8]){ 0, 1, 1 }, 8);
	record(&b, PARAMS, p.ptr, p.len);
	record(&b, PARAMS, "", 0);
	for (int i = 0; i <= 1100 && good; i++) {
		record(&b, STDIN, piece, i < 1100 ? sizeof(piece) : 0);
		good = write(peer, b.ptr, b.len) == (ssize_t)b.len;
		strbuf_clear(&b, 0);
	}
	_exit(good ? 0 : 1);
}

START_TEST(unread_body_of_any_size_is_read_away)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		ask_much();
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_send(f, STR("\r\n"), STR("no")), ERR_OK);
	ck_assert_int_eq(fcgi_finish(f, true), ERR_OK);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(ours);
}
END_TEST

START_TEST(unread_body_that_is_longer_than_it_claims_ends_the_connection)
{
	static char body[20000];

	memset(body, 'x', sizeof(body) - 1);
	ask("5", body);
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_send(f, STR("\r\n"), STR("no")), ERR_OK);
	ck_assert_int_eq(fcgi_finish(f, true), ERR_CLOSED);
}
END_TEST

START_TEST(body_that_is_not_what_it_claims_is_refused)
{
	static const char *const lengths[] = { "6", "-1", "five",
					       "99999999999999999999" };
	struct str body;
	int i;

	for (i = 0; i < 4; i++) {
		ask(lengths[i], "hello");
		ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
		ck_assert_int_eq(fcgi_body(f, &arena, 100, &body), ERR_MALFORMED);
		ck_assert_int_eq(fcgi_finish(f, true), ERR_OK);
	}
	close(ours);
}
END_TEST

START_TEST(body_can_be_taken_in_pieces)
{
	static const char *const pieces[] = { "he", "ll", "o", "" };
	char piece[3];
	int64_t bytes;
	size_t len;

	ask("5", "hello");
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_length(f, &bytes), ERR_OK);
	ck_assert_int_eq(bytes, 5);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(fcgi_read(f, piece, 2, &len), ERR_OK);
		piece[len] = '\0';
		ck_assert_str_eq(piece, pieces[i]);
	}
	ck_assert_int_eq(fcgi_finish(f, true), ERR_OK);
	ask("6", "hello");
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_read(f, piece, 2, &len), ERR_OK);
	ck_assert_int_eq(fcgi_read(f, piece, 2, &len), ERR_OK);
	ck_assert_int_eq(fcgi_read(f, piece, 2, &len), ERR_MALFORMED);
	ck_assert_int_eq(fcgi_finish(f, true), ERR_OK);
	close(ours);
}
END_TEST

START_TEST(peer_that_left_is_noticed)
{
	ask("0", "");
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert(!fcgi_hung_up(f));
	shutdown(peer, SHUT_RDWR);
	ck_assert(fcgi_hung_up(f));
	ck_assert_int_eq(fcgi_send(f, STR("\r\n"), STR("late")), ERR_CLOSED);
	ck_assert_int_eq(fcgi_finish(f, true), ERR_CLOSED);
	ck_assert_int_lt(write(ours, "", 1), 0);
}
END_TEST

START_TEST(what_is_no_request_ends_the_connection)
{
	ck_assert_int_eq(write(peer, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	shutdown(peer, SHUT_WR);
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_CLOSED);
	ck_assert_int_lt(write(ours, "", 1), 0);
}
END_TEST

START_TEST(connection_not_kept_is_closed)
{
	char c;

	ask("0", "");
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_send(f, STR("\r\n"), STR("last")), ERR_OK);
	ck_assert_int_eq(fcgi_finish(f, false), ERR_CLOSED);
	ck_assert(answered("\r\nlast"));
	ck_assert_int_eq(read(peer, &c, 1), 0);
}
END_TEST

START_TEST(large_reply_leaves_whole)
{
	static char big[100000];
	static char in[120000];
	size_t got = 0;
	ssize_t n;

	memset(big, 'x', sizeof(big));
	ask("0", "");
	ck_assert_int_eq(fcgi_accept(f, ours), ERR_OK);
	ck_assert_int_eq(fcgi_send(f, STR("\r\n"), (struct str){ big, sizeof(big) }),
			 ERR_OK);
	ck_assert_int_eq(fcgi_finish(f, false), ERR_CLOSED);
	while ((n = read(peer, in + got, sizeof(in) - got)) > 0)
		got += (size_t)n;
	ck_assert_uint_gt(got, sizeof(big));
	ck_assert_int_eq(in[got - 15], END);
}
END_TEST

Suite *
fcgi_suite(void)
{
	Suite *s = suite_create("fcgi");
	TCase *t = tcase_create("fcgi");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, request_is_read_and_answered_and_the_connection_goes_on);
	tcase_add_test(t, unread_body_is_not_the_next_request);
	tcase_add_test(t, unread_body_of_any_size_is_read_away);
	tcase_add_test(t, unread_body_that_is_longer_than_it_claims_ends_the_connection);
	tcase_add_test(t, body_that_is_not_what_it_claims_is_refused);
	tcase_add_test(t, body_can_be_taken_in_pieces);
	tcase_add_test(t, peer_that_left_is_noticed);
	tcase_add_test(t, what_is_no_request_ends_the_connection);
	tcase_add_test(t, connection_not_kept_is_closed);
	tcase_add_test(t, large_reply_leaves_whole);
	tcase_add_test(t, reply_in_parts_ends_with_the_last);
	tcase_add_test(t, reply_that_is_aborted_has_no_end);
	suite_add_tcase(s, t);
	return s;
}
