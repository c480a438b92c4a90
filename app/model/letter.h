#ifndef HOB_MODEL_LETTER_H
#define HOB_MODEL_LETTER_H

#include "core/str.h"
#include "crypto/hash.h"
#include "crypto/token.h"

/*
 * What a letter to an account carries: a token, for a link, and a code of six digits, to type. Both are made of the
 * secret of this installation (the bytes of heritage.cursor_secret, of which hob-jobs has the same) and the id of the
 * letter's job, so that another try sends the same, and no job holds a secret.
 */
enum { LETTER_CODE_SIZE = 6 + 1 };

void letter_make(struct str secret, const char *id, char token[TOKEN_TEXT_SIZE],
		 char code[LETTER_CODE_SIZE]);
/*
 * How the database has a code that was typed: an HMAC, for of a million codes each would be found by its hash. Of the
 * text, only the digits count.
 */
void letter_code_hash(struct str secret, struct str code, char out[SHA256_HEX_SIZE]);

#endif
