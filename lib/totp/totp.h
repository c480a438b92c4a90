#ifndef HOB_TOTP_TOTP_H
#define HOB_TOTP_TOTP_H

#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"

/*
 * Codes by the clock (RFC 6238), as authenticator apps show them: HMAC-SHA-1, six digits, a step of 30 seconds. A
 * clock may be one step off. It is the only place that includes liboath.
 */
enum { TOTP_KEY_SIZE = 20, TOTP_DIGITS = 6, TOTP_STEP_S = 30 };

/*
 * ERR_OK and in *step that of which this is the code, at `now_s` (unix s): none works twice where the caller
 * remembers the last. ERR_UNAUTHORIZED when it is no code, or that of none of the three.
 */
enum err totp_check(const unsigned char key[TOTP_KEY_SIZE], int64_t now_s, const char *code,
		    int64_t *step);
/* "otpauth://totp/ISSUER:ACCOUNT?...": what an app is shown once, mostly as a QR code. */
const char *totp_url(struct arena *a, const unsigned char key[TOTP_KEY_SIZE], const char *issuer,
		     const char *account);

#endif
