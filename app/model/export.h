#ifndef HOB_MODEL_EXPORT_H
#define HOB_MODEL_EXPORT_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/str.h"

/* Where exports are, below files.dir, each as ID.zip, and below what nginx sends (conf/nginx/site.conf). */
#define EXPORT_FOLDER "exports"

/*
 * What an export is fetched by, "/api/exports/ID.SEAL"; whether there is one, and for how long, is the database's to
 * say. `secret`: the bytes of heritage.secret. Lives in `a`.
 */
const char *export_path(struct arena *a, struct str secret, struct str id);
/* The id in "ID.SEAL", NUL-terminated; false for any that was not made so. */
bool export_read(struct arena *a, struct str secret, struct str token, struct str *id);

#endif
