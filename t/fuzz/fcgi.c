/*
 * fcgi.c: parameters and bodies of any bytes, in records of any size. What is read of a body are
 * its bytes; and either the connection is closed, or the next request on it is understood as it
 * was sent.
 *
 * The input: the size of a record of parameters and of one of the body, two bytes with the length
 * of the parameters, then both. The frames around are sound, and no length says more than
 * 64 KiB: libfcgi, which reads them, is Debian's and takes memory for what a length says before
 * it has seen a byte of it. nginx, who alone may connect, writes both as they should be.
 */
#include "fcgi/fcgi.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/strbuf.h"
#include "fuzz.h"

enum { BEGIN = 1, PARAMS = 4, STDIN = 5, HEAD = 4, MOST = 16 * 1024 };

static void
add_record(struct strbuf *out, int type, struct str data)
{
	char padding = (char)(data.len % 8);
	char head[8] = { 1,	  (char)type, 0, 1, (char)(data.len >> 8), (char)data.len,
			 padding, 0 };

	strbuf_add_bytes(out, head, sizeof(head));
	strbuf_add(out, data);
	strbuf_add_bytes(out, head, (size_t)padding);
}

/* In records of `size` bytes, and an empty one that ends them. */
static void
add_stream(struct strbuf *out, int type, struct str data, size_t size)
{
	while (data.len > 0) {
		size_t len = data.len < size ? data.len : size;

		add_record(out, type, (struct str){ data.ptr, len });
		data = (struct str){ data.ptr + len, data.len - len };
	}
	add_record(out, type, STR(""));
}

static void
add_request(struct strbuf *out, struct str params, size_t params_size, struct str body,
	    size_t body_size)
{
	static const char begin[8] = { 0, 1, 1 };

	add_record(out, BEGIN, (struct str){ begin, sizeof(begin) });
	add_stream(out, PARAMS, params, params_size);
	add_stream(out, STDIN, body, body_size);
}

/* False when the socket does not hold so much at once. */
static bool
bring(int fd, struct strbuf *bytes)
{
	ssize_t n = send(fd, bytes->ptr, bytes->len, MSG_DONTWAIT);
	bool whole = n == (ssize_t)bytes->len;

	strbuf_release(bytes);
	return whole;
}

/* Behind a request that left the connection open. */
static void
must_understand_the_next(struct fcgi *f, struct arena *a, int peer, int fd)
{
	static const char params[] = "\x0e\x03REQUEST_METHODPUT\x0e\x01"
				     "CONTENT_LENGTH5";
	struct strbuf bytes;
	struct str body;

	strbuf_init(&bytes);
	add_request(&bytes, (struct str){ params, sizeof(params) - 1 }, 9, STR("hello"),
		    5);
	MUST(bring(peer, &bytes));
	MUST(fcgi_accept(f, fd) == ERR_OK);
	MUST(str_is(fcgi_param(f, "REQUEST_METHOD"), "PUT"));
	MUST(fcgi_body(f, a, 5, &body) == ERR_OK && str_is(body, "hello"));
	MUST(fcgi_send(f, STR("Status: 200 OK\r\n\r\n"), body) == ERR_OK);
	MUST(fcgi_finish(f, false) == ERR_CLOSED);
}

static void
serve(struct fcgi *f, struct arena *a, int peer, int fd, struct str sent)
{
	struct str body;

	if (fcgi_accept(f, fd) != ERR_OK)
		return;
	fcgi_param(f, "HTTP_ACCEPT");
	if (fcgi_body(f, a, MOST, &body) == ERR_OK)
		MUST(body.len <= sent.len && memcmp(body.ptr, sent.ptr, body.len) == 0);
	fcgi_send(f, STR("Status: 200 OK\r\n\r\n"), STR("body"));
	if (fcgi_finish(f, true) == ERR_OK)
		must_understand_the_next(f, a, peer, fd);
}

/* The length at the front of *s, cut off; what is left when that is no whole length. */
static size_t
cut_length(struct str *s)
{
	const unsigned char *p = (const unsigned char *)s->ptr;
	size_t bytes = s->len > 0 && (p[0] & 0x80) ? 4 : 1, length = 0;

	if (s->len < bytes) {
		s->len = 0;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		length = length << 8 | p[i];
	*s = (struct str){ s->ptr + bytes, s->len - bytes };
	return bytes == 4 ? length & 0x7fffffff : length;
}

static bool
has_bounded_lengths(struct str params)
{
	while (params.len > 0) {
		size_t name = cut_length(&params), value = cut_length(&params);
		size_t both = name + value;

		if (both > 64 * 1024)
			return false;
		if (both > params.len)
			both = params.len;
		params = (struct str){ params.ptr + both, params.len - both };
	}
	return true;
}

static struct fcgi *
open_fcgi(void)
{
	static struct fcgi *f;

	if (f == NULL) {
		fcgi_init();
		f = fcgi_new();
	}
	return f;
}

/* The peer: reads what is answered and hangs up when we do, which libfcgi waits for. */
static void *
listen_to_answers(void *fd)
{
	char trash[1024];
	int peer = *(int *)fd;

	while (read(peer, trash, sizeof(trash)) > 0)
		;
	close(peer);
	return NULL;
}

static void
open_pair(int ends[2])
{
	struct timeval wait = { .tv_usec = 100 * 1000 };
	int room = 1 << 20;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	MUST(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0);
	MUST(setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0);
}

void
fuzz_fcgi(struct arena *a, struct str input)
{
	const unsigned char *head = (const unsigned char *)input.ptr;
	struct str rest, body;
	struct strbuf bytes;
	pthread_t listener;
	int ends[2];
	size_t len;

	if (input.len < HEAD || input.len > MOST)
		return;
	rest = (struct str){ input.ptr + HEAD, input.len - HEAD };
	len = ((size_t)head[2] << 8 | head[3]) % (rest.len + 1);
	body = (struct str){ rest.ptr + len, rest.len - len };
	if (!has_bounded_lengths((struct str){ rest.ptr, len }))
		return;
	strbuf_init(&bytes);
	add_request(&bytes, (struct str){ rest.ptr, len }, head[0] + 1u, body,
		    head[1] + 1u);
	open_pair(ends);
	MUST(pthread_create(&listener, NULL, listen_to_answers, &ends[0]) == 0);
	if (bring(ends[0], &bytes))
		serve(open_fcgi(), a, ends[0], ends[1], body);
	else
		close(ends[1]);
	MUST(pthread_join(listener, NULL) == 0);
}
