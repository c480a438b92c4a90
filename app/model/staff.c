/* staff.c: keys and codes of staff. Runs in workers of hob-admin, and in `hob staff`. */
#include "model/staff.h"

#include <stdio.h>
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

static void
new_recovery_codes(struct str secret, struct staff_credentials *c)
{
	char read[SHARE_CODE_SIZE], *to = c->hmacs;

	for (int i = 0; i < STAFF_RECOVERY_CODES; i++) {
		share_code_new(c->codes[i]);
		share_code_read(str_of(c->codes[i]), read);
		*to++ = i == 0 ? '{' : ',';
		staff_recovery_hmac(secret, read, to);
		to += SHA256_HEX_SIZE - 1;
	}
	memcpy(to, "}", 2);
}

void
staff_credentials_new(struct str secret, struct staff_credentials *out)
{
	char halves[2][SHARE_CODE_TEXT_SIZE];

	share_code_new(halves[0]);
	share_code_new(halves[1]);
	snprintf(out->password, sizeof(out->password), "%s-%s", halves[0], halves[1]);
	uuid_v7(out->nonce);
	staff_totp_key(secret, str_of(out->nonce), out->key);
	new_recovery_codes(secret, out);
}
