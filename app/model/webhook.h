#ifndef HOB_MODEL_WEBHOOK_H
#define HOB_MODEL_WEBHOOK_H

#include <stdbool.h>

#include "core/str.h"
#include "webhook/sign.h"

/* Webhooks of a residence: where they may lead to, and by which key they are signed. */

/*
 * The key of a webhook, made of the secret of this installation (the bytes of
 * heritage.cursor_secret) and the nonce of its row: the database holds no key, and who
 * has a copy of it signs nothing. Another secret of the installation is another key.
 */
void webhook_key(struct str secret, struct str nonce, unsigned char out[WEBHOOK_KEY_SIZE]);

/*
 * What is wrong with the address of a webhook, as the end of a sentence about it ("must be ..."); NULL: nothing.
 * It must be https, name no user, and lead to the public internet as far as its text tells;
 * its names are resolved and looked at again when something is sent. `anywhere`: http and
 * private addresses, too, for trials.
 */
const char *webhook_url_fault(struct str url, bool anywhere);

#endif
