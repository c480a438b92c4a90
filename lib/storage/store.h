#ifndef HOB_STORAGE_STORE_H
#define HOB_STORAGE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/*
 * Where the bytes of files are: a directory (storage/directory.h), or a bucket that speaks S3 (s3/store.h). A key names
 * them, "ab/cd/" and random; what is kept under one is whole, never changes, and may only be removed. One process per
 * object, one call at a time; nothing waits for ever.
 */
struct store;

enum { STORE_KEY_SIZE = 35 };

/* A key that nobody had before, of 128 random bits, NUL-terminated. */
void store_key(char key[STORE_KEY_SIZE]);
/* Is this one that store_key makes? */
bool store_key_is(struct str key);

/*
 * The calls below answer, and store_why has the words:
 *   ERR_OK         done
 *   ERR_NOT_FOUND  there is no such key
 *   ERR_CONFLICT   this key has bytes already, and keeps them
 *   ERR_FULL       no room
 *   ERR_BUSY       away, slow or broken for now: try again later
 *   ERR_FORBIDDEN  it lets us do nothing: an administrator has to look
 *   ERR_INVALID    that is no key
 */

/* A new file without a name on the local disk, to be written; the caller closes it. */
enum err store_make(struct store *s, int *fd);
/*
 * Keeps all that is in a file of store_make, of this store or of another one with the same directory, under `key`: whole
 * or not at all. ERR_OK: it is on the disk, or the server has acknowledged bytes of this size and hash. A directory
 * gives the file itself its name, so nothing may be written to it afterwards; a bucket takes any file that can be read.
 */
enum err store_put(struct store *s, int fd, const char *key);
/* Its bytes, to be read from their beginning; the caller closes it. */
enum err store_open(struct store *s, const char *key, int *fd);
enum err store_size(struct store *s, const char *key, int64_t *bytes);
/* ERR_OK also when there is none. */
enum err store_remove(struct store *s, const char *key);

struct store_item {
	const char *key;
	int64_t bytes;
	int64_t modified_s;	/* since when it is there, unix */
};
/*
 * Calls `each` for all that has a key behind this one ("": all), by name, page by page, as long as it says ERR_OK; what it
 * says else is answered. It may remove what it is shown. What comes or goes meanwhile is shown or not.
 */
typedef enum err store_each_fn(void *arg, const struct store_item *item);
enum err store_each(struct store *s, const char *behind, store_each_fn *each, void *arg);

/* "directory" or "s3", as file_copies.store has it. */
const char *store_name(const struct store *s);
/* The last failure, in a line; no secret, no key. Never NULL. */
const char *store_why(const struct store *s);
void store_free(struct store *s);	/* may be NULL */

/* The error of a system call that failed at a file: ENOSPC is ERR_FULL, ... For whoever writes to a file of store_make. */
enum err store_errno(int error);

#endif
