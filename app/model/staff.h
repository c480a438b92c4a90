#ifndef HOB_MODEL_STAFF_H
#define HOB_MODEL_STAFF_H

#include "core/str.h"
#include "core/uuid.h"
#include "crypto/hash.h"
#include "crypto/share_code.h"

/*
 * What staff prove themselves by beside their password. Both hang on the secret of this installation (the bytes of
 * heritage.cursor_secret): who has a copy of the database alone makes no code, and with another secret all are void
 * (`hob staff reset` makes new ones).
 */
enum { STAFF_KEY_SIZE = 20, STAFF_RECOVERY_CODES = 10 };

/* The key of somebody's codes by the clock (totp/totp.h), of the nonce in their row. */
void staff_totp_key(struct str secret, struct str nonce, unsigned char out[STAFF_KEY_SIZE]);
/* What the database has of a recovery code, a share code as it was read (crypto/share_code.h). */
void staff_recovery_hmac(struct str secret, const char *code, char out[SHA256_HEX_SIZE]);

/* What somebody signs in with: shown once, and kept as the nonce, the hmacs and a hash of the password. */
struct staff_credentials {
	char password[2 * SHARE_CODE_TEXT_SIZE];	/* 120 bits */
	char nonce[UUID_TEXT_SIZE];
	unsigned char key[STAFF_KEY_SIZE];		/* of their authenticator app */
	char codes[STAFF_RECOVERY_CODES][SHARE_CODE_TEXT_SIZE];
	char hmacs[STAFF_RECOVERY_CODES * SHA256_HEX_SIZE + 2];	/* of these, as an array of PostgreSQL */
};
void staff_credentials_new(struct str secret, struct staff_credentials *out);

#endif
