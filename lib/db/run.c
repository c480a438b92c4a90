/*
 * run.c: one pipeline, one Sync, one implicit transaction, one round trip.
 *
 * A pipeline in which a statement fails is rolled back whole by the server and the link
 * stays good. Only a failure of the link itself gives it up. Runs in workers.
 */
#include "db/connection.h"

#include <poll.h>
#include <string.h>

#include "core/clock.h"
#include "core/die.h"

enum { TRIES_MAX = 3 }; /* the first and two more after 40001 or 40P01 */

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

bool
db_may_renew(const struct db *db)
{
	return db->again;
}

static bool
several(const struct db *db)
{
	for (int i = 0; i < db->item_count - 1; i++)
		if (db->items[i].ends)
			return true;
	return false;
}

/* Before several transactions they have a Sync of their own: one that fails takes none along. */
static bool
send_prepares(struct db *db)
{
	db_prepare_begin(db);
	for (int i = 0; i < db->item_count; i++)
		if (!db->items[i].settled && !db_prepare_send(db, db->items[i].statement))
			return false;
	db->preparing_apart = db->preparing_count > 0 && several(db);
	return !db->preparing_apart || PQpipelineSync(db->conn) == 1;
}

/*
 * ERR_BUSY while no Sync behind an item was given to libpq: the server commits nothing without one.
 * Each Sync is flushed at once, so whatever fails from the first one on may fail after a commit.
 */
static enum err
send_all(struct db *db)
{
	enum err failure = ERR_BUSY;

	if (!send_prepares(db))
		return failure;
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
keep(struct db *db, struct db_item *item, PGresult *r)
{
	PQclear(item->result);
	item->result = r;
	db_shape_meet(db, item->statement, r);
}

/* The position in the results. */
struct place {
	int at;	     /* the item whose results come next */
	int settled; /* items before this one are committed or not */
	bool commit; /* the results of a Sync are being read */
};

/* Settled statements were not sent. */
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

		if (r == NULL && PQstatus(db->conn) == CONNECTION_BAD)
			return false;
		if (db_prepare_take(db, r))
			continue;
		if (r == NULL) {
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
		keep(db, &db->items[p->at - p->commit], r);
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

/*
 * With several transactions, those that a new link may well do are sent once more, no
 * others. Not when one after the first was executed: its rows have the columns of the old
 * link.
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
		if (e != ERR_INVALID || !db_refusal_passes(db))
			break;
	}
	db->waited_ns += (uint64_t)(clock_mono_ns() - start_ns);
	return e;
}

struct str
db_said(const struct db *db)
{
	return strbuf_str(&db->said);
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
