#ifndef HOB_MODEL_UNSUBSCRIBE_H
#define HOB_MODEL_UNSUBSCRIBE_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/str.h"

/*
 * What ends the mails of one kind for one account: "KIND.USER_ID.SEAL", which no table holds. It stays good for as
 * long as the secret of this installation (the bytes of heritage.secret): mails are read years later. KIND is letters of
 * ASCII and "_"; UNSUBSCRIBE_ALL, as hob.unsubscribe has it, is all that may be ended.
 */
#define UNSUBSCRIBE_ALL "all"
struct str unsubscribe_token(struct arena *a, struct str secret, struct str user_id, struct str kind);
/* False for any that was not made so. The results are NUL-terminated and live in `a`. */
bool unsubscribe_read(struct arena *a, struct str secret, struct str token, struct str *user_id, struct str *kind);

#endif
