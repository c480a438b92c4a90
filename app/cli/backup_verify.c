/*
 * backup_verify.c: `hob backup verify`: is all of a backup there and as it was written, and does a database come out of
 * it? What is wrong is a line on stdout.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/backup.h"
#include "cli/progress.h"

/* Made by the role of backup.scratch_url; of one that was killed it is still there. */
#define SCRATCH "hob_verify"

/* --- parts ---------------------------------------------------------------------- */

struct looking {
	const struct backup *b;
	const char *name;
	int bad;
};

static bool
note_foreign(void *arg, const char *part)
{
	struct looking *l = arg;
	const struct manifest_part *p = manifest_part(&l->b->manifest, part);

	if (strcmp(part, MANIFEST) == 0 || strcmp(part, MANIFEST_HASH) == 0 ||
	    (p != NULL && strcmp(p->name, part) == 0))
		return true;
	printf("%s/%s is not of this backup\n", l->name, part);
	l->bad++;
	return true;
}

static bool
check_part(const struct backup *b, const char *name, const struct manifest_part *part)
{
	int fd = vault_open_part(&b->vault, name, part->name);
	char sha256[SHA256_HEX_SIZE];
	int64_t bytes;
	bool good;

	if (fd < 0) {
		printf("%s/%s: %s\n", name, part->name, strerror(errno));
		return false;
	}
	good = sha256_file(fd, sha256, &bytes) && bytes == part->bytes &&
	       strcmp(sha256, part->sha256) == 0;
	if (!good)
		printf("%s/%s has other bytes than were written\n", name, part->name);
	close(fd);
	return good;
}

bool
backup_check_parts(const struct backup *b, const char *name)
{
	struct looking l = { .b = b, .name = name };
	bool good = vault_each_part(&b->vault, name, note_foreign, &l);

	for (int i = 0; i < b->manifest.part_count; i++)
		good = check_part(b, name, &b->manifest.parts[i]) && good;
	return good && l.bad == 0;
}

/* --- files ----------------------------------------------------------------------- */

bool
backup_check_file(const struct backup *b, const struct listed *l)
{
	char sha256[SHA256_HEX_SIZE];
	int64_t bytes;
	bool good;
	int fd = vault_open_file(&b->vault, l->stored);

	if (fd < 0) {
		printf("files/%.2s/%s (%s): %s\n", l->stored, l->stored, l->key,
		       strerror(errno));
		return false;
	}
	good = sha256_file(fd, sha256, &bytes) && bytes == l->stored_bytes &&
	       strcmp(sha256, l->stored) == 0;
	if (!good)
		printf("files/%.2s/%s (%s) has other bytes than were written\n",
		       l->stored, l->stored, l->key);
	close(fd);
	return good;
}

/* Missing ones were told when it was made. */
static bool
check_files(const struct backup *b, const char *name)
{
	int64_t total = b->manifest.files, seen = 0;
	FILE *list = backup_open_list(&b->vault, name);
	struct progress progress;
	enum listed_end end;
	struct listed l;
	bool good = true;

	if (list == NULL)
		return false;
	progress_begin(&progress, stderr, "files", total > 0 ? total : 1);
	while ((end = listed_read(list, &l)) == LISTED_LINE && seen < total) {
		good = (listed_is_missing(&l) || backup_check_file(b, &l)) && good;
		progress_show(&progress, ++seen);
	}
	fclose(list);
	if (end != LISTED_END || seen != total)
		printf("%s/" PART_FILES " has not the %lld lines that it should have\n",
		       name, (long long)total);
	if (!good)
		fputs("remove the files that are damaged: the next hob backup brings "
		      "again what the server still has\n",
		      stderr);
	return good && end == LISTED_END && seen == total;
}

/* What a backup that failed has left is no fault, and the next one removes it. */
static bool
note_unnamed(void *arg, const struct unnamed *u)
{
	struct looking *l = arg;
	bool known = strlen(u->name) == SHA256_HEX_SIZE - 1 && l->b->vault.untidy;

	printf("files/%02x/%s: no backup names it\n", (unsigned)u->folder, u->name);
	l->bad += !known;
	return true;
}

static bool
check_pool(const struct backup *b)
{
	struct looking l = { .b = b };
	char **names;
	int count = vault_names(&b->vault, &b->cli->arena, &names);

	return count >= 0 &&
	       pool_each_unnamed(&b->vault, names, count, note_unnamed, &l) && l.bad == 0;
}

/* --- the dump --------------------------------------------------------------------- */

static bool
compare_scratch(const struct backup *b)
{
	struct cli *cli = b->cli;
	struct pg *pg = pg_open_database(cli->config.db_owner_url, SCRATCH);
	bool good = pg != NULL && manifest_compare(&b->manifest, pg, &cli->arena);

	pg_close(pg);
	return good;
}

static bool
try_restore(const struct backup *b, const char *name)
{
	struct pg *pg = pg_open(b->cli->config.backup_scratch_url);
	bool good;

	if (pg == NULL)
		return false;
	good = pg_run(pg, "DROP DATABASE IF EXISTS " SCRATCH " WITH (FORCE)") &&
	       pg_run(pg,
		      "CREATE DATABASE " SCRATCH " OWNER hob_owner TEMPLATE template0") &&
	       backup_load(b, name, SCRATCH, "") && compare_scratch(b);
	good = pg_run(pg, "DROP DATABASE IF EXISTS " SCRATCH " WITH (FORCE)") && good;
	pg_close(pg);
	if (good)
		fprintf(stderr, "dump: restored, and all tables have the rows that they "
				"should have\n");
	return good;
}

static bool
read_dump(const struct backup *b, const char *name)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool good = nowhere >= 0 && backup_write_sql(b, name, nowhere);

	close(nowhere);
	if (good)
		fprintf(stderr, "dump: read to its end, and not restored, for "
				"backup.scratch_url is not set\n");
	return good;
}

static bool
check_dump(const struct backup *b, const char *name)
{
	if (b->manifest.recipient[0] != '\0' &&
	    b->cli->config.backup_identity[0] == '\0' &&
	    strcmp(b->cipher.suffix, ".age") == 0) {
		fprintf(stderr, "dump: not read, for backup.identity is not set\n");
		return true;
	}
	return b->cli->config.backup_scratch_url[0] != '\0' ? try_restore(b, name)
							    : read_dump(b, name);
}

int
backup_verify(struct cli *cli, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	struct backup b;
	bool good;
	int code;

	if (argc > 2)
		return complain_usage("backup verify takes one name");
	code = backup_open(&b, cli, &name);
	if (code == 0) {
		good = backup_check_parts(&b, name);
		good = check_files(&b, name) && good;
		good = check_pool(&b) && good;
		good = good && check_dump(&b, name);
		printf("%s is %s\n", name, good ? "whole" : "NOT WHOLE");
		code = good ? 0 : 1;
	}
	backup_close(&b);
	return code;
}
