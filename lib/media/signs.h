#ifndef HOB_MEDIA_SIGNS_H
#define HOB_MEDIA_SIGNS_H

#include <stdbool.h>

#include "core/str.h"

/*
 * The types whose files say by their first bytes what they are: JPEG, PNG, WebP, HEIC and PDF. What begins otherwise is
 * something else for whoever opens it, whatever a patient decoder makes of it.
 */

/* "image/jpeg"; NULL when it begins as none of them. */
const char *media_sign(struct str head);

#endif
