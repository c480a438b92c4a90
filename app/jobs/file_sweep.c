/*
 * file_sweep.c: deletes files that hang on nothing for a day, or were refused, and removes bytes that belong to no row:
 * those that rows and jobs have left, and those of which nobody left word (file_walk.h). A row of file_leavings stays
 * until its bytes are away, so whoever dies half way leaves it to the next. A store that fails is passed over. Runs in
 * runners.
 */
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/strbuf.h"
#include "jobs/file_store.h"
#include "jobs/file_walk.h"
#include "log/log.h"
#include "model/files.h"
#include "statements.h"

/* Of leavings; a server of files may be slow. Then others have their turn. */
enum { SWEEP_MS = 60 * 1000 };

/* What one sweep has to say in the end. */
struct sweep {
	struct runner *r;
	char host[HOSTNAME_SIZE];
	int64_t until_ms;
	int removed;
	bool away[FILES_STORES]; /* a call of it has failed */
	enum job_end end; /* the worst so far; what is left waits for the next try */
};

static enum err
drop_passing(struct sweep *s)
{
	int64_t gone = 0;
	enum err e;
	int index;

	do {
		e = link_ask(s->r->db, Q_DROP_PASSING_FILES, &index, NULL);
		if (e == ERR_OK)
			str_to_i64(db_get(s->r->db, index, 0, "gone"), &gone);
	} while (e == ERR_OK && gone > 0 && !runner_must_leave(s->r));
	return e;
}

static bool *
away(struct sweep *s, const struct store *store)
{
	return &s->away[strcmp(store_name(store), files_stores[FILES_S3]) == 0];
}

static bool
must_end(const struct sweep *s)
{
	return runner_must_leave(s->r) || clock_mono_ms() >= s->until_ms;
}

/* --- leavings ------------------------------------------------------------------- */

/* True: its bytes are away. */
static bool
remove_one(struct sweep *s, struct str name, const char *key)
{
	struct store *store = file_store(s->r, name);
	enum err e;

	if (store == NULL)
		s->end = JOB_WAIT;
	if (store == NULL || *away(s, store) || must_end(s))
		return false;
	s->r->asked = true;
	e = store_remove(store, key);
	if (e == ERR_OK)
		return true;
	*away(s, store) = true;
	s->end = file_store_failed(s->r, store, e);
	return false;
}

/* Those that this page has. */
static int
remove_page(struct sweep *s, int index, struct strbuf *keys, char *behind, size_t size)
{
	const struct db *db = s->r->db;
	int count = db_row_count(db, index);

	for (int i = 0; i < count; i++) {
		snprintf(behind, size, "%.*s", STR_FMT(db_get(db, index, i, "key")));
		if (!remove_one(s, db_get(db, index, i, "store"), behind))
			continue;
		strbuf_addf(keys, "%c%s", keys->len == 0 ? '{' : ',', behind);
		s->removed++;
	}
	return count;
}

static enum err
remove_leavings(struct sweep *s)
{
	char behind[STORE_KEY_SIZE] = "";
	int index, count;
	enum err e;

	do {
		struct strbuf keys;

		e = link_ask(s->r->db, Q_LEAVINGS, &index, "host", s->host, "behind",
			     behind, NULL);
		if (e != ERR_OK)
			return e;
		strbuf_init(&keys);
		count = remove_page(s, index, &keys, behind, sizeof(behind));
		if (keys.len > 0) {
			strbuf_add_char(&keys, '}');
			e = link_ask(s->r->db, Q_FORGET_LEAVINGS, &index, "keys",
				     keys.ptr, NULL);
		}
		strbuf_release(&keys);
	} while (e == ERR_OK && count > 0 && !must_end(s));
	return e;
}

/* --- what nobody left word of ----------------------------------------------------- */

static void
walk(struct sweep *s, enum files_store which)
{
	struct store *store = file_store(s->r, str_of(files_stores[which]));
	enum job_end end;
	int removed;

	if (*away(s, store) || runner_must_leave(s->r))
		return;
	s->r->asked = true;
	end = file_walk(s->r, store, which == FILES_DIRECTORY ? s->host : "", &removed);
	if (removed > 0)
		log_say(LOG_WARN, "files_unknown",
			"%d in the %s belonged to no row, and are removed", removed,
			which == FILES_S3 ? "bucket" : "directory");
	if (end != JOB_DONE)
		s->end = end;
}

/* --- the job ------------------------------------------------------------------------ */

/* Other hosts come to what is theirs by jobs of their own, which have the names of the hosts for keys. */
static enum err
tell_others(struct sweep *s, const char *key)
{
	int index;

	return strcmp(key, s->host) == 0 ? ERR_OK
					 : link_ask(s->r->db, Q_SWEEP_ELSEWHERE, &index,
						    "host", s->host, NULL);
}

static enum err
sweep(struct sweep *s, const char *key)
{
	enum err e = drop_passing(s);
	int index;

	if (e == ERR_OK)
		e = tell_others(s, key);
	if (e == ERR_OK)
		e = remove_leavings(s);
	if (e == ERR_OK && s->end == JOB_DONE && clock_mono_ms() >= s->until_ms)
		return link_ask(s->r->db, Q_SWEEP_GO_ON, &index, "swept", key, NULL);
	if (e == ERR_OK)
		walk(s, FILES_DIRECTORY);
	if (e == ERR_OK && files_has_bucket(&s->r->heritage->config))
		walk(s, FILES_S3);
	return e;
}

enum job_end
file_sweep_run(struct runner *r, const struct job *job)
{
	struct sweep s = { .r = r,
			   .end = JOB_DONE,
			   .until_ms = clock_mono_ms() + SWEEP_MS };
	enum err e;

	files_host_get(&r->heritage->config, s.host);
	e = sweep(&s, job->key);
	if (s.removed > 0)
		log_say(LOG_INFO, "files_swept", "%d copies", s.removed);
	return e == ERR_OK ? s.end : runner_failed(r, e);
}
