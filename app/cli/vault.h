#ifndef HOB_CLI_VAULT_H
#define HOB_CLI_VAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "crypto/hash.h"

/*
 * A directory of backups, on any file system that knows fsync, rename and flock:
 *
 *   2026-11-30T204730Z/   one backup, by the time of its snapshot (UTC); there whole or not at all
 *   files/ab/HASH         bytes of files, for all backups, by the SHA-256 of what is in there
 *   partial/              one that is being made, or removed: it counts for nothing; left by who failed
 *   lock                  held by who writes here
 */
struct vault {
	const char *path;
	int dir, pool, partial, lock; /* descriptors; partial -1: none is being made */
	bool untidy;		      /* the pool may have what no backup names */
};

enum { VAULT_NAME_SIZE = 19 };
enum vault_use { VAULT_READ, VAULT_WRITE };

/* VAULT_WRITE makes it where it is missing, and empties what is partial. EX_TEMPFAIL: another backup is at work; else an
 * exit code. What is wrong is told. `path` has to outlive it; vault_close comes behind in any case. */
int vault_open(struct vault *v, const char *path, enum vault_use use);
void vault_close(struct vault *v);

/* Is this the name of a backup? Then *at_us is its time. */
bool vault_name_is(const char *name, int64_t *at_us);
/* Those that are there, oldest first, in `a`; -1: told. */
int vault_names(const struct vault *v, struct arena *a, char ***out);
/* A part of a backup, to be read; -1: it is not there, errno says why. */
int vault_open_part(const struct vault *v, const char *name, const char *part);
/* Calls `each` for the name of everything in it, until it says false. False then, or told. */
bool vault_each_part(const struct vault *v, const char *name,
		     bool (*each)(void *arg, const char *part), void *arg);

/* --- making one: false is told ---------------------------------------------- */

bool vault_begin(struct vault *v);
/* A new part of it; -1: told. */
int vault_make_part(const struct vault *v, const char *part);
/* Its bytes are on the disk; their size and hash. Closes it. */
bool vault_end_part(int fd, const char *part, char sha256[SHA256_HEX_SIZE],
		    int64_t *bytes);
/* Gives it its name, when all of it and of the pool is on the disk. */
bool vault_publish(struct vault *v, const char *name);
/* Removes a backup, at once for whoever lists them. */
bool vault_remove(struct vault *v, const char *name);

/* --- the pool ---------------------------------------------------------------- */

enum { VAULT_FOLDERS = 256 };

/* Has it bytes of this hash and size? */
bool vault_has(const struct vault *v, const char *hash, int64_t bytes);
/* -1: errno says why. */
int vault_open_file(const struct vault *v, const char *hash);
/* A new file, to be written, of which there is one at a time; -1: told. */
int vault_make_file(const struct vault *v);
/* Keeps it by its hash, which is filled in with its size, and closes it. False: told. */
bool vault_keep_file(const struct vault *v, int fd, char hash[SHA256_HEX_SIZE],
		     int64_t *bytes);
/* Calls `each` for every name in a folder, 0 to VAULT_FOLDERS - 1, until it says false. False then, or told. */
bool vault_each_file(const struct vault *v, int folder,
		     bool (*each)(void *arg, const char *name), void *arg);
bool vault_remove_file(const struct vault *v, int folder, const char *name);

#endif
