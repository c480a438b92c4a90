/*
 * invalidate.c: after a write. Its statements say in the column _touch what they changed, as keys:
 * user:<id>, token:<hash>, and what the program has besides. First what Redis holds of them is voided and the other
 * hosts are told, then the keys are touched in the shared block, then the caller is answered. The
 * order matters: remote.h and t/model. Runs in workers.
 */
#include "serve/cached.h"

#include <string.h>
#include <xxhash.h>

#include "db/db.h"
#include "log/log.h"
#include "serve/invalidate.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

/* What stands in Redis under a name made of a key. */
static const struct {
	struct str key, name;
} remembered[] = {
	{ { "token:", 6 }, { "tok:", 4 } },
};

struct touched {
	struct str *keys, *names;
	int count, name_count, room;
	size_t bytes;
	int *seats;	   /* 1 + the index of a key, by its hash; 0 is free */
	size_t seat_count; /* a power of two, at least twice as many as there are keys */
};

static void
make_room(struct req *r, struct touched *t)
{
	t->keys = arena_alloc(r->arena, (size_t)t->room * sizeof(*t->keys));
	t->names = arena_alloc(r->arena, (size_t)t->room * sizeof(*t->names));
	for (t->seat_count = 16; t->seat_count < 2 * (size_t)t->room;)
		t->seat_count *= 2;
	t->seats = arena_zalloc(r->arena, t->seat_count, sizeof(*t->seats));
}

/* Where the key sits, or the free seat where it would. */
static int *
seat_of(const struct touched *t, struct str key)
{
	size_t i = XXH3_64bits(key.ptr, key.len) & (t->seat_count - 1);

	while (t->seats[i] != 0 && !str_eq(t->keys[t->seats[i] - 1], key))
		i = (i + 1) & (t->seat_count - 1);
	return &t->seats[i];
}

/* One statement of a bulk names what the next one names as well. */
static void
add_key(struct req *r, struct touched *t, struct str key)
{
	int *seat = seat_of(t, key);

	if (*seat != 0 || t->count == t->room)
		return;
	t->keys[t->count++] = key;
	*seat = t->count;
	t->bytes += key.len + 1;
	for (size_t i = 0; i < sizeof(remembered) / sizeof(remembered[0]); i++)
		if (str_starts(key, remembered[i].key))
			t->names[t->name_count++] = str_of(
				arena_printf(r->arena, "%.*s%.*s",
					     STR_FMT(remembered[i].name),
					     (int)(key.len - remembered[i].key.len),
					     key.ptr + remembered[i].key.len));
}

/* "{a,b}": no key holds a sign that PostgreSQL would quote. */
static struct str
inside(struct str array)
{
	return array.len > 2 ? (struct str){ array.ptr + 1, array.len - 2 } : STR_NONE;
}

static int
count_keys(struct str array)
{
	int n = 0;

	for (struct str rest = inside(array); rest.ptr != NULL; n++)
		str_cut(&rest, ',');
	return n;
}

/* Calls for each value of _touch in the pipeline: to count, then to take. */
static void
collect(struct req *r, struct touched *t)
{
	const struct db *db = r->worker->db;
	bool counting = t->keys == NULL;

	for (int i = 0; i < db_queued(db); i++) {
		int column = db_find_column(db, i, "_touch");

		for (int row = 0; column >= 0 && row < db_row_count(db, i); row++) {
			struct str rest = db_value(db, i, row, column);

			if (counting) {
				t->room += count_keys(rest);
				continue;
			}
			for (rest = inside(rest); rest.ptr != NULL;)
				add_key(r, t, str_cut(&rest, ','));
		}
	}
}

static struct str
joined(struct req *r, const struct touched *t)
{
	char *text = arena_alloc(r->arena, t->bytes + 1), *to = text;

	for (int i = 0; i < t->count; i++) {
		memcpy(to, t->keys[i].ptr, t->keys[i].len);
		to += t->keys[i].len;
		*to++ = ' ';
	}
	return (struct str){ text, t->bytes ? t->bytes - 1 : 0 };
}

void
invalidate_say_doubt(struct cache_shared *s, const char *why)
{
	if (cache_doubt_is_news(s))
		log_say(LOG_WARN, "caches_in_doubt",
			"%s: all that hosts remember is void; %llu times since the start",
			why,
			(unsigned long long)__atomic_load_n(&s->counts[COUNT_UNSENT],
							    __ATOMIC_RELAXED));
}

void
invalidate_touched(struct req *r, enum err e)
{
	struct cache_shared *s = &r->worker->heritage->shared->caches;
	struct touched t = { 0 };

	if (r->method == HTTP_GET)
		return;
	if (e == ERR_CLOSED || e == ERR_TIMEOUT) {
		cache_doubt(s);
		invalidate_say_doubt(s, "the outcome of a write is not known");
	}
	if (e != ERR_OK)
		return;
	collect(r, &t);
	if (t.room == 0)
		return;
	make_room(r, &t);
	collect(r, &t);
	e = remote_void(&r->worker->remote, t.names, t.name_count, joined(r, &t));
	/* Without a Redis there is nobody to doubt. */
	if (e != ERR_OK && r->worker->heritage->config.redis_address[0] != '\0')
		invalidate_say_doubt(s, redis_why(r->worker->redis));
	for (int i = 0; i < t.count; i++)
		stamp_touch(&s->stamps, t.keys[i]);
	cache_add(s, COUNT_TOUCHED, (uint64_t)t.count);
}

/* --- at start ------------------------------------------------------------ */

static bool
says_what(const struct db *db, int statement)
{
	const struct db_column *columns;
	int count = db_columns(db, (int)statement, &columns);

	for (int i = 0; i < count; i++)
		if (strcmp(columns[i].name, "_touch") == 0)
			return true;
	return false;
}

static bool
has_gap(const struct db *db, const struct route *route)
{
	bool said = route->statement == NO_STATEMENT || says_what(db, route->statement);

	for (int i = 0; i < ROUTE_USES && route->uses[i] != NO_STATEMENT; i++)
		said = said || says_what(db, route->uses[i]);
	return route->method != HTTP_GET && !said;
}

const struct route *
invalidate_gap(const struct db *db)
{
	for (int i = 0; i < surface_route_count(); i++)
		if (has_gap(db, surface_route(i)))
			return surface_route(i);
	return NULL;
}
