/*
 * files.c: `hob files`: the bytes of files and the rows that tell of them. Its words are in files_move.c, files_verify.c,
 * files_sweep.c and files_forget.c. Runs as hob_owner, and at the disk as whoever calls it.
 */
#include "cli/files.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "storage/directory.h"

static const struct {
	const char *name;
	int (*run)(struct files *f, int argc, char **argv);
} words[] = {
	{ "move", files_move },
	{ "verify", files_verify },
	{ "sweep", files_sweep },
	{ "forget", files_forget },
};

/* --- rows ------------------------------------------------------------------- */

/* So many copies are read at once. */
#define PAGE "500"

struct store *
files_store_named(const struct files *f, const char *name)
{
	for (int i = 0; i < FILES_STORES; i++)
		if (strcmp(name, files_stores[i]) == 0)
			return f->stores[i];
	return NULL;
}

/* What the query has found. */
static int
take_copies(const struct files *f, struct arena *a, struct file_copy **out)
{
	int count = pg_rows(f->pg);

	*out = arena_zalloc(a, (size_t)count + 1, sizeof(**out));
	for (int i = 0; i < count; i++) {
		struct file_copy *c = &(*out)[i];

		c->file_id = arena_cstr(a, str_of(pg_value(f->pg, i, 0)));
		c->variant = arena_cstr(a, str_of(pg_value(f->pg, i, 1)));
		c->key = arena_cstr(a, str_of(pg_value(f->pg, i, 2)));
		c->sha256 = arena_cstr(a, str_of(pg_value(f->pg, i, 3)));
		str_to_i64(str_of(pg_value(f->pg, i, 4)), &c->bytes);
		c->store = files_store_named(f, pg_value(f->pg, i, 5));
	}
	return count;
}

int
files_page(struct files *f, struct arena *a, const char *elsewhere, const char *behind,
	   struct file_copy **out)
{
	return pg_query(f->pg, "SELECT * FROM hob.copies_at($1, $2, $3, " PAGE ")", 3,
			(const char *[]){ f->host, elsewhere, behind })
		       ? take_copies(f, a, out)
		       : -1;
}

bool
files_list(struct files *f)
{
	return pg_query(f->pg,
			"DECLARE listed NO SCROLL CURSOR WITH HOLD FOR"
			" SELECT * FROM hob.copies_at($1, NULL, '', NULL)",
			1, (const char *[]){ f->host });
}

int
files_next(struct files *f, struct arena *a, struct file_copy **out)
{
	return pg_query(f->pg, "FETCH " PAGE " FROM listed", 0, NULL)
		       ? take_copies(f, a, out)
		       : -1;
}

int64_t
files_count(struct files *f, const char *elsewhere)
{
	int64_t count = -1;

	if (pg_query(f->pg, "SELECT hob.count_copies_at($1, $2)", 2,
		     (const char *[]){ f->host, elsewhere }))
		str_to_i64(str_of(pg_value(f->pg, 0, 0)), &count);
	return count;
}

/* --- bytes ------------------------------------------------------------------ */

int
files_away(const struct store *s)
{
	complain("%s: %s", store_name(s), store_why(s));
	return EX_TEMPFAIL;
}

/* One of a directory that is there may have a bad block, or the wrong owner: that says nothing about the others. */
static enum files_fault
cannot_read(const struct files *f, const struct store *s, const char *key,
	    const char *why)
{
	bool alone = s == f->stores[FILES_DIRECTORY] &&
		     access(f->cli->config.files_dir, R_OK | X_OK) == 0;

	complain("%s: %s", alone ? key : store_name(s), why);
	return alone ? FILE_UNREADABLE : FILE_AWAY;
}

static enum files_fault
compare(const struct files *f, const struct file_copy *c, const struct store *s, int fd)
{
	char hex[SHA256_HEX_SIZE];
	int64_t bytes;

	if (!sha256_file(fd, hex, &bytes))
		return cannot_read(f, s, c->key, strerror(errno));
	if (bytes != c->bytes)
		return FILE_WRONG_SIZE;
	return strcmp(hex, c->sha256) == 0 ? FILE_GOOD : FILE_WRONG_HASH;
}

enum files_fault
files_read(const struct files *f, const struct file_copy *c, struct store *store,
	   const char *key, int *fd)
{
	enum files_fault fault;
	enum err e = store_open(store, key, fd);

	if (e == ERR_NOT_FOUND || e == ERR_INVALID)
		return FILE_MISSING;
	if (e != ERR_OK)
		return cannot_read(f, store, key, store_why(store));
	fault = compare(f, c, store, *fd);
	if (fault != FILE_GOOD)
		close(*fd);
	return fault;
}

void
files_tell(const struct file_copy *c, enum files_fault fault)
{
	static const char *const says[] = {
		[FILE_MISSING] = "is missing",
		[FILE_WRONG_SIZE] = "has another size",
		[FILE_WRONG_HASH] = "has other bytes",
		[FILE_UNREADABLE] = "cannot be read",
	};

	printf("%s %s %s %s\n", c->file_id, c->variant, c->key, says[fault]);
}

bool
files_are_ours(const struct files *f)
{
	const char *directory = f->cli->config.files_dir;
	struct stat s;

	if (stat(directory, &s) == 0 &&
	    (s.st_uid == geteuid() ||
	     (geteuid() != 0 && s.st_mode & S_IWGRP && access(directory, W_OK) == 0)))
		return true;
	complain("%s is not of this user: run it as the user to whom it belongs, or "
		 "as one of the group that may write there",
		 directory);
	return false;
}

/* --- the command ------------------------------------------------------------ */

bool
files_begin(struct files *f, struct cli *cli)
{
	const struct config *c = &cli->config;

	*f = (struct files){ .cli = cli };
	signal(SIGPIPE, SIG_IGN);
	files_host_get(c, f->host);
	f->bucket = (struct bucket_settings){
		.place = files_place(c),
		.ca_file = c->files_s3_ca,
		.spool = c->files_dir,
		.timeout_ms = c->files_s3_timeout_ms,
	};
	f->stores[FILES_DIRECTORY] = store_directory(c->files_dir);
	if (files_has_bucket(c))
		f->stores[FILES_S3] = store_bucket(&f->bucket);
	f->pg = pg_open(c->db_owner_url);
	return f->pg != NULL;
}

void
files_end(struct files *f)
{
	pg_close(f->pg);
	for (int i = 0; i < FILES_STORES; i++)
		store_free(f->stores[i]);
}

static int
run(struct cli *cli, int (*word)(struct files *f, int argc, char **argv), int argc,
    char **argv)
{
	struct files f;
	int code = files_begin(&f, cli) ? word(&f, argc, argv) : 1;

	files_end(&f);
	return code;
}

int
cmd_files(struct cli *cli, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(argv[1], words[i].name) == 0)
			return run(cli, words[i].run, argc - 1, argv + 1);
	return complain_usage("files takes move, verify, sweep or forget");
}
