#ifndef HOB_MODEL_PASSWORD_RULES_H
#define HOB_MODEL_PASSWORD_RULES_H

#include <stdbool.h>

#include "core/str.h"

enum { PASSWORD_MIN_BYTES = 8, PASSWORD_MAX_BYTES = 256 };

/* One of the passwords that guessing begins with, in any case? Length is not looked at. */
bool password_is_common(struct str password);

#endif
