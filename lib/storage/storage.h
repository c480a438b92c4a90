#ifndef HOB_STORAGE_STORAGE_H
#define HOB_STORAGE_STORAGE_H

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/*
 * Files that are there whole or not at all: one has no name before all of it is on the disk, so whoever dies half way
 * leaves nothing. Their file system knows O_TMPFILE (ext4, XFS, Btrfs, tmpfs do; NFS does not). All of these set errno
 * when they fail.
 *
 * What is made belongs to the caller's user, and its group reads it. Where the group of a directory may write in it
 * users share it: then the group writes in directories below, too, and everybody reads whom a folder above lets in.
 */

/* Makes it where it is not there, in one that is; its group is that of the one above where that is setgid. */
enum err storage_directory(const char *directory);
/* A new file in this directory, to be written. -1: it cannot be made. */
int storage_make(const char *directory);
/*
 * Gives it its name, when its bytes are on the disk. ERR_CONFLICT: another has that name, and keeps it; ERR_INTERNAL:
 * what was written may not be there, or the folder of the name is not. The descriptor stays the caller's.
 */
enum err storage_keep(const char *directory, int fd, const char *name);
/* What has been made in this directory, and removed, is so on the disk. */
enum err storage_sync(const char *directory);
/* Bytes of a file that is there; -1: there is none. */
int64_t storage_size(const char *directory, const char *name);
/* ERR_OK also when there is none. */
enum err storage_remove(const char *directory, const char *name);

#endif
