/*
 * sign.c: signatures of webhooks. Runs in what sends them, and where a secret is shown.
 */
#include "webhook/sign.h"

#include <string.h>

#include "core/strbuf.h"
#include "crypto/base64url.h"
#include "crypto/hash.h"

/* RFC 4648 section 4, with its padding. */
static struct str
base64(struct arena *a, struct str bytes)
{
	struct str url = base64url_encode(a, bytes);
	size_t len = (url.len + 3) / 4 * 4;
	char *text = arena_alloc(a, len + 1);

	memset(text, '=', len);
	text[len] = '\0';
	for (size_t i = 0; i < url.len; i++)
		text[i] = (char)(url.ptr[i] == '-'   ? '+'
				 : url.ptr[i] == '_' ? '/'
						     : url.ptr[i]);
	return (struct str){ text, len };
}

struct str
webhook_secret(struct arena *a, const unsigned char key[WEBHOOK_KEY_SIZE])
{
	struct str text = base64(a, (struct str){ (const char *)key, WEBHOOK_KEY_SIZE });

	return str_of(arena_printf(a, WEBHOOK_SECRET_PREFIX "%.*s", STR_FMT(text)));
}

struct str
webhook_signature(struct arena *a, struct str key, struct str id, int64_t timestamp_s,
		  struct str body)
{
	unsigned char mac[SHA256_SIZE];
	struct strbuf signed_text;
	struct str text;

	strbuf_init(&signed_text);
	strbuf_addf(&signed_text, "%.*s.%lld.", STR_FMT(id), (long long)timestamp_s);
	strbuf_add(&signed_text, body);
	hmac_sha256(key, strbuf_str(&signed_text), mac);
	strbuf_release(&signed_text);
	text = base64(a, (struct str){ (const char *)mac, sizeof(mac) });
	return str_of(arena_printf(a, "v1,%.*s", STR_FMT(text)));
}
