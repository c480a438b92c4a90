/*
 * backup_files.c: what people have sent, in a backup. Bytes that the pool has are not read again: it has them by their
 * hash, and what is kept under a key never changes.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/backup.h"
#include "cli/progress.h"

struct gathering {
	struct backup *b;
	struct files *f;
	FILE *list;
	FILE *former;	   /* files.list of the backup before this one, or NULL */
	struct listed old; /* where `former` stands */
	bool has_old;
	struct progress progress;
	int64_t seen, added, added_bytes;
};

/* --- the former backup ---------------------------------------------------------- */

static void
next_old(struct gathering *g)
{
	g->has_old = g->former != NULL && listed_read(g->former, &g->old) == LISTED_LINE;
}

/* One for another recipient has other bytes. */
static void
open_former(struct gathering *g)
{
	struct arena *a = &g->b->cli->arena;
	struct manifest m;
	char **names;
	int count = vault_names(&g->b->vault, a, &names);

	if (count > 0 && manifest_read(&m, &g->b->vault, names[count - 1], a) &&
	    strcmp(m.recipient, g->b->manifest.recipient) == 0)
		g->former = backup_open_list(&g->b->vault, names[count - 1]);
	next_old(g);
}

/* What is not encrypted is in the pool under its own hash; else the former list says under which. Keys are in order. */
static bool
have_already(struct gathering *g, struct listed *l)
{
	if (g->b->cipher.close.argv == NULL) {
		memcpy(l->stored, l->sha256, sizeof(l->stored));
		l->stored_bytes = l->bytes;
		return vault_has(&g->b->vault, l->stored, l->stored_bytes);
	}
	while (g->has_old && strcmp(g->old.key, l->key) < 0)
		next_old(g);
	if (!g->has_old || strcmp(g->old.key, l->key) != 0 ||
	    strcmp(g->old.sha256, l->sha256) != 0 ||
	    !vault_has(&g->b->vault, g->old.stored, g->old.stored_bytes))
		return false;
	memcpy(l->stored, g->old.stored, sizeof(l->stored));
	l->stored_bytes = g->old.stored_bytes;
	return true;
}

/* --- one copy -------------------------------------------------------------------- */

static bool
keep(struct gathering *g, struct listed *l, int from)
{
	int fd = vault_make_file(&g->b->vault);

	if (fd < 0)
		return false;
	if (!cipher_copy(&g->b->cipher.close, from, fd)) {
		close(fd);
		return false;
	}
	if (!vault_keep_file(&g->b->vault, fd, l->stored, &l->stored_bytes))
		return false;
	g->added++;
	g->added_bytes += l->stored_bytes;
	return true;
}

/* The exit code. What is not what its row says is listed as missing: the rest is to be had, and somebody has to know. */
static int
add_copy(struct gathering *g, const struct file_copy *c)
{
	struct listed l = { .bytes = c->bytes };
	enum files_fault fault;
	bool good;
	int fd;

	snprintf(l.key, sizeof(l.key), "%s", c->key);
	snprintf(l.variant, sizeof(l.variant), "%s", c->variant);
	snprintf(l.sha256, sizeof(l.sha256), "%s", c->sha256);
	if (have_already(g, &l)) {
		listed_write(g->list, &l);
		return 0;
	}
	if (c->store == NULL)
		return complain(
			"files are in a bucket, and files.s3_endpoint is not set");
	fault = files_read(g->f, c, c->store, c->key, &fd);
	if (fault == FILE_AWAY)
		return EX_TEMPFAIL;
	if (fault != FILE_GOOD) {
		files_tell(c, fault);
		g->b->manifest.missing++;
		snprintf(l.stored, sizeof(l.stored), "-");
		listed_write(g->list, &l);
		return 0;
	}
	good = keep(g, &l, fd);
	close(fd);
	listed_write(g->list, &l);
	return good ? 0 : 1;
}

/* --- all of them ------------------------------------------------------------------ */

/* The exit code, or -1: there is a page more. */
static int
add_page(struct gathering *g, struct arena *a)
{
	struct file_copy *copies;
	int count = files_next(g->f, a, &copies);

	if (count < 0)
		return 1;
	for (int i = 0; i < count; i++) {
		int code = add_copy(g, &copies[i]);

		if (code != 0)
			return code;
		g->b->manifest.file_bytes += copies[i].bytes;
		progress_show(&g->progress, ++g->seen);
	}
	return count > 0 ? -1 : 0;
}

static int
add_all(struct gathering *g)
{
	int64_t total = g->b->manifest.files;
	struct arena a;
	int code = -1;

	open_former(g);
	progress_begin(&g->progress, stderr, "files", total > 0 ? total : 1);
	arena_init(&a, 65536);
	while (code < 0) {
		code = add_page(g, &a);
		arena_reset(&a);
	}
	arena_release(&a);
	if (g->former != NULL)
		fclose(g->former);
	if (code == 0)
		fprintf(stderr, "files: %lld, of which %lld (%lld bytes) are new\n",
			(long long)total, (long long)g->added, (long long)g->added_bytes);
	return code;
}

/* What lies on the disk of another host is backed up there. */
static bool
count_elsewhere(struct backup *b, struct files *f)
{
	static const char sql[] = "SELECT c.host, count(*) FROM file_copies c"
				  " WHERE NOT hob.is_reached(c, $1, NULL) GROUP BY 1";

	if (!pg_query(f->pg, sql, 1, (const char *[]){ f->host }))
		return false;
	for (int i = 0; i < pg_rows(f->pg); i++) {
		int64_t count = 0;

		complain("%s copies are on the disk of %s, and not in this backup",
			 pg_value(f->pg, i, 1), pg_value(f->pg, i, 0));
		str_to_i64(str_of(pg_value(f->pg, i, 1)), &count);
		b->manifest.elsewhere += count;
	}
	return true;
}

bool
backup_list_files(struct backup *b, struct files *f)
{
	b->manifest.files = files_count(f, NULL);
	return b->manifest.files >= 0 && count_elsewhere(b, f) && files_list(f);
}

int
backup_files(struct backup *b, struct files *f)
{
	struct manifest_part *part = &b->manifest.parts[b->manifest.part_count++];
	struct gathering g = { .b = b, .f = f };
	int fd = vault_make_part(&b->vault, PART_FILES), code;

	part->name = PART_FILES;
	if (fd < 0)
		return 1;
	g.list = fdopen(dup(fd), "w");
	if (g.list == NULL)
		return complain(PART_FILES ": %s", strerror(errno));
	code = add_all(&g);
	if (fclose(g.list) != 0 && code == 0)
		code = complain(PART_FILES ": %s", strerror(errno));
	if (!vault_end_part(fd, PART_FILES, part->sha256, &part->bytes))
		return 1;
	return code;
}
