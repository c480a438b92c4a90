/* canned_server.c: an HTTP server that a unit test may have say anything, or nothing. */
#include "canned_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

enum { PATIENCE_MS = 5000 };

const char *
canned_answer(const char *status, const char *body)
{
	static char ring[8][4096];
	static int next;
	char *text = ring[next++ % 8];

	snprintf(text, sizeof(ring[0]),
		 "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: "
		 "%zu\r\n\r\n%s",
		 status, strlen(body), body);
	return text;
}

int
canned_listen(int backlog, int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* How long the request is, once its head is there; 0 before. */
static size_t
request_size(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n"),
		   *length = strcasestr(text, "\nContent-Length:");

	if (end == NULL)
		return 0;
	return (size_t)(end + 4 - text) +
	       (length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0);
}

/* False when the client hung up instead. */
static int
read_request(int fd, struct canned_seen *seen)
{
	char text[sizeof(seen->last)] = "";
	size_t len = 0;
	ssize_t n;

	while (request_size(text) == 0 || len < request_size(text)) {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			return 0;
		len += (size_t)n;
		text[len] = '\0';
	}
	memcpy(seen->last, text, len + 1);
	seen->requests++;
	return 1;
}

static void
say(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

static void
fill(int fd, size_t bytes)
{
	static char filler[65536];

	memset(filler, 'x', sizeof(filler));
	while (bytes > 0) {
		size_t n = bytes < sizeof(filler) ? bytes : sizeof(filler);

		say(fd, filler, n);
		bytes -= n;
	}
}

static void
wait_for_the_end(int fd, enum canned_end end)
{
	const struct timespec pause = { 0, 5000000 };
	char c;

	while (end == CANNED_DRIP && write(fd, "x", 1) == 1)
		nanosleep(&pause, NULL);
	while (read(fd, &c, 1) > 0)
		continue;
}

static void
serve(int fd, struct canned_seen *seen, const struct canned_reply *replies, size_t count)
{
	while (read_request(fd, seen) && (size_t)seen->requests <= count) {
		const struct canned_reply *r = &replies[seen->requests - 1];

		say(fd, r->bytes, strlen(r->bytes));
		fill(fd, r->filler_bytes);
		if (r->end == CANNED_KEEP)
			continue;
		if (r->end != CANNED_CLOSE)
			wait_for_the_end(fd, r->end);
		break;
	}
	close(fd);
	seen->closed++;
}

void
canned_await_closed(const struct canned_server *s, int count)
{
	const volatile struct canned_seen *seen = s->seen;
	const struct timespec pause = { 0, 1000000 };
	int64_t begun_ms = clock_mono_ms();

	while (seen->closed < count) {
		ck_assert_int_lt(clock_mono_ms() - begun_ms, PATIENCE_MS);
		nanosleep(&pause, NULL);
	}
}

void
canned_start(struct canned_server *s, const struct canned_reply *replies, size_t count)
{
	int listener, fd;

	signal(SIGPIPE, SIG_IGN);
	s->seen = mmap(NULL, sizeof(*s->seen), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(s->seen, MAP_FAILED);
	listener = canned_listen(16, &s->port);
	s->pid = fork();
	ck_assert_int_ge(s->pid, 0);
	while (s->pid == 0 && (fd = accept(listener, NULL, NULL)) >= 0) {
		s->seen->connections++;
		serve(fd, s->seen, replies, count);
	}
	close(listener);
}

void
canned_stop(struct canned_server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	munmap(s->seen, sizeof(*s->seen));
}

const char *
canned_url(const struct canned_server *s, const char *path)
{
	static char url[256];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", s->port, path);
	return url;
}
