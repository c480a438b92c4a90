/*
 * unsubscribe.c: the tokens in links of mails that end mails. Runs in runners, which write them, and in workers, which
 * are given them.
 */
#include "model/unsubscribe.h"

#include "core/uuid.h"
#include "crypto/base64url.h"
#include "crypto/hash.h"

enum { SEAL_SIZE = 16 };

static struct str
seal(struct arena *a, struct str secret, struct str user_id, struct str kind)
{
	unsigned char mac[SHA256_SIZE];
	/* The purpose is hashed too, so that no other use of the secret gives the same. */
	char *text =
		arena_printf(a, "unsubscribe %.*s %.*s", STR_FMT(user_id), STR_FMT(kind));

	hmac_sha256(secret, str_of(text), mac);
	return base64url_encode(a, (struct str){ (const char *)mac, SEAL_SIZE });
}

struct str
unsubscribe_token(struct arena *a, struct str secret, struct str user_id, struct str kind)
{
	return str_of(arena_printf(a, "%.*s.%.*s.%.*s", STR_FMT(kind), STR_FMT(user_id),
				   STR_FMT(seal(a, secret, user_id, kind))));
}

bool
unsubscribe_read(struct arena *a, struct str secret, struct str token,
		 struct str *user_id, struct str *kind)
{
	*kind = arena_str(a, str_cut(&token, '.'));
	*user_id = arena_str(a, str_cut(&token, '.'));
	return token.ptr != NULL && uuid_is(*user_id) &&
	       bytes_equal(token, seal(a, secret, *user_id, *kind));
}
