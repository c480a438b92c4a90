#ifndef HOB_MODEL_FILE_NAME_H
#define HOB_MODEL_FILE_NAME_H

#include "core/arena.h"
#include "core/str.h"

/*
 * The name under which a file of this media type is saved that came as `name`: "IMG_1.HEIC" becomes "IMG_1.jpg" where it
 * was made a JPEG, "scan" becomes "scan.pdf". STR_NONE stays so. Lives in `a`.
 */
struct str file_name_fit(struct arena *a, struct str name, const char *media_type);

#endif
