/*
 * peer.c: requests to hob-api without nginx, on connections that stay open.
 */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/die.h"
#include "core/strbuf.h"

/* FastCGI 1.0: record types, the responder's role, "keep the connection". */
enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };
enum { RESPONDER = 1, KEEP = 1, HEAD_SIZE = 8 };

void
peer_open(struct peer *p, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(sa.sun_path))
		die("%s is too long for a socket", path);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || connect(p->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		die("%s: %s", path, strerror(errno));
	p->busy = false;
	p->in_len = p->text_len = 0;
}

void
peer_close(struct peer *p)
{
	close(p->fd);
	p->fd = -1;
	p->busy = false;
}

static void
add_record(struct strbuf *b, int type, const void *content, size_t len)
{
	const unsigned char head[HEAD_SIZE] = { 1,
						(unsigned char)type,
						0,
						1,
						(unsigned char)(len >> 8),
						(unsigned char)len,
						0,
						0 };

	strbuf_add_bytes(b, (const char *)head, sizeof(head));
	if (len > 0)
		strbuf_add_bytes(b, content, len);
}

/* Names and values shorter than 128 bytes, which is what we send. */
static void
add_param(struct strbuf *b, const char *name, const char *value)
{
	const unsigned char lengths[2] = { (unsigned char)strlen(name),
					   (unsigned char)strlen(value) };

	if (strlen(value) > 127)
		die("%s is too long for this driver", name);
	strbuf_add_bytes(b, (const char *)lengths, sizeof(lengths));
	strbuf_add_bytes(b, name, lengths[0]);
	strbuf_add_bytes(b, value, lengths[1]);
}

static void
add_params(struct strbuf *b, const struct ask *ask)
{
	char text[128];

	add_param(b, "REQUEST_METHOD", ask->method);
	add_param(b, "REQUEST_URI", ask->path);
	add_param(b, "REMOTE_ADDR", "127.0.0.1");
	if (ask->token != NULL) {
		snprintf(text, sizeof(text), "Token %s", ask->token);
		add_param(b, "HTTP_AUTHORIZATION", text);
	}
	if (ask->body != NULL) {
		snprintf(text, sizeof(text), "%zu", strlen(ask->body));
		add_param(b, "CONTENT_TYPE", "application/json");
		add_param(b, "CONTENT_LENGTH", text);
	}
}

static bool
send_all(int fd, struct str s)
{
	while (s.len > 0) {
		ssize_t n = send(fd, s.ptr, s.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			s = (struct str){ s.ptr + n, s.len - (size_t)n };
	}
	return true;
}

bool
peer_ask(struct peer *p, const struct ask *ask)
{
	static const unsigned char begin[HEAD_SIZE] = { 0, RESPONDER, KEEP };
	struct strbuf all, params;
	bool sent;

	strbuf_init(&all);
	strbuf_init(&params);
	add_params(&params, ask);
	add_record(&all, BEGIN, begin, sizeof(begin));
	add_record(&all, PARAMS, strbuf_str(&params).ptr, strbuf_str(&params).len);
	add_record(&all, PARAMS, NULL, 0);
	if (ask->body != NULL)
		add_record(&all, STDIN, ask->body, strlen(ask->body));
	add_record(&all, STDIN, NULL, 0);
	p->in_len = p->text_len = 0;
	p->busy = true;
	sent = send_all(p->fd, strbuf_str(&all));
	strbuf_release(&all);
	strbuf_release(&params);
	return sent;
}

/* Takes whole records off the front of what came; true at the end of the request. */
static bool
take_records(struct peer *p)
{
	size_t at = 0;
	bool end = false;

	while (!end && p->in_len - at >= HEAD_SIZE) {
		const unsigned char *r = p->in + at;
		size_t len = (size_t)r[4] << 8 | r[5], size = HEAD_SIZE + len + r[6];

		if (p->in_len - at < size)
			break;
		if (r[1] == STDOUT) {
			if (len >= sizeof(p->text) - p->text_len)
				die("an answer of more than %zu bytes", sizeof(p->text));
			memcpy(p->text + p->text_len, r + HEAD_SIZE, len);
			p->text_len += len;
		}
		end = r[1] == END;
		at += size;
	}
	memmove(p->in, p->in + at, p->in_len - at);
	p->in_len -= at;
	return end;
}

static int
number_after(const char *head, const char *name, int otherwise)
{
	const char *found = strcasestr(head, name);

	return found == NULL ? otherwise : (int)strtol(found + strlen(name), NULL, 10);
}

static void
parse(struct peer *p, struct answer *out)
{
	char *body;

	p->text[p->text_len] = '\0';
	body = strstr(p->text, "\r\n\r\n");
	if (body == NULL)
		die("an answer without a head: %.200s", p->text);
	*body = '\0';
	body += 4;
	out->status = number_after(p->text, "Status: ", 200);
	out->trips = number_after(p->text, "X-Hob-Round-Trips: ", -1);
	out->body = (struct str){ body, p->text_len - (size_t)(body - p->text) };
}

enum peer_state
peer_read(struct peer *p, struct answer *out)
{
	ssize_t n =
		recv(p->fd, p->in + p->in_len, sizeof(p->in) - p->in_len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return PEER_WAIT;
	if (n <= 0)
		return PEER_LOST;
	p->in_len += (size_t)n;
	if (!take_records(p))
		return PEER_WAIT;
	p->busy = false;
	parse(p, out);
	return PEER_WHOLE;
}
