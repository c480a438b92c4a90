/*
 * run.c: one pipeline, one Sync, one implicit transaction, one round trip.
 *
 * A pipeline in which a statement fails is rolled back whole by the server and
 * the link stays good. Only what the link itself does wrong gives it up. Runs in
 * workers.
 */
#include "db/link.h"

#include <poll.h>
#include <string.h>

#include "core/clock.h"
#include "core/die.h"

enum { TRIES_MAX = 3 }; /* the first and two more after 40001 or 40P01 */

static void
clear_results(struct db *db)
{
	for (int i = 0; i < db->item_count; i++) {
		PQclear(db->items[i].result);
		db->items[i].result = NULL;
	}
}

static void
clear_unsettled(struct db *db)
{
	for (int i = 0; i < db->item_count; i++) {
		if (db->items[i].settled)
			continue;
		PQclear(db->items[i].result);
		db->items[i].result = NULL;
	}
}

void
db_begin(struct db *db)
{
	clear_results(db);
	db->item_count = 0;
	db->again = db->tried = db->renewed = false;
}

void
db_put_aside(struct db *db)
{
	memcpy(db->aside, db->items, (size_t)db->item_count * sizeof(*db->items));
	db->aside_count = db->item_count;
	db->item_count = 0;
}

void
db_take_back(struct db *db, bool renewed)
{
	db_begin(db);
	memcpy(db->items, db->aside, (size_t)db->aside_count * sizeof(*db->items));
	db->item_count = db->aside_count;
	db->aside_count = 0;
	db->tried = true;
	db->renewed = renewed;
}

bool
db_may_renew(const struct db *db)
{
	return db->again;
}

int
db_queue(struct db *db, int statement, const char *const *values)
{
	if (db->item_count == DB_PIPELINE_MAX)
		die("more than %d statements in one pipeline", DB_PIPELINE_MAX);
	db->items[db->item_count] =
		(struct db_item){ .statement = statement, .values = values };
	return db->item_count++;
}

int
db_queued(const struct db *db)
{
	return db->item_count;
}

void
db_sync(struct db *db)
{
	if (db->item_count > 0)
		db->items[db->item_count - 1].ends = true;
}

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

/*
 * ERR_BUSY while no Sync was given to libpq: the server commits nothing without one. Each Sync is
 * flushed at once, so whatever fails from the first one on may fail after a commit.
 */
static enum err
send_all(struct db *db)
{
	enum err failure = ERR_BUSY;

	for (int i = 0; i < db->item_count; i++) {
		if (db->items[i].settled)
			continue;
		if (!db_link_send(db, &db->items[i]))
			return failure;
		if (!db->items[i].ends)
			continue;
		failure = ERR_CLOSED;
		if (PQpipelineSync(db->conn) != 1)
			return failure;
	}
	db->round_trips++;
	return ERR_OK;
}

static void
keep(PGresult **place, PGresult *r)
{
	PQclear(*place);
	*place = r;
}

/* Where the reading is. */
struct place {
	int at;	     /* the item whose results come next */
	int settled; /* items before this one are committed or not */
	bool commit; /* the results of a Sync are being read */
};

/* What has its result already was not sent. */
static void
skip_settled(const struct db *db, struct place *p)
{
	while (p->at < db->item_count && db->items[p->at].settled)
		p->at++;
}

/*
 * Takes what has arrived. True when the last Sync's answer was among it. An error that comes
 * behind the last item of a transaction and before its Sync is the commit's: that item has it.
 */
static bool
take_results(struct db *db, struct place *p)
{
	while (!PQisBusy(db->conn)) {
		PGresult *r = PQgetResult(db->conn);

		if (r == NULL) {
			if (PQstatus(db->conn) == CONNECTION_BAD)
				return false;
			p->at += !p->commit; /* NULL ends one command's results */
			p->commit = false;
			continue;
		}
		if (PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
			PQclear(r);
			skip_settled(db, p);
			p->settled = p->at;
			if (p->at == db->item_count)
				return true;
			continue;
		}
		p->commit = p->at > p->settled && db->items[p->at - 1].ends;
		keep(&db->items[p->at - p->commit].result, r);
	}
	return false;
}

static enum err
receive_all(struct db *db, int64_t deadline_ms)
{
	struct place p = { 0 };

	skip_settled(db, &p);
	p.settled = p.at;
	for (;;) {
		int unsent = PQflush(db->conn);

		if (unsent < 0)
			return ERR_CLOSED;
		if (!db_link_wait(db, unsent ? POLLIN | POLLOUT : POLLIN, deadline_ms))
			return ERR_TIMEOUT;
		if (!PQconsumeInput(db->conn))
			return ERR_CLOSED;
		if (take_results(db, &p))
			return ERR_OK;
		if (PQstatus(db->conn) == CONNECTION_BAD)
			return ERR_CLOSED;
	}
}

static const char *
field(const PGresult *r, int code)
{
	const char *s = PQresultErrorField(r, code);

	return s ? s : "";
}

static bool
is_one_of(const char *sqlstate, const char *const *list)
{
	while (*list != NULL && strcmp(*list, sqlstate) != 0)
		list++;
	return *list != NULL;
}

/*
 * What was prepared no longer fits (a plan's columns changed, the statement is gone
 * behind a pooler, the server became a standby): the link must be made anew.
 */
static const char *const outdated[] = { "0A000", "26000", "25006", NULL };

/*
 * A name that was there when the statement was prepared is not there now, or was exchanged in this
 * moment (XX000, "cache lookup failed"). On a new link the same says that the fault is ours.
 */
static const char *const misfits[] = { "42703", "42P01", "42883", "42704",
				       "42804", "XX000", NULL };

/* Another server, maybe, but not now. */
static const char read_only[] = "25006";

static void
note_refusal(struct db *db, int index, int statement, const PGresult *r)
{
	const char *sqlstate = field(r, PG_DIAG_SQLSTATE);
	bool misfit = !db->renewed && is_one_of(sqlstate, misfits);

	db->refusal = (struct db_refusal){
		.index = index,
		.statement = statement,
		.sqlstate = sqlstate,
		.constraint = field(r, PG_DIAG_CONSTRAINT_NAME),
		.message = field(r, PG_DIAG_MESSAGE_PRIMARY),
		.detail = field(r, PG_DIAG_MESSAGE_DETAIL),
		.outdated = misfit || is_one_of(sqlstate, outdated),
		.source = field(r, PG_DIAG_SOURCE_FUNCTION),
	};
	/* At the next step: others of this run may have committed, and are read first. */
	if (!db->tried || db->renewed)
		db->outdated |= db->refusal.outdated;
	if (db->refusal.outdated && !db->tried && strcmp(sqlstate, read_only) != 0)
		db->again = true;
}

bool
db_refused(struct db *db, int from, int to)
{
	for (int i = from; i < to; i++) {
		const PGresult *r = db->items[i].result;

		if (PQresultStatus(r) == PGRES_TUPLES_OK ||
		    PQresultStatus(r) == PGRES_COMMAND_OK)
			continue;
		note_refusal(db, i, db->items[i].statement, r);
		return true;
	}
	return false;
}

/* Serialisation failure and deadlock: the same again may well succeed. */
static const char *const passing[] = { "40001", "40P01", NULL };

static bool
several(const struct db *db)
{
	for (int i = 0; i < db->item_count - 1; i++)
		if (db->items[i].ends)
			return true;
	return false;
}

/*
 * Of several transactions those that a new link may well do are sent once more, no others. But not
 * when one behind the first was executed: its rows have the columns of the old link.
 */
static void
settle(struct db *db)
{
	bool executed = false;

	for (int from = 0, to = 0; to < db->item_count; from = to) {
		bool refused;

		while (!db->items[to++].ends)
			;
		refused = db_refused(db, from, to);
		for (int i = from; i < to; i++)
			db->items[i].settled = !refused || !db->refusal.outdated;
		executed = executed || (!refused && from > 0);
	}
	if (executed)
		db->again = false;
}

static enum err
run_once(struct db *db, int64_t deadline_ms)
{
	enum err e;

	clear_unsettled(db);
	e = send_all(db);
	if (e != ERR_OK) {
		db_link_drop(db, NULL);
		return e;
	}
	e = receive_all(db, deadline_ms);
	if (e != ERR_OK) {
		db_link_drop(db,
			     e == ERR_TIMEOUT ? "no answer before the deadline" : NULL);
		return e;
	}
	if (several(db)) {
		settle(db);
		return ERR_OK;
	}
	if (!db_refused(db, 0, db->item_count))
		return ERR_OK;
	return db->refusal.outdated ? ERR_BUSY : ERR_INVALID;
}

enum err
db_run(struct db *db, int64_t deadline_ms)
{
	int64_t start_ns = clock_mono_ns();
	enum err e = ERR_BUSY;

	db_sync(db);
	if (db->state == DB_READY && db->asking)
		db_ask_finish(db, deadline_ms);
	for (int tries = 0; db->state == DB_READY && tries < TRIES_MAX; tries++) {
		e = run_once(db, deadline_ms);
		if (e != ERR_INVALID || !is_one_of(db->refusal.sqlstate, passing))
			break;
	}
	db->waited_ns += (uint64_t)(clock_mono_ns() - start_ns);
	return e;
}

const struct db_refusal *
db_refusal(const struct db *db)
{
	return &db->refusal;
}

int
db_row_count(const struct db *db, int index)
{
	return PQntuples(db->items[index].result);
}

bool
db_is_null(const struct db *db, int index, int row, int column)
{
	return PQgetisnull(db->items[index].result, row, column);
}

struct str
db_value(const struct db *db, int index, int row, int column)
{
	const PGresult *r = db->items[index].result;

	size_t len = (size_t)PQgetlength(r, row, column);

	/* Each of these costs a call and its checks, and few values are empty. */
	if (len == 0 && PQgetisnull(r, row, column))
		return STR_NONE;
	return (struct str){ PQgetvalue(r, row, column), len };
}

int
db_find_column(const struct db *db, int index, const char *name)
{
	const PGresult *r = db->items[index].result;

	/* Not PQfnumber: it folds case and quotes, and copies the name. */
	for (int i = 0; i < PQnfields(r); i++)
		if (strcmp(PQfname(r, i), name) == 0)
			return i;
	return -1;
}

struct str
db_get(const struct db *db, int index, int row, const char *column)
{
	const struct db_item *item = &db->items[index];
	int at = db_find_column(db, index, column);

	if (at < 0)
		die("statement \"%s\" has no column \"%s\"",
		    db->options.statements[item->statement].name, column);
	return db_value(db, index, row, at);
}

uint64_t
db_round_trips(const struct db *db)
{
	return db->round_trips;
}

uint64_t
db_waited_ns(const struct db *db)
{
	return db->waited_ns;
}
