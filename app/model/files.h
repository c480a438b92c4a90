#ifndef HOB_MODEL_FILES_H
#define HOB_MODEL_FILES_H

#include "core/hostname.h"
#include "model/config.h"
#include "model/files_settings.h"

/* The bucket of these settings. */
struct s3_place files_place(const struct config *c);
/* Is there one? Then it may hold files, whatever files.store says. */
bool files_has_bucket(const struct config *c);
/* The name of the disk that files.dir is on, as file_copies.host has it. */
void files_host_get(const struct config *c, char out[HOSTNAME_SIZE]);

/*
 * Bytes that are younger may have a row that is still to come: of a request that is under way (as hob.bytes_grace), and,
 * if nobody is in a hurry, of one whose clock is wrong.
 */
enum { FILES_GRACE_S = 15 * 60, FILES_UNKNOWN_S = 24 * 3600 };

#endif
