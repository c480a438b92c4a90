#ifndef HOB_MODEL_EXPORT_H
#define HOB_MODEL_EXPORT_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/str.h"

/* Where exports are, below files.dir, each as ID.zip, and below what nginx sends (conf/nginx/site.conf). */
#define EXPORT_FOLDER "exports"

/*
 * What an export is fetched by, "ID.SEAL" behind /api/exports/; whether there is one, and for how long, is the
 * database's to say. An id in capitals is the same one. `secret`: the bytes of heritage.secret. Lives in `a`.
 */
const char *export_token(struct arena *a, struct str secret, struct str id);
/* The id in it, in small letters and NUL-terminated; false for any token that was not made so. */
bool export_read(struct arena *a, struct str secret, struct str token, struct str *id);

#endif
