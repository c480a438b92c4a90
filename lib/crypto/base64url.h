#ifndef HOB_CRYPTO_BASE64URL_H
#define HOB_CRYPTO_BASE64URL_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/str.h"

/* base64url without padding (RFC 4648 section 5). */
struct str base64url_encode(struct arena *a, struct str bytes);
/* False for any character, length or trailing bits that encode would not make. */
bool base64url_decode(struct arena *a, struct str text, struct str *out);
/* Likewise base64 with its padding (section 4). */
bool base64_decode(struct arena *a, struct str text, struct str *out);

#endif
