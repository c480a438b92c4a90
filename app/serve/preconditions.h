#ifndef HOB_SERVE_PRECONDITIONS_H
#define HOB_SERVE_PRECONDITIONS_H

#include <stdbool.h>

#include "core/err.h"
#include "serve/field.h"

struct req;
struct route;

/*
 * If-Match (only if unchanged since) and If-None-Match (only if new to the client); and
 * the members of a body that are about the write itself.
 */

/* After the body was decoded: If-Match, and the body as preconditions_of_body. */
enum err preconditions_read(struct req *r);
/* One field, the version that a body of a PATCH may name: the change is made only to that one, as with If-Match. */
extern const struct field preconditions_version[];
bool preconditions_take_version(const struct route *route);
/*
 * The id that a body brings, and its version, which must be among those of VALUE_IF_VERSIONS when these are
 * set; a PATCH of nothing only reads.
 */
void preconditions_of_body(struct req *r);
/* The pipeline of `statement` ends with the object as it is now, in case its version is another. */
bool preconditions_want_shown(const struct req *r, int statement);
/* The version is another, or there is no object: ERR_STALE with the present one, or ERR_NOT_FOUND. */
enum err preconditions_stale(struct req *r);
/* Tags the finished reply, and takes the body away when the client has it. */
void preconditions_tag(struct req *r);

#endif
