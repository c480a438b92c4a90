#ifndef HOB_STORAGE_DIRECTORY_H
#define HOB_STORAGE_DIRECTORY_H

#include "storage/store.h"

/*
 * A store of files below `path`, which belongs to the caller's user and has to be there; its file system knows O_TMPFILE
 * (storage/storage.h). What else is in it is left alone. `path` has to outlive it.
 */
struct store *store_directory(const char *path);

#endif
