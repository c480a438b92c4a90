/*
 * fcgi.c: one FastCGI request at a time, read by libfcgi.
 *
 * libfcgi wants to accept and close connections itself; here it gets each one from
 * outside and gives it back. It reads and understands requests; replies are sent
 * from where they lie, with the end of the request in the same write, so that nginx
 * wakes once. libfcgi makes its buffers anew for every request, which its interface
 * does not let us avoid. Runs in workers.
 */
#include "fcgi/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/die.h"

struct fcgi {
	FCGX_Request req;
	int64_t taken; /* bytes of the body */
	bool ended;    /* the end of the request was sent */
	bool broken;   /* the connection is in no state for another */
};

void
fcgi_init(void)
{
	/* libfcgi's waits, in ms: for the first byte, and for the peer when closing. */
	setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "200", 1);
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "200", 1);
	if (FCGX_Init() != 0)
		die("fcgi: libfcgi does not start");
}

struct fcgi *
fcgi_new(void)
{
	struct fcgi *f = calloc(1, sizeof(*f));

	if (f == NULL)
		die("fcgi: out of memory");
	/* No listening socket: libfcgi gives up instead of accepting for itself. */
	FCGX_InitRequest(&f->req, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	return f;
}

void
fcgi_free(struct fcgi *f)
{
	if (f == NULL)
		return;
	FCGX_Free(&f->req, 0);
	free(f);
}

enum err
fcgi_accept(struct fcgi *f, int fd)
{
	f->taken = 0;
	f->ended = f->broken = false;
	f->req.ipcFd = fd;
	/* Else the FCGX_Finish_r inside FCGX_Accept_r would close it first. */
	f->req.keepConnection = 1;
	return FCGX_Accept_r(&f->req) == 0 ? ERR_OK : ERR_CLOSED;
}

struct str
fcgi_param(const struct fcgi *f, const char *name)
{
	size_t len = strlen(name);
	char *const *p;

	for (p = f->req.envp; p != NULL && *p != NULL; p++)
		if (strncmp(*p, name, len) == 0 && (*p)[len] == '=')
			return str_of(*p + len + 1);
	return STR_NONE;
}

enum err
fcgi_length(const struct fcgi *f, int64_t *bytes)
{
	struct str text = fcgi_param(f, "CONTENT_LENGTH");

	*bytes = 0;
	return text.len == 0 || (str_to_i64(text, bytes) && *bytes >= 0) ? ERR_OK
									 : ERR_MALFORMED;
}

enum err
fcgi_read(struct fcgi *f, char *to, size_t room, size_t *len)
{
	int64_t left;
	int n, most;

	*len = 0;
	if (fcgi_length(f, &left) != ERR_OK)
		return ERR_MALFORMED;
	left -= f->taken;
	most = room < INT_MAX ? (int)room : INT_MAX;
	if (left < most)
		most = (int)left;
	n = most > 0 ? FCGX_GetStr(to, most, f->req.in) : 0;
	f->taken += n;
	*len = (size_t)n;
	return n == most ? ERR_OK : ERR_MALFORMED;
}

enum err
fcgi_body(struct fcgi *f, struct arena *a, size_t max_bytes, struct str *out)
{
	int64_t bytes;
	size_t done = 0, len;
	char *to;

	if (fcgi_length(f, &bytes) != ERR_OK)
		return ERR_MALFORMED;
	if ((uint64_t)bytes > max_bytes)
		return ERR_TOO_LARGE;
	to = arena_alloc(a, (size_t)bytes + 1);
	do {
		if (fcgi_read(f, to + done, (size_t)bytes - done, &len) != ERR_OK)
			return ERR_MALFORMED;
		done += len;
	} while (len > 0);
	to[done] = '\0';
	*out = (struct str){ to, done };
	return ERR_OK;
}

bool
fcgi_hung_up(const struct fcgi *f)
{
	struct pollfd p = { .fd = f->req.ipcFd, .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0;
}

/*
 * Reads the rest of the body, and its end, which is a record of its own. It is as long as was said, and nginx, which has
 * the whole of it, says how long that may be (client_max_body_size); 64 MiB cost 20 ms. What is longer than was said ends
 * the connection.
 */
static void
drain(struct fcgi *f)
{
	char trash[4096];
	int64_t left;

	if (fcgi_length(f, &left) != ERR_OK)
		left = 0;
	left -= f->taken;
	while (FCGX_HasSeenEOF(f->req.in) == 0 && left >= 0)
		left -= FCGX_GetStr(trash, sizeof(trash), f->req.in);
	if (FCGX_HasSeenEOF(f->req.in) == 0 || FCGX_GetError(f->req.in) != 0)
		f->broken = true;
}

/* --- sending ------------------------------------------------------------- */

/*
 * Records as the FastCGI specification (section 3.3) has them. libfcgi would copy the reply
 * through a buffer of 8 KiB: six writes for a board of 43 KB, each of which wakes nginx.
 */
enum { RECORD_END = 3, RECORD_STDOUT = 6, HEADER_SIZE = 8, CONTENT_MAX = 65528 };

static void
put_header(unsigned char to[HEADER_SIZE], int type, int id, size_t len)
{
	const unsigned char bytes[HEADER_SIZE] = { 1,
						   (unsigned char)type,
						   (unsigned char)(id >> 8),
						   (unsigned char)id,
						   (unsigned char)(len >> 8),
						   (unsigned char)len,
						   0,
						   0 };

	memcpy(to, bytes, HEADER_SIZE);
}

static bool
send_pieces(int fd, struct iovec *pieces, int count)
{
	struct msghdr msg = { .msg_iov = pieces, .msg_iovlen = (size_t)count };

	while (msg.msg_iovlen > 0) {
		ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		for (size_t sent = n > 0 ? (size_t)n : 0; msg.msg_iovlen > 0;) {
			struct iovec *v = msg.msg_iov;

			if (sent < v->iov_len) {
				v->iov_base = (char *)v->iov_base + sent;
				v->iov_len -= sent;
				break;
			}
			sent -= v->iov_len;
			msg.msg_iov++;
			msg.msg_iovlen--;
		}
	}
	return true;
}

/* Takes at most `room` bytes from the front of *s. */
static struct iovec
take(struct str *s, size_t room)
{
	size_t len = s->len < room ? s->len : room;
	struct iovec v = { .iov_len = len };

	/* A copy of the pointer: sending takes no const. */
	memcpy(&v.iov_base, &s->ptr, sizeof(v.iov_base));
	s->ptr += len;
	s->len -= len;
	return v;
}

/* The end, if it is one, goes out with the last record of the reply, in one write. */
static bool
send_records(struct fcgi *f, struct str head, struct str body, bool ends)
{
	int id = f->req.requestId;
	unsigned char first[HEADER_SIZE], end[3 * HEADER_SIZE] = { 0 };
	struct iovec pieces[4];
	int count;

	put_header(end, RECORD_STDOUT, id, 0);
	put_header(end + HEADER_SIZE, RECORD_END, id, HEADER_SIZE);
	do {
		size_t len = head.len + body.len;

		count = 0;
		if (len > CONTENT_MAX)
			len = CONTENT_MAX;
		if (len > 0) {
			put_header(first, RECORD_STDOUT, id, len);
			pieces[count++] = (struct iovec){ first, sizeof(first) };
			pieces[count++] = take(&head, len);
			pieces[count++] = take(&body, len - pieces[1].iov_len);
		}
		if (ends && head.len + body.len == 0)
			pieces[count++] = (struct iovec){ end, sizeof(end) };
		if (!send_pieces(f->req.ipcFd, pieces, count))
			return false;
	} while (head.len + body.len > 0);
	return true;
}

enum err
fcgi_send(struct fcgi *f, struct str head, struct str body)
{
	if (f->ended)
		return ERR_CLOSED;
	/* Before anything is sent: nginx may answer the end with its next request. */
	drain(f);
	f->ended = true;
	if (send_records(f, head, body, true))
		return ERR_OK;
	f->broken = true;
	return ERR_CLOSED;
}

enum err
fcgi_send_part(struct fcgi *f, struct str head, struct str body)
{
	if (send_records(f, head, body, false))
		return ERR_OK;
	fcgi_abort(f);
	return ERR_CLOSED;
}

void
fcgi_abort(struct fcgi *f)
{
	f->ended = f->broken = true;
}

enum err
fcgi_finish(struct fcgi *f, bool keep)
{
	bool open;
	int fd = f->req.ipcFd;

	if (!f->ended)
		fcgi_send(f, STR(""), STR(""));
	open = keep && !f->broken && f->req.keepConnection != 0;
	/* Not FCGX_Finish_r: that would wait for the peer to close as well. */
	FCGX_Free(&f->req, 0);
	f->req.ipcFd = -1;
	if (open)
		return ERR_OK;
	shutdown(fd, SHUT_RDWR);
	close(fd);
	return ERR_CLOSED;
}
