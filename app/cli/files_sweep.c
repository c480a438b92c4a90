/* files_sweep.c: `hob files sweep`: removes what belongs to no file any more, also what no row tells of. */
#include <string.h>
#include <unistd.h>

#include "cli/files.h"
#include "core/clock.h"
#include "core/strbuf.h"

enum { AGE_S = 24 * 3600, KEYS_ASKED = 500 };

struct sweeping {
	struct files *f;
	struct store *store; /* that is walked */
	int64_t before_s;    /* what is younger may have a row that is still to come */
	struct strbuf keys;  /* of those that are old enough, as an array of SQL */
	int key_count, removed;
	bool failed; /* told already */
};

static void
add_key(struct strbuf *keys, const char *key)
{
	strbuf_addf(keys, "%c%s", keys->len == 0 ? '{' : ',', key);
}

/* --- what is left behind ----------------------------------------------------- */

static bool
drop_passing(struct files *f)
{
	int64_t gone, all = 0;

	do {
		if (!pg_query(f->pg, "SELECT hob.drop_passing_files()", 0, NULL))
			return false;
		gone = 0;
		str_to_i64(str_of(pg_value(f->pg, 0, 0)), &gone);
		all += gone;
	} while (gone > 0);
	printf("files that hung on nothing: %lld\n", (long long)all);
	return true;
}

/* The rows at hand; their keys whose bytes are away are added. A store that fails is told once for each. */
static int
remove_page(struct sweeping *s, char behind[STORE_KEY_SIZE], struct strbuf *gone)
{
	int count = pg_rows(s->f->pg);

	for (int i = 0; i < count; i++) {
		struct store *store = files_store_named(s->f, pg_value(s->f->pg, i, 1));

		snprintf(behind, STORE_KEY_SIZE, "%s", pg_value(s->f->pg, i, 0));
		if (store != NULL && store_remove(store, behind) == ERR_OK) {
			add_key(gone, behind);
			s->removed++;
			continue;
		}
		s->failed = true;
		if (store != NULL)
			files_away(store);
		else
			complain("%s is in a bucket, and files.s3_endpoint is not set",
				 behind);
	}
	return count;
}

static bool
forget(struct files *f, struct strbuf *gone)
{
	if (gone->len == 0)
		return true;
	strbuf_add_char(gone, '}');
	return pg_query(f->pg, "SELECT hob.forget_leavings($1)", 1,
			(const char *[]){ gone->ptr });
}

static bool
remove_leavings(struct sweeping *s)
{
	char behind[STORE_KEY_SIZE] = "";
	bool good;
	int count = 0;

	do {
		struct strbuf gone;

		good = pg_query(s->f->pg, "SELECT key, store FROM hob.leavings($1, $2)",
				2, (const char *[]){ s->f->host, behind });
		strbuf_init(&gone);
		if (good)
			count = remove_page(s, behind, &gone);
		good = good && forget(s->f, &gone);
		strbuf_release(&gone);
	} while (good && count > 0);
	printf("copies of files that are gone: %d\n", s->removed);
	return good;
}

/* --- what no row tells of ---------------------------------------------------- */

static bool
remove_unknown(struct sweeping *s)
{
	const char *params[] = { s->keys.ptr, store_name(s->store) };

	if (s->key_count == 0)
		return true;
	strbuf_add_char(&s->keys, '}');
	if (!pg_query(s->f->pg, "SELECT k FROM hob.unknown_keys($1, $2) k", 2, params))
		return false;
	for (int i = 0; i < pg_rows(s->f->pg); i++) {
		if (store_remove(s->store, pg_value(s->f->pg, i, 0)) != ERR_OK)
			return false;
		s->removed++;
	}
	strbuf_clear(&s->keys, 0);
	s->key_count = 0;
	return true;
}

static enum err
note(void *arg, const struct store_item *item)
{
	struct sweeping *s = arg;

	if (item->modified_s > s->before_s)
		return ERR_OK;
	add_key(&s->keys, item->key);
	return ++s->key_count < KEYS_ASKED || remove_unknown(s) ? ERR_OK : ERR_INTERNAL;
}

static void
sweep_store(struct sweeping *s, struct store *store)
{
	s->store = store;
	s->removed = s->key_count = 0;
	strbuf_clear(&s->keys, 0);
	if (store_each(store, note, s) != ERR_OK || !remove_unknown(s)) {
		s->failed = true;
		if (store_why(store)[0] != '\0')
			files_away(store);
	}
	printf("bytes in the %s that no row told of: %d\n",
	       strcmp(store_name(store), "s3") == 0 ? "bucket" : store_name(store),
	       s->removed);
}

int
files_sweep(struct files *f, int argc, char **argv)
{
	struct sweeping s = { .f = f };
	int64_t age_s = AGE_S;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "--age") != 0 ||
			  !str_to_i64(str_of(argv[2]), &age_s) || age_s < 0))
		return complain_usage("files sweep takes --age SECONDS");
	s.before_s = clock_now_us() / 1000000 - age_s;
	if (!drop_passing(f) || !remove_leavings(&s))
		return 1;
	strbuf_init(&s.keys);
	for (int i = 0; i < FILES_STORES; i++)
		if (f->stores[i] != NULL)
			sweep_store(&s, f->stores[i]);
	strbuf_release(&s.keys);
	return s.failed;
}
