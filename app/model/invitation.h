#ifndef HOB_MODEL_INVITATION_H
#define HOB_MODEL_INVITATION_H

#include "core/str.h"
#include "crypto/share_code.h"

/*
 * The share code of the invitation of this id, as it is shown: made of the secret of this installation (the bytes of
 * heritage.cursor_secret, of which hob-jobs has the same), so that hob-api can keep its HMAC and hob-jobs write it into
 * the letter, and nobody has to keep the code itself.
 */
void invitation_code(struct str secret, const char *id, char out[SHARE_CODE_TEXT_SIZE]);

#endif
