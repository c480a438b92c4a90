/*
 * files_move.c: `hob files move`: from one store to the other, a copy at a time: read and checked, put under a new key
 * that was noted, read back and checked, then the row. The bytes that it named before are left to hob-jobs, for a download
 * of them may be under way, and so are those that nobody came to name.
 */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/progress.h"

struct moving {
	struct files *f;
	struct store *to;
	const char *name; /* of `to` */
	struct progress progress;
	int64_t seen, moved, bad;
};

enum step { MOVED, LEFT, STOPPED };

/* --- one copy ---------------------------------------------------------------- */

static bool
note(struct moving *m, const char *key)
{
	return pg_query(m->f->pg, "SELECT hob.note_bytes(ARRAY[$1], $2, $3)", 3,
			(const char *[]){ key, store_name(m->to), m->f->host });
}

static enum step
take_over(struct moving *m, const struct file_copy *c, const char *key)
{
	struct pg *pg = m->f->pg;

	if (!pg_query(pg, "SELECT hob.move_copy($1, $2, $3, $4)", 4,
		      (const char *[]){ c->key, key, store_name(m->to), m->f->host }))
		return STOPPED;
	return pg_value(pg, 0, 0)[0] == 't' ? MOVED : LEFT;
}

static enum step
put(struct moving *m, const struct file_copy *c, int from)
{
	char key[STORE_KEY_SIZE];
	enum files_fault fault;
	int fd;

	store_key(key);
	if (!note(m, key))
		return STOPPED;
	if (store_put(m->to, from, key) != ERR_OK) {
		files_away(m->to);
		return STOPPED;
	}
	fault = files_read(m->f, c, m->to, key, &fd);
	if (fault != FILE_GOOD) {
		if (fault != FILE_AWAY)
			complain("%s does not give back what was put there",
				 store_name(m->to));
		return STOPPED;
	}
	close(fd);
	return take_over(m, c, key);
}

/* One that is not what its row says stays where it is: perhaps somebody has better bytes of it. */
static enum step
move_one(struct moving *m, const struct file_copy *c)
{
	enum files_fault fault;
	enum step step;
	int fd;

	if (c->store == NULL) {
		complain("files are in a bucket, and files.s3_endpoint is not set");
		return STOPPED;
	}
	fault = files_read(m->f, c, c->store, c->key, &fd);
	if (fault == FILE_AWAY)
		return STOPPED;
	if (fault != FILE_GOOD) {
		files_tell(c, fault);
		m->bad++;
		return LEFT;
	}
	step = put(m, c, fd);
	close(fd);
	return step;
}

/* --- all of them ------------------------------------------------------------- */

/* The exit code, or -1: there is a page more. */
static int
move_page(struct moving *m, struct arena *a, char behind[STORE_KEY_SIZE])
{
	struct file_copy *copies;
	int count = files_page(m->f, a, m->name, behind, &copies);

	if (count < 0)
		return 1;
	for (int i = 0; i < count; i++) {
		enum step step = move_one(m, &copies[i]);

		if (step == STOPPED)
			return EX_TEMPFAIL;
		m->moved += step == MOVED;
		if (++m->seen <= m->progress.total)
			progress_show(&m->progress, m->seen);
		snprintf(behind, STORE_KEY_SIZE, "%s", copies[i].key);
	}
	return count > 0 ? -1 : m->bad > 0;
}

static int
move_all(struct moving *m)
{
	int64_t total = files_count(m->f, m->name);
	char behind[STORE_KEY_SIZE] = "";
	struct arena a;
	int code = -1;

	if (total < 0)
		return 1;
	progress_begin(&m->progress, stderr, "copies", total > 0 ? total : 1);
	arena_init(&a, 65536);
	while (code < 0) {
		code = move_page(m, &a, behind);
		arena_reset(&a);
	}
	arena_release(&a);
	printf("%lld copies moved, %lld left that are bad\n", (long long)m->moved,
	       (long long)m->bad);
	return code;
}

int
files_move(struct files *f, int argc, char **argv)
{
	struct moving m = { .f = f };

	for (int i = 0; argc == 3 && strcmp(argv[1], "--to") == 0 && i < FILES_STORES;
	     i++)
		if (strcmp(argv[2], files_stores[i]) == 0) {
			m.to = f->stores[i];
			m.name = files_stores[i];
		}
	if (m.name == NULL)
		return complain_usage("files move takes --to directory or --to s3");
	if (m.to == NULL)
		return complain("files.s3_endpoint is not set: there is no bucket");
	return files_are_ours(f) ? move_all(&m) : 1;
}
