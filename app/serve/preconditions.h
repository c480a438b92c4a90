#ifndef HOB_SERVE_PRECONDITIONS_H
#define HOB_SERVE_PRECONDITIONS_H

#include <stdbool.h>

#include "core/err.h"

struct req;

/*
 * If-Match (only if unchanged since) and If-None-Match (only if new to the client); and
 * the members of a body that are about the write itself.
 */

/* After the body was decoded: If-Match, and the body as preconditions_of_body. */
enum err preconditions_read(struct req *r);
/* The id that a body brings; a PATCH of nothing only reads. After VALUE_IF_VERSIONS is set. */
void preconditions_of_body(struct req *r);
/* The pipeline of `statement` ends with the object as it is now, in case If-Match does not hold. */
bool preconditions_want_shown(const struct req *r, int statement);
/* If-Match did not hold, or there is no object: ERR_STALE with the present one, or ERR_NOT_FOUND. */
enum err preconditions_stale(struct req *r);
/* Tags the finished reply, and takes the body away when the client has it. */
void preconditions_tag(struct req *r);

#endif
