#ifndef HOB_CLI_BACKUP_H
#define HOB_CLI_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cipher.h"
#include "cli/files.h"
#include "cli/listed.h"
#include "cli/manifest.h"
#include "cli/vault.h"

/* What the words of `hob backup`, and `hob restore`, share. */
struct backup {
	struct cli *cli;
	struct vault vault;
	struct manifest manifest;
	struct cipher cipher;
};

/* The words; each returns the exit code. */
int backup_make(struct cli *cli, int argc, char **argv);
int backup_list(struct cli *cli, int argc, char **argv);
int backup_verify(struct cli *cli, int argc, char **argv);

/* --- parts of making one --------------------------------------------------------- */

/* Which files do the rows tell of that the transaction of f->pg sees? Fills in the manifest. False: told. */
bool backup_list_files(struct backup *b, struct files *f);
/*
 * Puts those of them into the pool that it has not, and lists all in a new part. Fills in the manifest. The exit code:
 * EX_TEMPFAIL when a store cannot be reached; told.
 */
int backup_files(struct backup *b, struct files *f);
/* Removes backups that are too old, and what the pool has for none that stays. False: told. */
bool backup_keep(struct backup *b);

/* --- parts of reading one ---------------------------------------------------------- */

/* Opens the backup `name` of the directory of the settings, NULL: the newest; a path with a '/' is one elsewhere. Reads
 * its manifest. Fills *name. The exit code; told. backup_close comes behind in any case. */
int backup_open(struct backup *b, struct cli *cli, const char **name);
void backup_close(struct backup *b);
/* Opens files.list; NULL: told. */
FILE *backup_open_list(const struct vault *v, const char *name);
/* Are all parts what the manifest says, and is nothing else there? What is not is told. */
bool backup_check_parts(const struct backup *b, const char *name);
/* Has the pool the bytes of this line? What is wrong is a line on stdout. */
bool backup_check_file(const struct backup *b, const struct listed *l);
/* Writes the SQL that makes the database. False: told. */
bool backup_write_sql(const struct backup *b, const char *name, int out);
/*
 * Reads the dump into an empty database, and runs `then` (SQL) behind it, all in one transaction. database: in place of
 * that of db.owner_url, or NULL. False: nothing was changed; told.
 */
bool backup_load(const struct backup *b, const char *name, const char *database,
		 const char *then);

/* --- what the pool has -------------------------------------------------------------- */

/*
 * Calls `each` for each file of the pool that none of these backups names, or whose name is none. Holds no more than 32
 * MiB of names. False: told, or `each` said so.
 */
struct unnamed {
	int folder;
	const char *name;
};
bool pool_each_unnamed(const struct vault *v, char *const *names, int count,
		       bool (*each)(void *arg, const struct unnamed *u), void *arg);

#endif
