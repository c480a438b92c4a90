#ifndef HOB_FCGI_FCGI_H
#define HOB_FCGI_FCGI_H

#ifdef HOB_MASTER
#error "the master reads no request: see app/serve/heritage.h"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"

/*
 * One FastCGI request at a time on an accepted connection; libfcgi speaks the protocol,
 * and no other file includes its header. Signals must be blocked from fcgi_accept to
 * fcgi_finish: libfcgi does not retry EINTR and would truncate silently.
 */
struct fcgi;

/* Once per process. Dies when libfcgi does not start. Own signal handlers go in after. */
void fcgi_init(void);
struct fcgi *fcgi_new(void);
void fcgi_free(struct fcgi *f);

/*
 * Reads the parameters of the next request on `fd`, whose SO_RCVTIMEO bounds every
 * wait. ERR_OK; ERR_CLOSED when the peer hung up, let us wait too long or sent
 * something that is no request: `fd` is closed then.
 */
enum err fcgi_accept(struct fcgi *f, int fd);
/* "REQUEST_URI", "HTTP_ACCEPT". STR_NONE when absent. Lives until fcgi_finish. */
struct str fcgi_param(const struct fcgi *f, const char *name);
/*
 * The whole body, NUL-terminated, in `a`; empty when there is none. ERR_TOO_LARGE
 * beyond `max_bytes` (the rest stays unread); ERR_MALFORMED when it is shorter
 * than CONTENT_LENGTH or that is no number.
 */
enum err fcgi_body(struct fcgi *f, struct arena *a, size_t max_bytes, struct str *out);
/*
 * For a body that is taken in pieces instead: how many bytes it has, by CONTENT_LENGTH (ERR_MALFORMED when that is no
 * number), and the next of them, *len at most `room`; 0 at its end. ERR_MALFORMED when it ends before its length.
 */
enum err fcgi_length(const struct fcgi *f, int64_t *bytes);
enum err fcgi_read(struct fcgi *f, char *to, size_t room, size_t *len);
/* Has the peer hung up? Looks, does not wait. */
bool fcgi_hung_up(const struct fcgi *f);
/*
 * Head, body and the end of the request in one flush, after reading away what is left
 * of the body (those bytes would be the next request's): nginx may send its next
 * request from here on. Once. ERR_CLOSED when they could not be sent whole.
 */
enum err fcgi_send(struct fcgi *f, struct str head, struct str body);
/*
 * A reply in pieces: each as fcgi_send, but for the end, which the last fcgi_send brings. Waits while the peer does not
 * take it. fcgi_abort: there will be no end; the peer sees that the reply is not whole, and the connection is closed.
 */
enum err fcgi_send_part(struct fcgi *f, struct str head, struct str body);
void fcgi_abort(struct fcgi *f);
/*
 * Forgets the request (and ends it, when nothing was sent). ERR_OK: the connection
 * is open and may bring another request. ERR_CLOSED: it is closed (the peer did not ask
 * to keep it, it broke, or `keep` is false).
 */
enum err fcgi_finish(struct fcgi *f, bool keep);

#endif
