#ifndef HOB_FETCH_FETCH_H
#define HOB_FETCH_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "http/http.h"

/*
 * One HTTP request at a time to a server outside, by libcurl: bounded in time and in what it keeps
 * of the answer. http and https alone, TLS 1.2 or later, certificates checked; no redirect is
 * followed, no cookie kept, no answer decompressed. Nothing of libcurl's environment is in force:
 * no proxy, no ~/.netrc, no SSLKEYLOGFILE. Not for hob-api, which is not linked with it.
 *
 * The last connection is kept for the next request to the same host. The process must ignore
 * SIGPIPE. Names are looked up in a thread, which has the caller's mask of signals; it is left
 * behind when a name server takes longer than the request may.
 */
struct fetch;

/*
 * FETCH_PUBLIC_ONLY is for URLs that strangers gave: each address is held against net/reach.h when
 * its socket is made, so what was resolved is what is checked. Connections are not shared with
 * another `struct fetch`; a process has one for each reach that it needs.
 */
enum fetch_reach { FETCH_ANYWHERE, FETCH_PUBLIC_ONLY };

/* `ca` is a file of the certificates that vouch for servers; NULL: the system's. Connects to nothing. */
struct fetch *fetch_new(enum fetch_reach reach, const char *ca);
void fetch_free(struct fetch *f);	/* may be NULL */

struct fetch_request {
	enum http_method method;
	struct str url;			/* absolute; must hold no user */
	const struct http_pair *headers;	/* a body wants Content-Type among them */
	size_t header_count;
	struct str body;		/* STR_NONE: none */
	int connect_ms;			/* for name, connection and TLS; above 0 */
	int whole_ms;			/* for all of it; above 0 */
	size_t answer_max_bytes;	/* of its body */
};

struct fetch_answer {
	int status;		/* 0: none was read */
	struct str body;	/* as far as it was read; lives until the next fetch_send */
	bool is_sent;		/* bytes of the request have left, so it may have been done */
	int64_t retry_after;	/* the number of Retry-After, whatever it counts; 0: none was read */
};

/*
 *   ERR_OK         the answer is whole, whatever its status; a redirect is one, too
 *   ERR_TOO_LARGE  its body is longer than answer_max_bytes, which are kept; the status holds
 *   ERR_INVALID    not sent: such a URL or header is not taken
 *   ERR_FORBIDDEN  not sent: FETCH_PUBLIC_ONLY, and an address is not of the public internet
 *   ERR_BUSY       not sent: no address, no connection, or a certificate that nothing vouches for
 *   ERR_TIMEOUT    the time is over; is_sent tells whether it may have been done
 *   ERR_CLOSED     sent, but there is no whole answer: it may have been done or not
 * A request that has left is never sent a second time, but for a GET.
 */
enum err fetch_send(struct fetch *f, const struct fetch_request *r, struct fetch_answer *out);
/* The last failure in words, without the URL's path. Never NULL. */
const char *fetch_why(const struct fetch *f);

#endif
