/* file_walk.c: bytes that nothing in the database tells of (file_walk.h): whoever put them died. Runs in runners. */
#include "jobs/file_walk.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/strbuf.h"
#include "jobs/file_store.h"
#include "model/files.h"
#include "statements.h"

/* A server of files may be slow: what is not looked at by then is left to the next. */
enum { KEYS_ASKED = 100, WALK_MS = 60 * 1000 };

struct walk {
	struct runner *r;
	struct store *store;
	int64_t before_s; /* what is younger is left alone */
	int64_t left;	  /* so many keys are still looked at */
	int64_t until_ms;
	char last[STORE_KEY_SIZE]; /* that was looked at */
	struct strbuf keys;	   /* to be asked for, as an array of SQL */
	int key_count, removed;
	enum err failed; /* the database */
};

static enum err
remove_unknown(struct walk *w)
{
	struct db *db = w->r->db;
	enum err e = ERR_OK;
	int index;

	if (w->key_count == 0)
		return ERR_OK;
	strbuf_add_char(&w->keys, '}');
	w->failed = link_ask(db, Q_WALK_UNKNOWN, &index, "keys", w->keys.ptr, "store",
			     store_name(w->store), NULL);
	for (int i = 0; w->failed == ERR_OK && e == ERR_OK && i < db_row_count(db, index);
	     i++) {
		char key[STORE_KEY_SIZE];

		snprintf(key, sizeof(key), "%.*s", STR_FMT(db_get(db, index, i, "key")));
		e = store_remove(w->store, key);
		w->removed += e == ERR_OK;
	}
	strbuf_clear(&w->keys, 0);
	w->key_count = 0;
	return w->failed != ERR_OK ? w->failed : e;
}

/* ERR_GONE: it is enough for this time. */
static enum err
look(void *arg, const struct store_item *item)
{
	struct walk *w = arg;
	enum err e = ERR_OK;

	snprintf(w->last, sizeof(w->last), "%s", item->key);
	if (item->modified_s <= w->before_s) {
		strbuf_addf(&w->keys, "%c%s", w->key_count++ == 0 ? '{' : ',', item->key);
		if (w->key_count == KEYS_ASKED)
			e = remove_unknown(w);
	}
	if (e == ERR_OK &&
	    (--w->left == 0 || clock_mono_ms() >= w->until_ms || runner_must_leave(w->r)))
		return ERR_GONE;
	return e;
}

/* From this key on; where it fails, it is begun anew. */
static enum job_end
go(struct walk *w, const char *behind, const char *host)
{
	enum err e = store_each(w->store, behind, look, w);
	bool is_end = e == ERR_OK;
	int index;

	if (is_end || e == ERR_GONE)
		e = remove_unknown(w);
	if (w->failed == ERR_OK && e != ERR_OK)
		return file_store_failed(w->r, w->store, e);
	if (w->failed == ERR_OK)
		w->failed = link_ask(w->r->db, Q_WALKED_TO, &index, "store",
				     store_name(w->store), "host", host, "upto",
				     is_end ? NULL : w->last, NULL);
	return w->failed == ERR_OK ? JOB_DONE : runner_failed(w->r, w->failed);
}

enum job_end
file_walk(struct runner *r, struct store *store, const char *host, int *removed)
{
	struct walk w = { .r = r,
			  .store = store,
			  .until_ms = clock_mono_ms() + WALK_MS,
			  .before_s = clock_now_us() / 1000000 - FILES_UNKNOWN_S };
	char behind[STORE_KEY_SIZE];
	enum job_end end;
	int index;
	enum err e = link_ask(r->db, Q_WALK_FROM, &index, "store", store_name(store),
			      "host", host, NULL);

	*removed = 0;
	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	snprintf(behind, sizeof(behind), "%.*s",
		 STR_FMT(db_get(r->db, index, 0, "behind")));
	str_to_i64(db_get(r->db, index, 0, "most"), &w.left);
	strbuf_init(&w.keys);
	end = go(&w, behind, host);
	strbuf_release(&w.keys);
	*removed = w.removed;
	return end;
}
