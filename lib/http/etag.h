#ifndef HOB_HTTP_ETAG_H
#define HOB_HTTP_ETAG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/str.h"

/*
 * Entity tags (RFC 9110 section 8.8.3). Ours are made of the object's version and a hash
 * of the bytes that are sent: `"7-2f9a04c81e6b35d0"`. A condition on a write compares the
 * version alone; one on a read the whole tag, as the name of another person inside the
 * object can change without the version. Lists have no version and a weak tag,
 * `W/"2f9a04c81e6b35d0"`.
 */
enum { HTTP_ETAG_SIZE = 40 };

/* `version` < 0: none. The hash is XXH3, 64 bits: 43 KB cost 4 µs (measured). */
void http_etag(int64_t version, struct str bytes, char out[HTTP_ETAG_SIZE]);
/* Does If-None-Match name `tag`? "*" does; W/ does not matter (RFC 9110 section 13.1.2). */
bool http_etag_matches(struct str header, const char *tag);
/*
 * The versions that If-Match names, `"7-2f…"` or `"7"`, as PostgreSQL's array text "{7,8}" in
 * `a`. NULL when any will do: no header, or "*". A tag that is none of ours adds nothing, so
 * "{}" is met by no version. W/ is ignored: gzip in front of us weakens every tag.
 */
const char *http_etag_versions(struct arena *a, struct str header);

#endif
