#ifndef HOB_CLI_FILES_H
#define HOB_CLI_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "bucket/bucket.h"
#include "cli/cli.h"
#include "cli/pg.h"
#include "model/files.h"

/* What the words of `hob files` share: the database, and the stores that are set up. */
struct files {
	struct cli *cli;
	struct pg *pg;
	struct bucket_settings bucket;
	struct store *stores[FILES_STORES];	/* the bucket is NULL where there is none */
	char host[HOSTNAME_SIZE];
};

/* A copy that a row tells of. */
struct file_copy {
	const char *file_id, *variant, *key, *sha256;
	int64_t bytes;
	struct store *store;		/* NULL: it is not set up */
};

/* Opens them. False: there is no database, which is told; files_end comes behind it in any case. */
bool files_begin(struct files *f, struct cli *cli);
void files_end(struct files *f);
/* The store of this name; NULL: it is not set up. */
struct store *files_store_named(const struct files *f, const char *name);
/*
 * The next copies behind this key that this host can reach, by key; in `a`. elsewhere: only those that are to move to
 * this store; NULL: all. 0 behind the last; -1: the database failed, which is told.
 */
int files_page(struct files *f, struct arena *a, const char *elsewhere, const char *behind, struct file_copy **out);
/* How many there are of them. */
int64_t files_count(struct files *f, const char *elsewhere);
/* Lists all that this host can reach, as the transaction sees them: the server keeps the list when it has ended. */
bool files_list(struct files *f);
/* The next copies of the list, as files_page. */
int files_next(struct files *f, struct arena *a, struct file_copy **out);

enum files_fault { FILE_GOOD, FILE_MISSING, FILE_WRONG_SIZE, FILE_WRONG_HASH, FILE_UNREADABLE, FILE_AWAY };
/* Reads all of a copy, in `store` under `key`. FILE_AWAY: the store gives nothing now, which is told; else *fd is the
 * caller's when it is good. */
enum files_fault files_read(const struct files *f, const struct file_copy *c, struct store *store, const char *key, int *fd);
/* May this user put files into files.dir, as its owner or as one of the group that shares it? Else hob-api and hob-jobs
 * could not remove them. False: told. */
bool files_are_ours(const struct files *f);
/* The store has failed, which is told. Returns EX_TEMPFAIL. */
int files_away(const struct store *s);
/* Says what is wrong with a copy, in a line on stdout. */
void files_tell(const struct file_copy *c, enum files_fault fault);

/* The words; each returns the exit code. */
int files_move(struct files *f, int argc, char **argv);
int files_verify(struct files *f, int argc, char **argv);
int files_sweep(struct files *f, int argc, char **argv);
int files_forget(struct files *f, int argc, char **argv);

#endif
