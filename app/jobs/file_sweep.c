/*
 * file_sweep.c: deletes files that hang on nothing for a day, or were refused, and removes the bytes of all that is gone. A row of
 * file_leavings stays until its bytes are away, so whoever dies half way leaves it to the next. Runs in runners.
 */
#include <stdio.h>

#include "core/hostname.h"
#include "core/strbuf.h"
#include "jobs/file_store.h"
#include "log/log.h"
#include "statements.h"

/* What one sweep has to say in the end. */
struct sweep {
	struct runner *r;
	char host[HOSTNAME_SIZE];
	int removed;
	struct store *away; /* a call of it has failed: its keys are passed over */
	enum job_end end;   /* the worst so far; what is left waits for the next try */
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

/* True: its bytes are away. */
static bool
remove_one(struct sweep *s, struct str name, const char *key)
{
	struct store *store = file_store(s->r, name);
	enum err e;

	if (store == NULL)
		s->end = JOB_WAIT;
	if (store == NULL || store == s->away)
		return false;
	e = store_remove(store, key);
	if (e == ERR_OK)
		return true;
	s->away = store;
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
	char behind[64] = "";
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
	} while (e == ERR_OK && count > 0 && !runner_must_leave(s->r));
	return e;
}

enum job_end
file_sweep_run(struct runner *r, const struct job *job)
{
	struct sweep s = { .r = r, .end = JOB_DONE };
	enum err e;

	(void)job;
	hostname_get(s.host);
	e = drop_passing(&s);
	if (e == ERR_OK)
		e = remove_leavings(&s);
	if (s.removed > 0)
		log_say(LOG_INFO, "files_swept", "%d copies", s.removed);
	return e == ERR_OK ? s.end : runner_failed(r, e);
}
