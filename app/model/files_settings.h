#ifndef HOB_MODEL_FILES_SETTINGS_H
#define HOB_MODEL_FILES_SETTINGS_H

#include <stdbool.h>

#include "core/strbuf.h"
#include "s3/place.h"

/* Where files are kept that people send, as file_copies.store has it and files.store says for new ones. */
enum files_store { FILES_DIRECTORY, FILES_S3, FILES_STORES };
extern const char *const files_stores[];	/* their names; ends with NULL */

/* Adds a line to `why` when files.s3_* do not name a bucket, and do not say that there is none, or it is needed. */
void files_settings_check(const struct s3_place *p, bool is_needed, struct strbuf *why);

#endif
