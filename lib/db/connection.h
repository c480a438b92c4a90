#ifndef HOB_DB_CONNECTION_H
#define HOB_DB_CONNECTION_H

/*
 * Private to lib/db: the link, as connection.c (coming up), wire.c, prepared.c, items.c, result.c, ask.c
 * and run.c share it.
 */

#include <libpq-fe.h>

#include "core/strbuf.h"
#include "db/db.h"
#include "db/hosts.h"

/* 500 transactions of 7 statements, and what goes before them. */
enum { DB_PIPELINE_MAX = 4096 };

struct db_item {
	int statement;
	const char *const *values;
	PGresult *result;
	bool ends;			/* its transaction: a Sync follows */
	bool settled;			/* its transaction has its result, and is not sent again */
};

struct db_shape {
	const struct db_column *columns;
	int count;
	bool is_sure;			/* of what is prepared, not only described */
};

/* The first refusal to prepare what a pipeline needs. */
struct db_unprepared {
	PGresult *result;		/* NULL: there was none */
	int statement;
};

struct db {
	struct db_options options;
	PGconn *conn;			/* NULL when AWAY */
	enum db_state state;
	bool describing;		/* CONNECTING, and the login is behind us */
	int described;			/* answers that have been read, two for each statement */
	short events;			/* what to poll for */
	unsigned fd_serial;
	int64_t next_try_ms, last_try_ms;
	int backoff_ms;
	unsigned links;
	struct arena prepared_arena;	/* of this link: */
	struct db_shape *shapes;	/* by statement */
	bool *is_prepared;		/* by statement */
	int *preparing;			/* what the pipeline under way prepares, as sent */
	int preparing_count, preparing_done;
	bool preparing_apart;		/* ... and the result of its Sync is still to come */
	struct db_unprepared unprepared, unprepared_aside;
	struct strbuf why;
	char refused_state[6];
	struct db_hosts hosts;		/* of the try under way */
	bool is_full;

	struct db_item items[DB_PIPELINE_MAX];
	int item_count;
	struct db_item aside[DB_PIPELINE_MAX];
	int aside_count;
	struct strbuf said;		/* as db_said has it */
	struct db_refusal refusal;
	bool outdated;			/* to be linked anew before the next run */
	bool renewing;			/* ... and so it is, until the first try has ended */
	bool again;			/* ... which may be this one once more */
	bool tried;			/* ... it was taken back, and is not taken back again */
	bool renewed;			/* ... with a new link */
	bool asking;			/* a question is sent whose answer is not all there */
	int asked;			/* its statement */
	int64_t ask_until_ms;
	PGresult *answer;		/* to it, until it is taken */
	uint64_t round_trips, waited_ns;
};

/* Gives the link up, says why (libpq's words when `why` is NULL), plans the next try. */
void db_link_drop(struct db *db, const char *why);
/* The next try is due after a while, which grows. */
void db_link_plan(struct db *db);
/* Is the last refusal one that the same pipeline, sent again, may well not meet? */
bool db_refusal_passes(const struct db *db);
/* A new link: nothing is prepared. */
void db_prepared_init(struct db *db);
/*
 * A new pipeline: statements that it needs are prepared first, then its statements are
 * sent.
 */
void db_prepare_begin(struct db *db);
/* Sends the prepare of the statement unless it is prepared. False: the link is broken. */
bool db_prepare_send(struct db *db, int statement);
/* Takes one result (NULL: their end) while a prepare is unanswered; else false. */
bool db_prepare_take(struct db *db, PGresult *r);
/* Drops the noted refusal to prepare. */
void db_unprepared_forget(struct db *db);
/* The statement's columns are those of `r`. */
void db_shape_note(struct db *db, int statement, const PGresult *r);
/*
 * Looks at rows of the statement: it may have been prepared with other columns than
 * described.
 */
void db_shape_meet(struct db *db, int statement, const PGresult *r);
/* Sends one statement, prepared; the Sync is the caller's. */
bool db_link_send(struct db *db, const struct db_item *item);
/* Moves a question on without waiting; gives the link up when its time is over. */
void db_ask_step(struct db *db);
/* Waits for its answer, which stays to be taken. ERR_BUSY: the link was given up. */
enum err db_ask_finish(struct db *db, int64_t deadline_ms);
/* Forgets the question: its link is gone. */
void db_ask_forget(struct db *db);
/* Waits for `events` on the socket until `deadline_ms`. False when the time is over. */
bool db_link_wait(struct db *db, short events, int64_t deadline_ms);

#endif
