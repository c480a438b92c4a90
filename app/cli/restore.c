/*
 * restore.c: `hob restore`: a backup becomes the state of an empty system. Files come first, then all rows in one
 * transaction: who fails or is killed half way runs it again, and what is there already is not done twice. A file that the
 * backup has lost keeps nobody from the rest.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/backup.h"
#include "cli/progress.h"
#include "schema.h"

struct restoring {
	struct backup b;
	struct files f;
	const char *name;
	bool end_sessions;
	bool other_secret;
	int64_t lost; /* files that the backup should have */
};

/* --- may it? ---------------------------------------------------------------------- */

static int
tell_steps(const char *name)
{
	fprintf(stderr,
		"Make an empty database first, as an administrator:\n"
		"    hob roles | psql -d postgres\n"
		"    psql -d postgres -c 'CREATE DATABASE hob OWNER hob_owner'\n"
		"    hob roles | psql -d hob\n"
		"and then again: hob restore %s\n",
		name);
	return 1;
}

static bool
is_empty(struct pg *pg)
{
	static const char sql[] =
		"SELECT current_database(), count(*) FROM pg_class c"
		" JOIN pg_namespace n ON n.oid = c.relnamespace"
		" WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

	if (!pg_query(pg, sql, 0, NULL))
		return false;
	if (strcmp(pg_value(pg, 0, 1), "0") == 0)
		return true;
	complain("the database %s is not empty: hob restore writes over nothing",
		 pg_value(pg, 0, 0));
	return false;
}

/* What was signed and sealed with the former one is good for nothing with another. */
static bool
has_secret(const struct restoring *r)
{
	struct cli *cli = r->b.cli;
	const char *was = r->b.manifest.secret;

	if (r->other_secret ||
	    strcmp(was, manifest_secret(&cli->arena, cli->config.cursor_secret)) == 0)
		return true;
	complain("cursor.secret is another one than it was: bring it back%s, or give "
		 "--other-secret: then the keys of "
		 "webhooks change, share codes and links that were sent end, and staff "
		 "need `hob staff reset`",
		 manifest_part(&r->b.manifest, PART_SETTINGS) != NULL
			 ? " (it is in the settings.conf of the backup)"
			 : "");
	return false;
}

static bool
is_known(const struct manifest *m)
{
	if (m->schema <= migration_count)
		return true;
	complain("the backup is of hob %s, whose schema %lld is newer than this program "
		 "knows",
		 m->version, (long long)m->schema);
	return false;
}

/* --- files ------------------------------------------------------------------------- */

/* What was sent and is not clean yet is the work of this host. */
static struct store *
store_for(const struct restoring *r, const struct listed *l)
{
	int kind = strcmp(l->variant, "sent") == 0 ? FILES_DIRECTORY
						   : r->b.cli->config.files_store;

	return r->f.stores[kind];
}

/* Fills a file of the store with its bytes. False: they are not what they should be. */
static bool
copy(const struct restoring *r, const struct listed *l, int fd)
{
	int from = vault_open_file(&r->b.vault, l->stored);
	char sha256[SHA256_HEX_SIZE];
	int64_t bytes;
	bool good = from >= 0 && cipher_copy(&r->b.cipher.open, from, fd) &&
		    sha256_file(fd, sha256, &bytes) && strcmp(sha256, l->sha256) == 0;

	if (from >= 0)
		close(from);
	return good;
}

/*
 * Puts it in place of what is there, if anything. The exit code. Where the pool has what was written and no copy comes of
 * it, there is no room, or the key is another one: so it would be with the next.
 */
static int
bring(struct restoring *r, const struct listed *l, struct store *store, bool replaces)
{
	int code = 0, fd;

	if (store_make(store, &fd) != ERR_OK)
		return files_away(store);
	if (!copy(r, l, fd)) {
		if (backup_check_file(&r->b, l))
			code = complain("%s cannot be restored", l->key);
		else
			r->lost++;
	} else if ((replaces && store_remove(store, l->key) != ERR_OK) ||
		   store_put(store, fd, l->key) != ERR_OK) {
		code = files_away(store);
	}
	close(fd);
	return code;
}

/* The exit code. */
static int
put(struct restoring *r, const struct listed *l)
{
	const struct file_copy c = { .key = l->key,
				     .sha256 = l->sha256,
				     .bytes = l->bytes };
	struct store *store = store_for(r, l);
	enum files_fault fault;
	int fd;

	fault = files_read(&r->f, &c, store, l->key, &fd);
	if (fault == FILE_AWAY)
		return EX_TEMPFAIL;
	if (fault == FILE_GOOD) {
		close(fd);
		return 0;
	}
	return bring(r, l, store, fault != FILE_MISSING);
}

static int
put_files(struct restoring *r)
{
	int64_t total = r->b.manifest.files, seen = 0;
	FILE *list = backup_open_list(&r->b.vault, r->name);
	struct progress progress;
	enum listed_end end = LISTED_END;
	struct listed l;
	int code = 0;

	if (list == NULL)
		return 1;
	progress_begin(&progress, stderr, "files", total > 0 ? total : 1);
	while (code == 0 && (end = listed_read(list, &l)) == LISTED_LINE &&
	       seen < total) {
		if (!listed_is_missing(&l))
			code = put(r, &l);
		progress_show(&progress, ++seen);
	}
	fclose(list);
	if (code == 0 && (end != LISTED_END || seen != total))
		code = complain(PART_FILES " is damaged");
	return code;
}

/* --- rows --------------------------------------------------------------------------- */

static bool
put_rows(struct restoring *r)
{
	struct cli *cli = r->b.cli;
	const char *params[] = { files_stores[cli->config.files_store], r->f.host,
				 r->end_sessions ? "true" : "false" };

	if (!pg_query(r->f.pg,
		      "SELECT format('SELECT hob.settle(%L, %L, %L)', $1::text, "
		      "$2::text, $3::bool)",
		      3, params))
		return false;
	return backup_load(&r->b, r->name, NULL,
			   arena_cstr(&cli->arena, str_of(pg_value(r->f.pg, 0, 0))));
}

static void
tell_rest(const struct restoring *r)
{
	const struct manifest *m = &r->b.manifest;

	printf("%s is restored, as of %s.\n", r->name, m->at);
	if (m->missing + m->elsewhere > 0)
		printf("It lacks %lld files that were missing already, and %lld of other "
		       "hosts: `hob files verify` names them.\n",
		       (long long)m->missing, (long long)m->elsewhere);
	printf("Now: hob migrate, hob sweep; then start hob-api, hob-admin and "
	       "hob-jobs.\n");
}

/* --- the command ---------------------------------------------------------------------- */

static bool
may_begin(struct restoring *r)
{
	return backup_check_parts(&r->b, r->name) && is_known(&r->b.manifest) &&
	       has_secret(r);
}

static int
restore(struct restoring *r)
{
	struct cli *cli = r->b.cli;
	int code;

	if (!files_begin(&r->f, cli))
		return pg_is_missing(cli->config.db_owner_url) ? tell_steps(r->name) : 1;
	if (!roles_are_there(r->f.pg) || !is_empty(r->f.pg))
		return tell_steps(r->name);
	if (!files_are_ours(&r->f))
		return 1;
	code = put_files(r);
	if (code != 0)
		return code;
	if (!put_rows(r))
		return 1;
	if (!pg_run(r->f.pg, "ANALYZE"))
		complain("ANALYZE the database later: until then requests may be slow");
	code = history_begin(cli, r->f.pg);
	tell_rest(r);
	return r->lost > 0 ? complain("the database is restored, and lacks %lld files "
				      "that the backup has lost: "
				      "hob files verify names them",
				      (long long)r->lost)
			   : code;
}

int
cmd_restore(struct cli *cli, int argc, char **argv)
{
	struct restoring r = { 0 };
	int code;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--end-sessions") == 0)
			r.end_sessions = true;
		else if (strcmp(argv[i], "--other-secret") == 0)
			r.other_secret = true;
		else if (argv[i][0] == '-' || r.name != NULL)
			return complain_usage("restore takes no \"%s\"", argv[i]);
		else
			r.name = argv[i];
	if (r.name == NULL)
		return complain_usage(
			"restore takes the name of a backup, or its directory");
	code = backup_open(&r.b, cli, &r.name);
	if (code == 0)
		code = may_begin(&r) ? restore(&r) : 1;
	files_end(&r.f);
	backup_close(&r.b);
	return code;
}
