#ifndef HOB_ZIP_ZIP_H
#define HOB_ZIP_ZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/*
 * A ZIP archive (APPNOTE.TXT 6.3) that is written from its beginning to its end, so that it needs the memory of one
 * piece, whatever its size. Without ZIP64, which some programs do not read in archives of unknown length: neither it nor
 * a file in it may reach 4 GiB. After the first failure nothing is written any more.
 */
struct zip;

/* Writes to `fd`, which stays the caller's. */
struct zip *zip_new(int fd);
/*
 * Begins a file; `name` is UTF-8 and may have folders, "homes/1/tasks.json". at_s: when it was changed, in seconds since
 * 1970. how: ZIP_STORED is for what does not get smaller, pictures above all.
 */
enum zip_how { ZIP_DEFLATED, ZIP_STORED };
void zip_begin(struct zip *z, const char *name, int64_t at_s, enum zip_how how);
void zip_add(struct zip *z, struct str bytes);
/* Has something failed? Then there is no use in adding more. */
bool zip_failed(const struct zip *z);
/* Bytes that were written so far, but for what is still being compressed. */
int64_t zip_size(const struct zip *z);
/* ERR_OK: the archive is whole; else *error is the errno of what failed first. Frees it. */
enum err zip_end(struct zip *z, int *error);

#endif
