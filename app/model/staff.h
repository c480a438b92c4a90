#ifndef HOB_MODEL_STAFF_H
#define HOB_MODEL_STAFF_H

#include "core/str.h"
#include "crypto/hash.h"

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

#endif
