#ifndef HOB_MODEL_PASSWORD_RULES_H
#define HOB_MODEL_PASSWORD_RULES_H

#include <stdbool.h>

#include "core/str.h"

enum { PASSWORD_MIN_BYTES = 8, PASSWORD_MAX_BYTES = 256 };

/* Is it one of the common passwords, in any case? Length is not checked. */
bool password_is_common(struct str password);

#endif
