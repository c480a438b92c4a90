/*
 * boards.c: the kanban board. The statement returns plain rows in any order;
 * app/model/board.h gives each its column, the columns are sorted, and the rows are
 * written straight from the result. A board is bounded: in tasks, in cards of a column,
 * and in the characters of a description. Runs in workers.
 */
#include "api/resources.h"

#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "db/db.h"
#include "model/board.h"
#include "model/row_plan.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

/* A column has the number of fetched tasks that it does not show. */
enum { TASKS_MAX = 3000, COLUMN_CARDS_MAX = 200 };

/* One appearance of a task on the board. A recurring task can have two. */
struct card {
	int row;
	enum board_column column;
	bool is_overdue; /* never of a completion */
	struct board_task task;
};

struct board {
	struct card *cards;
	int count;
	bool complete; /* no task was left out */
	int statement; /* the one that fetched the tasks */
	int per_column[BOARD_COLUMN_COUNT];
};

/* The columns of the row's facts in the statement. */
struct facts {
	int state, recurrence, due_on, last_completed_at, today, is_overdue, is_hidden;
	int completed, position;
};

static struct facts
find_facts(const struct db *db, int statement)
{
	return (struct facts){
		.state = reply_column(db, statement, "state"),
		.recurrence = reply_column(db, statement, "recurrence"),
		.due_on = reply_column(db, statement, "due_on"),
		.last_completed_at = reply_column(db, statement, "last_completed_at"),
		.today = reply_column(db, statement, "_today"),
		.is_overdue = reply_column(db, statement, "_is_overdue"),
		.is_hidden = reply_column(db, statement, "_is_hidden"),
		.completed = reply_column(db, statement, "completed"),
		.position = reply_column(db, statement, "position"),
	};
}

static enum task_state
state_of(struct str s)
{
	if (str_is(s, "in_progress"))
		return TASK_IN_PROGRESS;
	return str_is(s, "cancelled") ? TASK_CANCELLED : TASK_PENDING;
}

/* PostgreSQL's "2026-11-23 08:30:03.123+00", TimeZone UTC; null leaves *out as it is. */
static void
read_instant(struct str s, int64_t *out_us)
{
	char text[INSTANT_TEXT_SIZE];

	if (s.len < INSTANT_TEXT_SIZE - 2)
		return;
	memcpy(text, s.ptr, INSTANT_TEXT_SIZE - 2);
	text[INSTANT_TEXT_SIZE - 2] = 'Z';
	instant_parse((struct str){ text, INSTANT_TEXT_SIZE - 1 }, out_us);
}

static struct board_task
read_task(const struct db *db, int index, int row, const struct facts *f)
{
	struct board_task t = {
		.state = state_of(db_value(db, index, row, f->state)),
		.recurring = !db_is_null(db, index, row, f->recurrence),
		.due_on = BOARD_NO_DAY,
		.last_completed_us = BOARD_NEVER,
		.completed = str_is(db_value(db, index, row, f->completed), "t"),
		.is_overdue = str_is(db_value(db, index, row, f->is_overdue), "t"),
		.is_hidden = str_is(db_value(db, index, row, f->is_hidden), "t"),
		.position = db_value(db, index, row, f->position),
	};

	/* A null or malformed value leaves the default. */
	date_parse(db_value(db, index, row, f->due_on), &t.due_on);
	read_instant(db_value(db, index, row, f->last_completed_at),
		     &t.last_completed_us);
	return t;
}

static void
add_card(struct board *b, int row, enum board_column column, const struct board_task *t,
	 bool is_overdue)
{
	if (column == BOARD_NOWHERE)
		return;
	b->cards[b->count++] = (struct card){ row, column, is_overdue, *t };
	b->per_column[column]++;
}

static int
compare_cards(const void *x, const void *y)
{
	const struct card *a = x, *b = y;

	if (a->column != b->column)
		return (int)a->column - (int)b->column;
	return board_compare(a->column, &a->task, &b->task);
}

static void
place_rows(struct req *r, int index, struct board *b)
{
	const struct db *db = r->worker->db;
	struct facts f = find_facts(db, b->statement);
	int rows = db_row_count(db, index);
	int64_t days = 0;

	str_to_i64(str_of(request_query(r, "days_threshold")), &days);
	b->cards = arena_alloc(r->arena, sizeof(*b->cards) * (size_t)(2 * rows + 1));
	for (int row = 0; row < rows; row++) {
		struct board_task t = read_task(db, index, row, &f);
		struct board_now now = { .now_us = r->start_us,
					 .days_threshold = (int)days };

		date_parse(db_value(db, index, row, f.today), &now.today);
		add_card(b, row, board_place(&t, &now), &t, t.is_overdue);
		if (board_shows_completion(&t, &now))
			add_card(b, row, BOARD_COMPLETED, &t, false);
	}
	qsort(b->cards, (size_t)b->count, sizeof(*b->cards), compare_cards);
}

static void
write_card(struct req *r, const struct row_plan *plan, int index, const struct card *c)
{
	struct strbuf *body = &r->out->body;

	row_open(plan, r->worker->db, index, c->row, body);
	strbuf_add(body, c->is_overdue ? STR(",\"is_overdue\":true}")
				       : STR(",\"is_overdue\":false}"));
}

static void
write_board(struct req *r, int index, const struct board *b)
{
	struct worker *w = r->worker;
	struct strbuf *body = &r->out->body;
	const struct row_plan *plan = row_plan_get(w->plans, w->db, b->statement);
	char as_of[INSTANT_TEXT_SIZE];
	const struct card *card = b->cards;

	instant_format(r->start_us, as_of);
	strbuf_addf(body, "{\"as_of\":\"%s\",", as_of);
	r->tag_from = body->len;
	strbuf_addf(body, "\"complete\":%s,\"columns\":[",
		    b->complete ? "true" : "false");
	for (int c = 0; c < BOARD_COLUMN_COUNT; c++) {
		strbuf_addf(body, "%s{\"name\":\"%s\",\"count\":%d,\"tasks\":[",
			    c ? "," : "", board_column_name((enum board_column)c),
			    b->per_column[c]);
		for (int i = 0; i < b->per_column[c] && i < COLUMN_CARDS_MAX; i++) {
			if (i > 0)
				strbuf_add_char(body, ',');
			write_card(r, plan, index, &card[i]);
		}
		strbuf_add(body, STR("]}"));
		card += b->per_column[c];
	}
	strbuf_add(body, STR("]}"));
}

/*
 * A board that is too large is asked for once more, the least urgent tasks left out: a sort or a count
 * beforehand would cost all the others more than they take.
 */
static enum err
fetch_rows(struct req *r, struct board *b, int *index)
{
	enum err e;

	b->statement = Q_TASK_BOARD;
	e = request_run(r, b->statement, index);
	b->complete = e != ERR_OK || db_row_count(r->worker->db, *index) <= TASKS_MAX;
	if (b->complete)
		return e;
	b->statement = Q_TASK_BOARD_LARGE;
	return request_run(r, b->statement, index);
}

static enum err
board_show(struct req *r)
{
	struct board b = { 0 };
	int index;
	enum err e = fetch_rows(r, &b, &index);

	if (e != ERR_OK)
		return e;
	place_rows(r, index, &b);
	reply_json(r, 200);
	write_board(r, index, &b);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct field board_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "days_threshold", FIELD_INT, HANDLED, 1, 365, NULL, "30", 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, "/api/tasks/kanban", SIGNED, NULL, board_query, Q_TASK_BOARD, HANDLER,
	  .handler = board_show, .uses = { Q_TASK_BOARD_LARGE },
	  DOC("getBoard", "Tasks", "Board", "Show the board of one residence or of all") },
};
/* clang-format on */

RESOURCE(boards);
