#ifndef HOB_CLI_MANIFEST_H
#define HOB_CLI_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/pg.h"
#include "cli/vault.h"
#include "core/arena.h"

/* What a backup says of itself: manifest.json, and its own hash beside it as sha256sum has it. */
#define MANIFEST "manifest.json"
#define MANIFEST_HASH "manifest.json.sha256"
/* The parts of a backup, beside these; those that are encrypted end with the suffix of the cipher as well. */
#define PART_DUMP "dump"
#define PART_SETTINGS "settings.conf"
#define PART_FILES "files.list"

struct manifest_part {
	const char *name;
	int64_t bytes;
	char sha256[SHA256_HEX_SIZE];
};

struct table_rows {
	const char *table; /* as SQL names it */
	int64_t rows;
};

enum { MANIFEST_PARTS_MOST = 3 };

struct manifest {
	const char *version;   /* of Hob */
	int64_t schema;	       /* number of the last migration */
	const char *at;	       /* time of the snapshot, RFC 3339 */
	const char *snapshot;  /* pg_current_snapshot() */
	const char *recipient; /* "": not encrypted */
	const char *secret;    /* manifest_secret(); "": there was none */
	int64_t files;	       /* lines of files.list, */
	int64_t file_bytes;    /* and bytes of all that it has */
	int64_t missing; /* of these lines: the bytes were not what the row says, or away */
	int64_t elsewhere; /* copies on the disks of other hosts, which are in no line */
	struct manifest_part parts[MANIFEST_PARTS_MOST];
	int part_count;
	struct table_rows *tables;
	int table_count;
};

/* What tells one cursor.secret from another, and nothing of it; "" for none. */
const char *manifest_secret(struct arena *a, const char *cursor_secret);
/* Counts all rows that a dump has, as the session of `pg` sees them. False: told. */
bool manifest_count(struct pg *pg, struct arena *a, struct manifest *m);
/* Are they as many in the database of `pg`? Each table that differs is told. */
bool manifest_compare(const struct manifest *m, struct pg *pg, struct arena *a);
/* Writes both files into the backup that is being made. */
bool manifest_write(const struct manifest *m, const struct vault *v);
/* Reads it, when its hash holds. False: told. */
bool manifest_read(struct manifest *m, const struct vault *v, const char *name,
		   struct arena *a);
/* The part whose name begins so, or NULL. */
const struct manifest_part *manifest_part(const struct manifest *m, const char *begins);

#endif
