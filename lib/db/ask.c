/*
 * ask.c: a question between requests that no request waits for: a server that is silent
 * must not keep a worker from what it can do without one. The link stays usable; the next
 * run reads the answer first. Runs in workers.
 */
#include "db/connection.h"

#include <poll.h>

#include "core/clock.h"

void
db_ask(struct db *db, int statement, int64_t deadline_ms)
{
	static const char *const no_values[] = { NULL };
	const struct db_item item = { .statement = statement, .values = no_values };

	if (db->state != DB_READY || db->asking)
		return;
	db_ask_forget(db);
	db_prepare_begin(db);
	if (!db_prepare_send(db, statement) || !db_link_send(db, &item) ||
	    PQpipelineSync(db->conn) != 1 || PQflush(db->conn) < 0) {
		db_link_drop(db, NULL);
		return;
	}
	db->round_trips++;
	db->asking = true;
	db->asked = statement;
	db->ask_until_ms = deadline_ms;
}

/* When it did not prepare, the reason is the answer. */
static void
keep(struct db *db, PGresult *r)
{
	if (db->unprepared.result != NULL) {
		PQclear(r);
		r = db->unprepared.result;
		db->unprepared.result = NULL;
	}
	PQclear(db->answer);
	db->answer = r;
}

/* Takes the bytes that have arrived. False: the link is broken. */
static bool
take_some(struct db *db)
{
	while (db->asking && !PQisBusy(db->conn)) {
		PGresult *r = PQgetResult(db->conn);

		if (r == NULL && PQstatus(db->conn) == CONNECTION_BAD)
			return false;
		if (db_prepare_take(db, r) || r == NULL)
			continue;
		if (PQresultStatus(r) != PGRES_PIPELINE_SYNC) {
			keep(db, r);
			continue;
		}
		PQclear(r);
		db->asking = false;
	}
	return true;
}

/*
 * Reads the bytes that are there, and waits for more until `deadline_ms`. False: the link
 * is broken.
 */
static bool
read_answer(struct db *db, int64_t deadline_ms)
{
	while (db->asking) {
		int unsent = PQflush(db->conn);

		if (unsent < 0)
			return false;
		if (!db_link_wait(db, unsent ? POLLIN | POLLOUT : POLLIN, deadline_ms))
			return true;
		if (!PQconsumeInput(db->conn) || !take_some(db))
			return false;
	}
	return true;
}

void
db_ask_step(struct db *db)
{
	if (!read_answer(db, 0))
		db_link_drop(db, NULL);
	else if (db->asking && clock_mono_ms() >= db->ask_until_ms)
		db_link_drop(db, "no answer before the deadline");
}

enum err
db_ask_finish(struct db *db, int64_t deadline_ms)
{
	const char *why = NULL;

	if (read_answer(db, deadline_ms)) {
		if (!db->asking)
			return ERR_OK;
		why = "no answer before the deadline";
	}
	db_link_drop(db, why);
	return ERR_BUSY;
}

bool
db_is_asking(const struct db *db)
{
	return db->asking;
}

bool
db_is_answered(const struct db *db)
{
	return db->state == DB_READY && !db->asking && db->answer != NULL;
}

enum err
db_take_answer(struct db *db)
{
	if (!db_is_answered(db))
		return ERR_BUSY;
	db_begin(db);
	db_queue(db, db->asked, NULL);
	db_sync(db);
	db->items[0].result = db->answer;
	db->answer = NULL;
	if (!db_refused(db, 0, 1))
		return ERR_OK;
	return db->refusal.outdated ? ERR_BUSY : ERR_INVALID;
}
