#ifndef HOB_S3_PRESIGN_H
#define HOB_S3_PRESIGN_H

#include <stdint.h>

#include "core/arena.h"
#include "s3/place.h"

/*
 * The right to GET one key for `life_s` seconds, as a path and a query: "/bucket/key?X-Amz-Algorithm=...". Whoever asks
 * the endpoint for it must send its host (s3_host) as Host. `now_s`: unix; the server's clock may be a quarter of an
 * hour behind it, and not more than `life_s` ahead of it. No connection is needed for this. In `a`.
 */
const char *s3_presign(struct arena *a, const struct s3_place *p, const char *key, int64_t now_s, int life_s);
/*
 * The query alone, for any host and path (escaped as it is sent): AWS Signature Version 4 in query parameters, of the
 * host alone, the payload unsigned.
 */
const char *s3_presign_query(struct arena *a, const struct s3_place *p, struct str host, const char *path, int64_t now_s,
			     int life_s);

#endif
