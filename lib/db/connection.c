/*
 * connection.c: brings the PostgreSQL connection up, keeps it, brings it up again.
 *
 * Everything is non-blocking: a worker with a request at hand spends a few
 * milliseconds here and then answers 503, it never queues behind a dead link.
 * All statements are described in one pipeline. Runs in workers.
 */
#include "db/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/die.h"
#include "core/rand.h"

enum {
	BACKOFF_FIRST_MS = 50,
	PIECES_MAX = 8,
	HURRY_MS = 200,		/* five tries a second per worker is no storm */
	CONNECT_LIMIT_MS = 5000 /* 110 ms away, a login takes 4 round trips */
};

/* Levels above are for people who look: they are none of ours. */
static void
hear(void *arg, const PGresult *r)
{
	struct db *db = arg;
	const char *level = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (level != NULL && words != NULL && strcmp(level, "INFO") == 0)
		strbuf_addf(&db->said, "%s ", words);
}

struct db *
db_new(const struct db_options *o)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL)
		die("out of memory for a database link");
	db->options = *o;
	db->state = DB_AWAY;
	strbuf_init(&db->why);
	strbuf_init(&db->said);
	db_hosts_init(&db->hosts);
	arena_init(&db->prepared_arena, 16384);
	return db;
}

void
db_free(struct db *db)
{
	if (db == NULL)
		return;
	db_begin(db);
	db_ask_forget(db);
	PQfinish(db->conn);
	strbuf_release(&db->why);
	strbuf_release(&db->said);
	db_hosts_release(&db->hosts);
	arena_release(&db->prepared_arena);
	free(db);
}

enum db_state
db_state(const struct db *db)
{
	return db->state;
}

const char *
db_why(const struct db *db)
{
	return db->why.ptr;
}

const char *
db_refused_state(const struct db *db)
{
	return db->refused_state;
}

unsigned
db_fd_serial(const struct db *db)
{
	return db->fd_serial;
}

unsigned
db_links(const struct db *db)
{
	return db->links;
}

static bool
find_hosts(struct db *db)
{
	return db->options.names == NULL ||
	       db_hosts_find(&db->hosts, db->options.conninfo, db->options.names,
			     &db->why) == ERR_OK;
}

/* NULL when there is no memory for one. */
static PGconn *
begin_connecting(const struct db *db)
{
	/* A later one that is not empty wins; the conninfo stands in dbname. */
	const char *const keys[] = { "dbname",
				     "fallback_application_name",
				     "application_name",
				     "client_encoding",
				     "host",
				     "hostaddr",
				     "port",
				     NULL };
	const char *const values[] = {
		db->options.conninfo,	      "hob",
		db->options.application_name, "UTF8",
		db->hosts.host.ptr,	      db->hosts.hostaddr.ptr,
		db->hosts.port.ptr,	      NULL
	};

	return PQconnectStartParams(keys, values, 1);
}

static void
start_try(struct db *db)
{
	db->last_try_ms = clock_mono_ms();
	if (db->backoff_ms == 0)
		db->backoff_ms = BACKOFF_FIRST_MS;
	if (!find_hosts(db)) {
		db_link_plan(db);
		return;
	}
	db->conn = begin_connecting(db);
	if (db->conn == NULL)
		die("out of memory for a database link");
	db->state = DB_CONNECTING;
	db->fd_serial++;
	db->describing = false;
	db->events = POLLOUT;
	if (PQstatus(db->conn) == CONNECTION_BAD)
		db_link_drop(db, NULL);
	else
		PQsetNoticeReceiver(db->conn, hear, db);
	if (db->conn != NULL)
		PQsetErrorVerbosity(db->conn, PQERRORS_VERBOSE);
}

/* Queues the description of every statement, none of which keeps a name, behind one Sync. */
static bool
send_describes(struct db *db)
{
	if (PQsetnonblocking(db->conn, 1) != 0 || !PQenterPipelineMode(db->conn))
		return false;
	for (int i = 1; i < db->options.statement_count; i++) {
		const char *sql = db->options.statements[i].sql;

		if (!PQsendPrepare(db->conn, "", sql, 0, NULL) ||
		    !PQsendDescribePrepared(db->conn, ""))
			return false;
	}
	return PQpipelineSync(db->conn) == 1;
}

static void
begin_describing(struct db *db)
{
	db_prepared_init(db);
	db->describing = true;
	PQsetErrorVerbosity(db->conn, PQERRORS_DEFAULT);
	db->described = 0;
	db->events = POLLIN | POLLOUT;
	if (!send_describes(db))
		db_link_drop(db, NULL);
}

static void
step_connect(struct db *db)
{
	/* It goes on to the next address with a new socket. */
	db->fd_serial++;
	switch (PQconnectPoll(db->conn)) {
	case PGRES_POLLING_READING:
		db->events = POLLIN;
		break;
	case PGRES_POLLING_WRITING:
		db->events = POLLOUT;
		break;
	case PGRES_POLLING_OK:
		begin_describing(db);
		break;
	default:
		db_link_drop(db, NULL);
	}
}

static void
refuse(struct db *db, int statement, const PGresult *r)
{
	const struct db_statement *s = &db->options.statements[statement];

	strbuf_clear(&db->why, 0);
	strbuf_addf(&db->why, "statement \"%s\" does not prepare: ", s->name);
	strbuf_add(&db->why, str_trim(str_of(PQresultErrorMessage(r))));
	snprintf(db->refused_state, sizeof(db->refused_state), "%s",
		 PQresultErrorField(r, PG_DIAG_SQLSTATE));
	PQfinish(db->conn);
	db->conn = NULL;
	db->state = DB_REFUSED;
}

bool
db_is_for_good(const char *sqlstate)
{
	static const char *const classes[] = { "42", "3F", "22", "0A" };

	for (size_t i = 0; sqlstate != NULL && i < sizeof(classes) / sizeof(classes[0]);
	     i++)
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	return false;
}

/* One answer of the describing pipeline; two come per statement, then the Sync's. */
static void
take_description(struct db *db, PGresult *r)
{
	int statement = db->described / 2 + 1;

	switch (PQresultStatus(r)) {
	case PGRES_COMMAND_OK:
		if (db->described % 2 == 1)
			db_shape_note(db, statement, r);
		db->described++;
		break;
	case PGRES_PIPELINE_SYNC:
		db->describing = false;
		db->state = DB_READY;
		db->is_full = false;
		db->events = POLLIN;
		db->backoff_ms = BACKOFF_FIRST_MS;
		db->links++;
		break;
	default:
		if (db_is_for_good(PQresultErrorField(r, PG_DIAG_SQLSTATE)))
			refuse(db, statement, r);
		else
			db_link_drop(db, PQresultErrorMessage(r));
	}
}

static void
step_describe(struct db *db)
{
	int unsent = PQflush(db->conn);

	if (unsent < 0 || !PQconsumeInput(db->conn)) {
		db_link_drop(db, NULL);
		return;
	}
	db->events = unsent ? POLLIN | POLLOUT : POLLIN;
	while (db->state == DB_CONNECTING && !PQisBusy(db->conn)) {
		PGresult *r = PQgetResult(db->conn);

		if (r == NULL) {
			if (PQstatus(db->conn) == CONNECTION_BAD)
				db_link_drop(db, NULL);
			continue; /* NULL ends each command's results */
		}
		take_description(db, r);
		PQclear(r);
	}
}

/*
 * Between requests nothing should arrive: a readable link brings a notice or its end, and
 * before its end the reason. Several, for it is read piece by piece.
 */
static void
step_ready(struct db *db)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = POLLIN };

	if (db->asking) {
		db_ask_step(db);
		return;
	}
	for (int i = 0; i < PIECES_MAX && poll(&p, 1, 0) > 0; i++) {
		if (!PQconsumeInput(db->conn)) {
			db_link_drop(db, NULL);
			return;
		}
		PQisBusy(db->conn); /* parses what came */
	}
}

static void
step_away(struct db *db, bool hurry)
{
	int64_t now = clock_mono_ms();

	if (now >= db->next_try_ms || (hurry && now - db->last_try_ms >= HURRY_MS))
		start_try(db);
}

static void
step_connecting(struct db *db)
{
	if (clock_mono_ms() - db->last_try_ms > CONNECT_LIMIT_MS)
		db_link_drop(db, "no answer to the login within 5 s");
	else if (db->describing)
		step_describe(db);
	else
		step_connect(db);
}

enum db_state
db_step(struct db *db, int wait_ms, bool hurry)
{
	int64_t deadline_ms = clock_mono_ms() + wait_ms;

	if (db->state == DB_READY && db->outdated) {
		db_link_drop(db, "what was prepared no longer fits");
		db->renewing = true;
	}
	db->outdated = false;
	if (db->state == DB_READY)
		step_ready(db);
	if (db->state == DB_AWAY)
		step_away(db, hurry);
	while (db->state == DB_CONNECTING) {
		if (!db_link_wait(db, db->events, deadline_ms)) {
			if (clock_mono_ms() - db->last_try_ms > CONNECT_LIMIT_MS)
				step_connecting(db);
			break;
		}
		step_connecting(db);
	}
	return db->state;
}

bool
db_is_renewing(const struct db *db)
{
	return db->state == DB_READY ? db->outdated : db->renewing;
}

enum db_state
db_await(struct db *db, int wait_ms)
{
	int64_t deadline_ms = clock_mono_ms() + wait_ms;

	for (;;) {
		int64_t left = deadline_ms - clock_mono_ms();

		if (db_step(db, left > 0 ? (int)left : 0, true) == DB_READY ||
		    db->state == DB_REFUSED || db->is_full || left <= 0)
			return db->state;
		poll(NULL, 0, left < HURRY_MS ? (int)left : HURRY_MS);
	}
}

int
db_fd(const struct db *db)
{
	return db->conn ? PQsocket(db->conn) : -1;
}

short
db_events(const struct db *db)
{
	return db->events;
}

int
db_wait_ms(const struct db *db)
{
	int64_t until;

	if (db->state == DB_REFUSED || (db->state == DB_READY && !db->asking))
		return -1;
	if (db->state == DB_READY)
		until = db->ask_until_ms;
	else
		until = db->state == DB_AWAY ? db->next_try_ms
					     : db->last_try_ms + CONNECT_LIMIT_MS + 1;
	until -= clock_mono_ms();
	return until < 0 ? 0 : (int)until;
}
