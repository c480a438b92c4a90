/* seal.c: what links of mails prove themselves by. Runs in runners, which write them, and in workers. */
#include "model/seal.h"

#include "crypto/base64url.h"
#include "crypto/hash.h"

enum { SEAL_SIZE = 16 };

struct str
seal_of(struct arena *a, struct str secret, const char *text)
{
	unsigned char mac[SHA256_SIZE];

	hmac_sha256(secret, str_of(text), mac);
	return base64url_encode(a, (struct str){ (const char *)mac, SEAL_SIZE });
}
