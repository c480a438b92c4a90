#ifndef HOB_WEBHOOK_SIGN_H
#define HOB_WEBHOOK_SIGN_H

#include <stdint.h>

#include "core/arena.h"
#include "core/str.h"

/*
 * Signs what is posted to a webhook, as Standard Webhooks has it (the specification of
 * that name, version 1.0.0; symmetric keys). The post bears the headers webhook-id,
 * webhook-timestamp (unix seconds) and webhook-signature.
 */

enum { WEBHOOK_KEY_SIZE = 32 };
#define WEBHOOK_SECRET_PREFIX "whsec_"

/* "whsec_" and the key's base64: what the receiver gets, once. */
struct str webhook_secret(struct arena *a, const unsigned char key[WEBHOOK_KEY_SIZE]);
/*
 * The webhook-signature header: "v1," and base64 of HMAC-SHA-256 over "<id>.<timestamp>.<body>", by the
 * bytes of a key of any length. `id` must have no dot. The body is signed as it is sent, to the byte.
 */
struct str webhook_signature(struct arena *a, struct str key, struct str id, int64_t timestamp_s,
			     struct str body);

#endif
