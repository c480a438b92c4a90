#ifndef HOB_S3_PLACE_H
#define HOB_S3_PLACE_H

#include "core/arena.h"
#include "core/str.h"

/* A bucket of a server that speaks S3, and who we are there. The texts are the caller's. */
struct s3_place {
	const char *endpoint;		/* https://s3.example.org, an origin */
	const char *region, *bucket;
	const char *key, *secret;	/* id and secret of an access key */
};

/* What is wrong with it, for an administrator: which setting ("endpoint", "region", ...) and a sentence; NULL: nothing. */
const char *s3_place_fault(const struct s3_place *p, const char **setting);
/* host, or host:port when that is not the one of the scheme, as Host has it; the endpoint is valid. */
struct str s3_host(const struct s3_place *p);
/* Where a key is on the server, "/bucket/key"; bucket and key hold nothing that would have to be escaped. In `a`. */
const char *s3_path(struct arena *a, const struct s3_place *p, const char *key);

#endif
