#ifndef HOB_UNIT_CANNED_SERVER_H
#define HOB_UNIT_CANNED_SERVER_H

/*
 * An HTTP server of the test's own, in a process that it forks: the n-th request is answered by
 * the n-th reply, byte for byte. One connection at a time.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum canned_end {
	CANNED_CLOSE,	/* then closes */
	CANNED_KEEP,	/* then waits for the next request */
	CANNED_HANG,	/* then does nothing until the client hangs up */
	CANNED_DRIP	/* then sends a byte every 5 ms until the client hangs up */
};

struct canned_reply {
	const char *bytes;
	enum canned_end end;
	size_t filler_bytes;	/* so many 'x' behind the bytes */
};

/* "HTTP/1.1 STATUS" with a body and its length. */
#define CANNED(status, body) canned_answer(status, body)
const char *canned_answer(const char *status, const char *body);

/* What was seen, in memory that the test shares; written before the reply is. */
struct canned_seen {
	int connections;
	int closed;		/* of them */
	int requests;
	char last[16384];	/* the last request, NUL-terminated */
};

struct canned_server {
	pid_t pid;
	int port;
	struct canned_seen *seen;
};

/* `replies` must outlive the server. Also makes SIGPIPE harmless. */
void canned_start(struct canned_server *s, const struct canned_reply *replies, size_t count);
void canned_stop(struct canned_server *s);
/* Waits until so many connections are closed; fails after 5 seconds. */
void canned_await_closed(const struct canned_server *s, int count);
/* "http://127.0.0.1:PORT/path"; lives until the next call. */
const char *canned_url(const struct canned_server *s, const char *path);
/* A listening socket on a free port of loopback. */
int canned_listen(int backlog, int *port);

#endif
