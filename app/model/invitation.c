/* invitation.c: the code of an invitation. Runs in workers, which keep its HMAC, and in what mails it. */
#include "model/invitation.h"

#include <stdint.h>
#include <string.h>

#include "core/strbuf.h"
#include "crypto/hash.h"

void
invitation_code(struct str secret, const char *id, char out[SHARE_CODE_TEXT_SIZE])
{
	unsigned char mac[SHA256_SIZE];
	struct strbuf text;
	uint64_t bits;

	/* The purpose is hashed too, so that no other use of the secret gives the same. */
	strbuf_init(&text);
	strbuf_addf(&text, "invitation %s", id);
	hmac_sha256(secret, strbuf_str(&text), mac);
	strbuf_release(&text);
	memcpy(&bits, mac, sizeof(bits));
	share_code_make(bits, out);
}
