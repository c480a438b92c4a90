#ifndef HOB_DB_DB_H
#define HOB_DB_DB_H

#ifdef HOB_MASTER
#error "the master holds no database connection: see app/serve/heritage.h"
#endif

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "net/names.h"

/*
 * One persistent PostgreSQL connection of one process. Statements are named,
 * prepared by the pipeline that first uses them, and run in pipelines: any number
 * of them, one Sync, one implicit transaction, one round trip. Never BEGIN, COMMIT
 * or SET: a pipeline is the transaction, and a pooler may stand between (PgBouncer,
 * transaction mode).
 */

/* Made from sql/queries by scripts/sqlgen: `:name` in the source became $n. */
struct db_statement {
	const char *name;		/* "task_list" */
	const char *sql;
	const char *const *params;	/* params[n - 1] is the name of $n */
	int param_count;
};

/* One order of a list: the statement that has it. */
struct db_order {
	const char *name;	/* "-due_on" */
	int statement;
};

struct db_column {
	const char *name;
	uint32_t type;			/* the type's OID, DB_TYPE_* */
};

/* Types that a reader of results treats in a way of their own (pg_type.dat). */
enum db_type {
	DB_TYPE_BOOL = 16, DB_TYPE_INT8 = 20, DB_TYPE_INT2 = 21, DB_TYPE_INT4 = 23,
	DB_TYPE_TEXT = 25, DB_TYPE_JSON = 114, DB_TYPE_FLOAT4 = 700, DB_TYPE_FLOAT8 = 701,
	DB_TYPE_TEXT_ARRAY = 1009, DB_TYPE_VARCHAR = 1043, DB_TYPE_DATE = 1082,
	DB_TYPE_TIME = 1083, DB_TYPE_TIMESTAMP = 1114, DB_TYPE_TIMESTAMPTZ = 1184,
	DB_TYPE_NUMERIC = 1700, DB_TYPE_UUID = 2950, DB_TYPE_UUID_ARRAY = 2951,
	DB_TYPE_INT4_ARRAY = 1007, DB_TYPE_JSONB = 3802, DB_TYPE_VOID = 2278
};

struct db_options {
	const char *conninfo;		/* libpq connection string or URL */
	const char *application_name;	/* seen in pg_stat_activity */
	struct names *names;		/* knows the hosts' addresses; NULL: libpq looks them up */
	bool prepare;			/* false: unnamed statements, for PgBouncer < 1.21 */
	const struct db_statement *statements;
	int statement_count;		/* statement 0 is "none" and never sent */
};

/*
 * AWAY: no link; a new try waits for its backoff (50 ms doubling to 2 s, with
 * jitter). CONNECTING: a try is under way. READY: linked, and every statement was
 * described; none is prepared before it is used. REFUSED: linked, but a statement
 * does not fit the schema; db_why names it; only db_free helps.
 */
enum db_state { DB_AWAY, DB_CONNECTING, DB_READY, DB_REFUSED };

struct db;

/* Strings in `o` must outlive the db. Does not connect. */
struct db *db_new(const struct db_options *o);
void db_free(struct db *db);

/*
 * Moves the link towards READY for at most `wait_ms` (0: only what needs no
 * waiting) and says where it stands. Also notices that a READY link was closed
 * by the other side. Starts a new try when its backoff is over; `hurry` starts
 * one also when the last is at least 200 ms old, for a caller with a request at hand.
 */
enum db_state db_step(struct db *db, int wait_ms, bool hurry);
/*
 * As db_step, but tries again and again; returns early when READY, REFUSED or full
 * (below).
 */
enum db_state db_await(struct db *db, int wait_ms);
enum db_state db_state(const struct db *db);
/*
 * Is the link away, or about to be, only because its prepared statements no longer fit?
 * True until the first try to reconnect has ended: the link is likely to be back in a
 * moment.
 */
bool db_is_renewing(const struct db *db);
/* For an event loop between requests: the socket (-1: none), the poll(2)
 * events to wait for, and how long at most until db_step wants to be called (-1: for ever). */
int db_fd(const struct db *db);
/* Changes when db_fd may be another socket, even under the same number. */
unsigned db_fd_serial(const struct db *db);
short db_events(const struct db *db);
int db_wait_ms(const struct db *db);
/* The last thing that went wrong with the link or a statement, in words. Never NULL. */
const char *db_why(const struct db *db);
/* REFUSED: the SQLSTATE it was refused with. */
const char *db_refused_state(const struct db *db);

/* Did the last try end because no further connection is allowed (SQLSTATE 53300)? */
bool db_is_full(const struct db *db);

/*
 * Is a refusal with this SQLSTATE permanent? Syntax, names and rights (42), no such
 * schema (3F), values (22), features (0A). A lock, a time limit, a lack of memory or a
 * server that shuts down pass. NULL passes.
 */
bool db_is_for_good(const char *sqlstate);

/*
 * The columns a statement yields, known once READY. *out has `return` entries and lives
 * as long as the link; db_links counts links. When the schema has changed since the
 * describe, a statement that ran may have other columns: *out is then another array, so
 * that data derived from columns can be renewed.
 */
int db_columns(const struct db *db, int statement, const struct db_column **out);
unsigned db_links(const struct db *db);

/* Empties the pipeline and frees the last results. */
void db_begin(struct db *db);
/*
 * Adds a statement; values[n - 1] is the text of $n, NULL is SQL null. The
 * values must stay until db_run returns. Returns its index for the readers below.
 */
int db_queue(struct db *db, int statement, const char *const *values);
/* The number of queued statements. */
int db_queued(const struct db *db);
/*
 * Ends a transaction: statements queued from here on are another one, on the same round
 * trip.
 */
void db_sync(struct db *db);
/*
 * Sends every statement without a result, ended by a Sync, and reads all results; returns
 * by `deadline_ms` on the monotonic clock at the latest. Call db_step first: it notices a
 * link that was closed while idle, before anything is sent.
 *   ERR_OK        everything is committed
 *   ERR_BUSY      the link was away, or its prepared statements no longer fit the schema:
 *                 nothing was executed
 *   ERR_CLOSED    the link broke once the end of a transaction was being sent: whether any of
 *                 it was executed is unknown
 *   ERR_TIMEOUT   the deadline passed: as ERR_CLOSED, and the link is given up
 *   ERR_INVALID   a statement was refused, all is rolled back; see db_refusal
 * With several transactions (db_sync) each commits or fails by itself: ERR_OK when all
 * were answered, and db_refused tells the outcome of each. None of them is tried again.
 * Serialisation failures and deadlocks (40001, 40P01) are tried again, twice at most,
 * each a round trip of its own.
 */
enum err db_run(struct db *db, int64_t deadline_ms);

/*
 * Did the last db_run fail because the schema changed under its prepared statements (a
 * result got another column, a function another argument)? The refused statements were
 * not executed, and a new link prepares anew: put the queue aside, db_await, look at the
 * new link with a queue of its own, take the queue back, and db_run sends the statements
 * without a result. Once for each queue, and with several transactions only when none
 * after the first was executed. Without a new link, take the queue back as not `renewed`:
 * the first result of db_run stands.
 */
bool db_may_renew(const struct db *db);
void db_put_aside(struct db *db);
void db_take_back(struct db *db, bool renewed);

/*
 * Between requests: sends a statement without parameters and waits for nothing. db_step
 * reads the answer when db_fd wakes, db_run before it sends anything (ERR_BUSY when it
 * does not come by its own deadline). Without an answer by `deadline_ms` the link is
 * given up. Does nothing while there is no link or another question is out.
 */
void db_ask(struct db *db, int statement, int64_t deadline_ms);
bool db_is_asking(const struct db *db);
bool db_is_answered(const struct db *db);
/*
 * Makes the answer the result at index 0 of an emptied pipeline, once. Results as db_run's;
 * ERR_BUSY too when there is none.
 */
enum err db_take_answer(struct db *db);

/* Why the last db_run was ERR_INVALID. Strings live until db_begin; none is NULL. */
struct db_refusal {
	int index;			/* as db_queue returned it; the last when the commit was refused */
	int statement;
	const char *sqlstate;		/* "23505", "HB404" */
	const char *constraint;		/* "" when there is none */
	const char *message;
	const char *detail;
	bool outdated;			/* only the link was: as ERR_BUSY */
	const char *source;		/* the server's function that refused: words depend on its language */
};
const struct db_refusal *db_refusal(const struct db *db);
/* Was the transaction of the statements `from` to `to` - 1 rolled back? db_refusal says why. */
bool db_refused(struct db *db, int from, int to);

/* Results of the last ERR_OK run; index as db_queue returned it. What an ERR_INVALID run answered
 * before its refusal is there too. */
int db_row_count(const struct db *db, int index);
/* False: an error before it, or of what it needs prepared, kept it from being run. */
bool db_was_run(const struct db *db, int index);
bool db_is_null(const struct db *db, int index, int row, int column);
/* Text form, NUL-terminated, STR_NONE for null; lives until db_begin. */
struct str db_value(const struct db *db, int index, int row, int column);
/* The column of that name in the results at `index`; -1 when there is none. */
int db_find_column(const struct db *db, int index, const char *name);
/* By name; dies when the statement has no such column. */
struct str db_get(const struct db *db, int index, int row, const char *column);

/*
 * What functions and triggers said beside their rows, by RAISE INFO, since db_begin, each word with a space
 * behind it. Also what was rolled back since. PostgreSQL sends this level whatever client_min_messages is.
 */
struct str db_said(const struct db *db);

/* Syncs sent since the db was made, prepare and connect not counted. */
uint64_t db_round_trips(const struct db *db);
/* Nanoseconds spent waiting in db_run since the db was made. */
uint64_t db_waited_ns(const struct db *db);

#endif
