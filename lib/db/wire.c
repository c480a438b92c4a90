/*
 * wire.c: the connection itself: sending on it, waiting for it, giving it up. Runs in
 * workers.
 */
#include "db/connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "core/clock.h"
#include "core/rand.h"

enum { BACKOFF_MAX_MS = 2000 };

bool
db_link_send(struct db *db, const struct db_item *item)
{
	const struct db_statement *s = &db->options.statements[item->statement];

	if (db->options.prepare)
		return PQsendQueryPrepared(db->conn, s->name, s->param_count,
					   item->values, NULL, NULL, 0) == 1;
	return PQsendQueryParams(db->conn, s->sql, s->param_count, NULL, item->values,
				 NULL, NULL, 0) == 1;
}

bool
db_link_wait(struct db *db, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = events };
	int64_t left = deadline_ms - clock_mono_ms();

	if (left < 0)
		left = 0;
	/* EINTR reads as ready: the caller looks again and comes back. */
	return poll(&p, 1, (int)left) != 0;
}

/* --- giving it up ------------------------------------------------------------ */

static void
say_why(struct db *db, const char *why)
{
	strbuf_clear(&db->why, 0);
	strbuf_add(&db->why, str_trim(str_of(why)));
}

static const char full_state[] = "53300: ";
static const char location[] = "LOCATION: ";

/*
 * libpq gives the SQLSTATE of a refused login only in a verbose message:
 *   "FATAL:  53300: too many connections for role ...", and a line "LOCATION:  ...".
 */
static void
say_why_refused(struct db *db, struct str message)
{
	strbuf_clear(&db->why, 0);
	while (message.ptr != NULL) {
		struct str line = str_trim(str_cut(&message, '\n'));

		if (line.len == 0 ||
		    strncmp(line.ptr, location, sizeof(location) - 1) == 0)
			continue;
		if (db->why.len > 0)
			strbuf_add_char(&db->why, '\n');
		strbuf_add(&db->why, line);
	}
	db->is_full = strstr(db->why.ptr, full_state) != NULL;
}

bool
db_is_full(const struct db *db)
{
	return db->is_full;
}

/* Full jitter on the upper half, so that a pool does not knock in step. */
static int
jittered(int ms)
{
	uint16_t chance;

	rand_bytes(&chance, sizeof(chance));
	return ms / 2 + (int)((int64_t)(ms / 2) * chance / 65536);
}

void
db_link_plan(struct db *db)
{
	db->state = DB_AWAY;
	db->renewing = false;
	db->next_try_ms = clock_mono_ms() + jittered(db->backoff_ms);
	db->backoff_ms =
		db->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : db->backoff_ms * 2;
}

void
db_ask_forget(struct db *db)
{
	PQclear(db->answer);
	db->answer = NULL;
	db->asking = false;
}

void
db_link_drop(struct db *db, const char *why)
{
	db->is_full = false;
	db_ask_forget(db);
	if (why == NULL && db->state == DB_CONNECTING && !db->describing)
		say_why_refused(db, str_of(PQerrorMessage(db->conn)));
	else
		say_why(db, why ? why : PQerrorMessage(db->conn));
	PQfinish(db->conn);
	db->conn = NULL;
	db_link_plan(db);
}
