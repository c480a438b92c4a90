/* place.c: what the address of a bucket looks like. Runs in every program. */
#include "s3/place.h"

#include <stdbool.h>
#include <string.h>

#include "http/url.h"

static bool
is_made_of(const char *text, const char *letters, size_t least, size_t most)
{
	size_t len = strlen(text);

	return len >= least && len <= most && strspn(text, letters) == len;
}

#define SMALL "abcdefghijklmnopqrstuvwxyz0123456789"
#define LARGE "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* As a browser would write it, so that the server signs the same Host. */
static bool
is_endpoint(const char *text)
{
	struct http_url url;

	return http_url_parse(str_of(text), &url) && !url.has_user &&
	       url.target.len == 0 && strpbrk(text, LARGE) == NULL && !url.has_fragment &&
	       !str_ends(str_of(text), url.is_tls ? STR(":443") : STR(":80"));
}

static bool
is_visible(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

const char *
s3_place_fault(const struct s3_place *p, const char **setting)
{
	*setting = "endpoint";
	if (!is_endpoint(p->endpoint))
		return "must be an origin such as https://s3.example.org, without a path "
		       "and without the scheme's own port";
	*setting = "region";
	if (!is_made_of(p->region, SMALL "-", 1, 64))
		return "must be a name such as eu-central-1";
	*setting = "bucket";
	if (!is_made_of(p->bucket, SMALL ".-", 3, 63))
		return "must be 3 to 63 small letters, digits, dots and hyphens";
	*setting = "key";
	if (!is_made_of(p->key, SMALL LARGE "_-", 1, 128))
		return "must be the id of an access key";
	*setting = "secret";
	if (p->secret[0] == '\0' || !is_visible(p->secret))
		return "must be the secret of the access key";
	return NULL;
}

struct str
s3_host(const struct s3_place *p)
{
	return str_of(strstr(p->endpoint, "://") + 3);
}

const char *
s3_path(struct arena *a, const struct s3_place *p, const char *key)
{
	return arena_printf(a, "/%s/%s", p->bucket, key);
}
