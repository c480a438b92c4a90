/* staff.c: keys and codes of staff. Runs in workers of hob-admin, and in `hob staff`. */
#include "model/staff.h"

#include <string.h>

#include "core/strbuf.h"

/* The purpose is hashed too, so that no other use of the secret gives the same. */
static void
mac_of(struct str secret, const char *purpose, struct str of,
       unsigned char out[SHA256_SIZE])
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_addf(&text, "%s %.*s", purpose, STR_FMT(of));
	hmac_sha256(secret, strbuf_str(&text), out);
	strbuf_release(&text);
}

void
staff_totp_key(struct str secret, struct str nonce, unsigned char out[STAFF_KEY_SIZE])
{
	unsigned char mac[SHA256_SIZE];

	mac_of(secret, "staff totp", nonce, mac);
	memcpy(out, mac, STAFF_KEY_SIZE);
}

void
staff_recovery_hmac(struct str secret, const char *code, char out[SHA256_HEX_SIZE])
{
	unsigned char mac[SHA256_SIZE];

	mac_of(secret, "staff recovery", str_of(code), mac);
	hash_hex(mac, out);
}
