#ifndef HOB_HTTP_MULTIPART_H
#define HOB_HTTP_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

/*
 * A body of multipart/form-data (RFC 7578), taken in pieces as they come: no more of it is kept than a line of a
 * boundary or the head of a part. Strict: lines end with CR LF, nothing stands before the first boundary or behind the
 * last but a line's end, and a part has a Content-Disposition of form-data and no transfer encoding.
 */
enum { MULTIPART_BOUNDARY_MAX = 70, MULTIPART_HEAD_MAX = 4096 };

struct multipart {
	char mark[MULTIPART_BOUNDARY_MAX + 5];	/* CR LF, two hyphens, the boundary */
	size_t mark_len;
	int state;
	size_t matched;		/* bytes of `mark` that the last ones were */
	char head[MULTIPART_HEAD_MAX];
	size_t head_len;
};

/* What is done with parts, in their order. Any result but ERR_OK ends the reading with it. */
struct multipart_sink {
	void *arg;
	/* A part begins; `disposition` is the value of its Content-Disposition, until the function returns. */
	enum err (*begin)(void *arg, struct str disposition);
	/* Some of its bytes, never none. */
	enum err (*data)(void *arg, struct str bytes);
	enum err (*end)(void *arg);
};

/* ERR_MALFORMED when a Content-Type has no good boundary. */
enum err multipart_init(struct multipart *m, struct str content_type);
/* The next bytes of the body. ERR_MALFORMED: it is none, or what a function of the sink said. */
enum err multipart_feed(struct multipart *m, struct str bytes, const struct multipart_sink *sink);
/* Behind the last byte: did the last boundary come? */
bool multipart_is_whole(const struct multipart *m);

#endif
