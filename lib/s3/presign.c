/*
 * presign.c: AWS Signature Version 4 as a query, so that somebody without our secret may fetch one thing for a moment.
 * Pure, and without libcurl. Runs in workers.
 */
#include "s3/presign.h"

#include <stdio.h>

#include "core/date.h"
#include "crypto/hash.h"

enum { DAY_SIZE = 9, TIME_SIZE = 17 };

/* "20130524" and "20130524T000000Z" of "2013-05-24T00:00:00Z". */
static void
format_time(int64_t now_s, char day[DAY_SIZE], char time[TIME_SIZE])
{
	char text[INSTANT_TEXT_SIZE];
	size_t n = 0;

	instant_format(now_s * 1000000, text);
	for (const char *c = text; *c != '\0'; c++)
		if (*c != '-' && *c != ':' && n < TIME_SIZE - 1)
			time[n++] = *c;
	time[n] = '\0';
	snprintf(day, DAY_SIZE, "%.8s", time);
}

/* The key for this day, region and service: the secret itself signs nothing. */
static void
signing_key(struct arena *a, const struct s3_place *p, const char *day,
	    unsigned char key[SHA256_SIZE])
{
	const char *const steps[] = { day, p->region, "s3", "aws4_request" };
	struct str with = str_of(arena_printf(a, "AWS4%s", p->secret));

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		unsigned char next[SHA256_SIZE];

		hmac_sha256(with, str_of(steps[i]), next);
		for (int j = 0; j < SHA256_SIZE; j++)
			key[j] = next[j];
		with = (struct str){ (const char *)key, SHA256_SIZE };
	}
}

const char *
s3_presign_query(struct arena *a, const struct s3_place *p, struct str host,
		 const char *path, int64_t now_s, int life_s)
{
	char day[DAY_SIZE], time[TIME_SIZE], hash[SHA256_HEX_SIZE];
	unsigned char key[SHA256_SIZE], signature[SHA256_SIZE];
	const char *query, *request, *text;

	format_time(now_s, day, time);
	/* Sorted by name, and escaped, as they are signed. */
	query = arena_printf(a,
			     "X-Amz-Algorithm=AWS4-HMAC-SHA256"
			     "&X-Amz-Credential=%s%%2F%s%%2F%s%%2Fs3%%2Faws4_request"
			     "&X-Amz-Date=%s&X-Amz-Expires=%d&X-Amz-SignedHeaders=host",
			     p->key, day, p->region, time, life_s);
	request = arena_printf(a, "GET\n%s\n%s\nhost:%.*s\n\nhost\nUNSIGNED-PAYLOAD",
			       path, query, STR_FMT(host));
	sha256_hex(str_of(request), hash);
	text = arena_printf(a, "AWS4-HMAC-SHA256\n%s\n%s/%s/s3/aws4_request\n%s", time,
			    day, p->region, hash);
	signing_key(a, p, day, key);
	hmac_sha256((struct str){ (const char *)key, SHA256_SIZE }, str_of(text),
		    signature);
	hash_hex(signature, hash);
	return arena_printf(a, "%s&X-Amz-Signature=%s", query, hash);
}

const char *
s3_presign(struct arena *a, const struct s3_place *p, const char *key, int64_t now_s,
	   int life_s)
{
	const char *path = s3_path(a, p, key);

	return arena_printf(a, "%s?%s", path,
			    s3_presign_query(a, p, s3_host(p), path, now_s, life_s));
}
