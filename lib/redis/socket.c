/*
 * socket.c: from an address to a connection that is logged in, and bytes over it.
 *
 * Everything is non-blocking and waits in poll(2) until a deadline. Names are not looked
 * up here if another process does it (names.h). Runs in workers, in the relay and in
 * `hob`.
 */
#include "redis/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/die.h"
#include "redis/address.h"
#include "redis/tls.h"

enum {
	PIECE = 16384,
	/* Routers forget a silent connection after some minutes, the strictest after five. */
	KEEPALIVE_IDLE_S = 60,
	KEEPALIVE_EVERY_S = 10,
	KEEPALIVE_TIMES = 3
};

struct redis_link {
	int fd;
	SSL *ssl; /* NULL: in the clear */
	redisReader *reader;
	char why[REDIS_WHY_SIZE];
};

const char *
redis_link_why(const struct redis_link *l)
{
	return l->why;
}

static enum err
fail(struct redis_link *l, enum err e, const char *why)
{
	snprintf(l->why, sizeof(l->why), "%s", why);
	return e;
}

/* Waits for `events`; an error on the socket counts, for the next call tells it. */
static enum err
wait_for(struct redis_link *l, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = l->fd, .events = events };
	int64_t left = deadline_ms - clock_mono_ms();

	if (poll(&p, 1, left > 0 ? (int)left : 0) == 0)
		return fail(l, ERR_TIMEOUT, "it does not answer");
	return ERR_OK;
}

/* --- sockets --------------------------------------------------------------- */

static void
keep_alive(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TIMES },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			   sizeof(options[i].value));
}

static enum err
connect_socket(struct redis_link *l, const struct sockaddr *to, socklen_t size,
	       int64_t deadline_ms)
{
	int failure = 0;
	socklen_t failure_size = sizeof(failure);
	enum err e;

	l->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return fail(l, ERR_CLOSED, strerror(errno));
	if (to->sa_family != AF_UNIX)
		keep_alive(l->fd);
	if (connect(l->fd, to, size) == 0)
		return ERR_OK;
	if (errno != EINPROGRESS)
		return fail(l, ERR_CLOSED, strerror(errno));
	e = wait_for(l, POLLOUT, deadline_ms);
	if (e != ERR_OK)
		return e;
	getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &failure, &failure_size);
	return failure ? fail(l, ERR_CLOSED, strerror(failure)) : ERR_OK;
}

static enum err
connect_unix(struct redis_link *l, const char *path, int64_t deadline_ms)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	return connect_socket(l, (const struct sockaddr *)&to, sizeof(to), deadline_ms);
}

/* `address` is numeric: no name server is asked. */
static enum err
connect_address(struct redis_link *l, const char *address, int port, int64_t deadline_ms)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *to;
	char service[8];
	enum err e;

	snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(address, service, &hints, &to) != 0)
		return fail(l, ERR_CLOSED, "not an address");
	e = connect_socket(l, to->ai_addr, to->ai_addrlen, deadline_ms);
	freeaddrinfo(to);
	return e;
}

static void
close_socket(struct redis_link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

/* One address after the other; the last one's failure stays. */
static enum err
connect_name(struct redis_link *l, const struct redis_address *a, struct names *names,
	     int64_t deadline_ms)
{
	struct name_addresses found;
	const char *why;
	enum err e = ERR_CLOSED;

	if (!(names != NULL ? names_find(names, str_of(a->host), &found, &why)
			    : names_look_up(str_of(a->host), &found, &why)))
		return fail(l, ERR_CLOSED, why);
	for (int i = 0; i < found.count && e != ERR_OK; i++) {
		close_socket(l);
		e = connect_address(l, found.text[i], a->port, deadline_ms);
	}
	return e;
}

static enum err
connect_link(struct redis_link *l, const struct redis_address *a, struct names *names,
	     int64_t deadline_ms)
{
	if (a->path[0] != '\0')
		return connect_unix(l, a->path, deadline_ms);
	if (names_is_name(str_of(a->host)))
		return connect_name(l, a, names, deadline_ms);
	return connect_address(l, a->host, a->port, deadline_ms);
}

/* --- bytes ----------------------------------------------------------------- */

/* After an SSL call that did not go through: waits for what it wants. */
static enum err
wait_tls(struct redis_link *l, int result, int64_t deadline_ms)
{
	switch (SSL_get_error(l->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return wait_for(l, POLLIN, deadline_ms);
	case SSL_ERROR_WANT_WRITE:
		return wait_for(l, POLLOUT, deadline_ms);
	default:
		redis_tls_why(l->ssl, l->why, sizeof(l->why));
		return ERR_CLOSED;
	}
}

static enum err
start_tls(struct redis_link *l, const struct redis_address *a, const char *ca_file,
	  int64_t deadline_ms)
{
	enum err e = ERR_OK;
	int result;

	l->ssl = redis_tls_new(l->fd, a->host, ca_file, l->why, sizeof(l->why));
	if (l->ssl == NULL)
		return ERR_CLOSED;
	while (e == ERR_OK && (result = SSL_connect(l->ssl)) != 1) {
		e = wait_tls(l, result, deadline_ms);
		ERR_clear_error();
	}
	return e;
}

/* *done: how many bytes went through; 0 with ERR_OK means again. */
static enum err
send_some(struct redis_link *l, struct str bytes, size_t *done, int64_t deadline_ms)
{
	ssize_t n;

	*done = 0;
	if (l->ssl != NULL) {
		ERR_clear_error();
		n = SSL_write(l->ssl, bytes.ptr, (int)bytes.len);
		if (n <= 0)
			return wait_tls(l, (int)n, deadline_ms);
	} else {
		n = send(l->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			return ERR_OK;
		if (n < 0 && errno == EAGAIN)
			return wait_for(l, POLLOUT, deadline_ms);
		if (n < 0)
			return fail(l, ERR_CLOSED, strerror(errno));
	}
	*done = (size_t)n;
	return ERR_OK;
}

enum err
redis_link_send(struct redis_link *l, struct str bytes, int64_t deadline_ms)
{
	enum err e = ERR_OK;
	size_t done;

	while (e == ERR_OK && bytes.len > 0) {
		e = send_some(l, bytes, &done, deadline_ms);
		if (e == ERR_OK)
			bytes = (struct str){ bytes.ptr + done, bytes.len - done };
	}
	return e;
}

static enum err
receive_some(struct redis_link *l, int64_t deadline_ms)
{
	char piece[PIECE];
	ssize_t n;

	if (l->ssl != NULL) {
		ERR_clear_error();
		n = SSL_read(l->ssl, piece, sizeof(piece));
		if (n <= 0)
			return wait_tls(l, (int)n, deadline_ms);
	} else {
		n = recv(l->fd, piece, sizeof(piece), 0);
		if (n < 0 && errno == EINTR)
			return ERR_OK;
		if (n < 0 && errno == EAGAIN)
			return wait_for(l, POLLIN, deadline_ms);
		if (n < 0)
			return fail(l, ERR_CLOSED, strerror(errno));
		if (n == 0)
			return fail(l, ERR_CLOSED, "the server closed the connection");
	}
	if (redisReaderFeed(l->reader, piece, (size_t)n) != REDIS_OK)
		return fail(l, ERR_CLOSED, l->reader->errstr);
	return ERR_OK;
}

enum err
redis_link_receive(struct redis_link *l, redisReply **out, int64_t deadline_ms)
{
	void *reply = NULL;
	enum err e = ERR_OK;

	while (e == ERR_OK) {
		if (redisReaderGetReply(l->reader, &reply) != REDIS_OK)
			return fail(l, ERR_CLOSED, l->reader->errstr);
		*out = reply;
		if (reply != NULL)
			return ERR_OK;
		e = receive_some(l, deadline_ms);
	}
	return e;
}

bool
redis_link_is_stale(const struct redis_link *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	char byte;
	int n;

	if (poll(&p, 1, 0) == 0)
		return false;
	if (l->ssl == NULL)
		return true;
	/* Inside TLS a ticket or a change of keys may come at any time. */
	ERR_clear_error();
	n = SSL_peek(l->ssl, &byte, 1);
	return n > 0 || SSL_get_error(l->ssl, n) != SSL_ERROR_WANT_READ;
}

/* --- logging in ------------------------------------------------------------ */

static enum err
ask(struct redis_link *l, int count, const char *const *words, int64_t deadline_ms)
{
	const char *list[3];
	redisReply *reply;
	char *text;
	int len;
	enum err e;

	memcpy(list, words, (size_t)count * sizeof(*words));
	len = redisFormatCommandArgv(&text, count, list, NULL);
	if (len < 0)
		die("redis: out of memory");
	e = redis_link_send(l, (struct str){ text, (size_t)len }, deadline_ms);
	redisFreeCommand(text);
	if (e == ERR_OK)
		e = redis_link_receive(l, &reply, deadline_ms);
	if (e != ERR_OK)
		return e;
	if (reply->type == REDIS_REPLY_ERROR)
		e = fail(l, ERR_CLOSED, reply->str);
	freeReplyObject(reply);
	return e;
}

static enum err
log_in(struct redis_link *l, const struct redis_address *a, const char *given,
       int64_t deadline_ms)
{
	const char *password = a->password[0] || given == NULL ? a->password : given;
	bool named = a->user[0] != '\0';
	const char *auth[] = { "AUTH", named ? a->user : password, password };
	char number[16];
	enum err e = ERR_OK;

	if (password[0] != '\0' || named)
		e = ask(l, named ? 3 : 2, auth, deadline_ms);
	if (e != ERR_OK || a->database == 0)
		return e;
	snprintf(number, sizeof(number), "%d", a->database);
	return ask(l, 2, (const char *[]){ "SELECT", number }, deadline_ms);
}

void
redis_link_prepare(const struct redis_where *where)
{
	struct redis_address a;

	if (redis_address_parse(where->address, &a) && a.tls)
		redis_tls_prepare(where->ca_file);
}

struct redis_link *
redis_link_open(const struct redis_where *where, int timeout_ms, char why[REDIS_WHY_SIZE])
{
	int64_t deadline_ms = clock_mono_ms() + timeout_ms;
	struct redis_link *l = calloc(1, sizeof(*l));
	struct redis_address a;
	enum err e;

	if (l == NULL || (l->reader = redisReaderCreate()) == NULL)
		die("redis: out of memory");
	l->fd = -1;
	e = redis_address_parse(where->address, &a)
		    ? connect_link(l, &a, where->names, deadline_ms)
		    : fail(l, ERR_INVALID,
			   "neither a socket's path nor host:port nor a URL");
	if (e == ERR_OK && a.tls)
		e = start_tls(l, &a, where->ca_file, deadline_ms);
	if (e == ERR_OK)
		e = log_in(l, &a, where->password, deadline_ms);
	if (e == ERR_OK)
		return l;
	snprintf(why, REDIS_WHY_SIZE, "%s", l->why);
	redis_link_close(l);
	return NULL;
}

void
redis_link_close(struct redis_link *l)
{
	if (l == NULL)
		return;
	SSL_free(l->ssl);
	close_socket(l);
	redisReaderFree(l->reader);
	free(l);
}
