#ifndef HOB_MODEL_FILES_H
#define HOB_MODEL_FILES_H

#include "model/config.h"
#include "model/files_settings.h"

/* The bucket of these settings. */
struct s3_place files_place(const struct config *c);
/* Is there one? Then it may hold files, whatever files.store says. */
bool files_has_bucket(const struct config *c);

#endif
