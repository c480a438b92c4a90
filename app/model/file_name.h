#ifndef HOB_MODEL_FILE_NAME_H
#define HOB_MODEL_FILE_NAME_H

#include "core/arena.h"
#include "core/str.h"

/*
 * The name under which a file of this media type is saved that came as `name`: "IMG_1.HEIC" becomes "IMG_1.jpg" where it
 * was made a JPEG, "scan" becomes "scan.pdf". STR_NONE stays so. Lives in `a`.
 */
struct str file_name_fit(struct arena *a, struct str name, const char *media_type);
/*
 * The same as a name that every file system takes, in its folder: no separators, no characters or beginnings that mean
 * something there, at most FILE_NAME_BYTES. STR_NONE becomes "file".
 */
enum { FILE_NAME_BYTES = 200 };
struct str file_name_safe(struct arena *a, struct str name, const char *media_type);

#endif
