/*
 * occurrences.c: what falls on which day, for views of a month: what was done, what is open, and
 * what the rules of open tasks have to come. The statements fetch the tasks; their days are found
 * here, day by day, so that what does not fit is always the end. Runs in workers.
 */
#include "api/resources.h"

#include "core/date.h"
#include "db/db.h"
#include "json/json.h"
#include "model/recurrence.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

enum {
	DAYS_MAX = 100,
	ROWS_MAX = 2000,  /* occurrence_done fetches one more */
	TASKS_MAX = 3000, /* so does occurrence_open */
	/* Of rules that count from when a task is done, for all together: some 5 ms. */
	STEPS_MAX = 50000
};

/* The rows of one of the statements. */
struct source {
	const struct db *db;
	int index, statement, rows;
};

/* An open task on its way through the days. */
struct planned {
	struct occurrence at;
	struct recurrence rule;
	int32_t today;
	bool recurs, projected;
};

struct view {
	struct source open, done;
	struct planned *tasks; /* of the rows of `open` */
	int32_t from, to;
	int32_t through; /* the last day that is known to be whole */
	int next_done, written;
	struct json_writer w;
};

static struct str
value(const struct source *s, int row, const char *column)
{
	return db_value(s->db, s->index, row, reply_column(s->db, s->statement, column));
}

static int32_t
day_of(const struct source *s, int row, const char *column, int32_t otherwise)
{
	date_parse(value(s, row, column), &otherwise);
	return otherwise;
}

/* --- the days ------------------------------------------------------------------- */

static void
limit_to(struct view *v, int32_t day)
{
	if (v->through > day)
		v->through = day;
}

/* On to its first day that is not before the view. */
static void
enter(struct view *v, struct planned *p, int *steps)
{
	if (p->at.due_on >= v->from)
		return;
	p->projected = true;
	if (!recurrence_step_to(&p->rule, &p->at, p->today, v->from, steps)) {
		if (*steps == 0)
			limit_to(v, v->from - 1);
		p->at.due_on = RECURRENCE_NO_DAY;
	}
}

static struct planned
read_task(struct req *r, const struct source *s, int row)
{
	struct planned p = { .at.outcome = OUTCOME_DONE };
	struct str rule = value(s, row, "_recurrence");
	int64_t number = 1;

	str_to_i64(value(s, row, "_occurrence"), &number);
	p.at.number = (int)number;
	p.at.due_on = day_of(s, row, "_due_on", RECURRENCE_NO_DAY);
	p.at.grid_on = day_of(s, row, "_grid_on", p.at.due_on);
	p.today = day_of(s, row, "_today", p.at.due_on);
	p.recurs = rule.ptr != NULL && recurrence_read(r->arena, rule, &p.rule);
	return p;
}

/* What more tasks there are is due on the last day of these at the earliest. */
static void
read_tasks(struct req *r, struct view *v)
{
	int steps = STEPS_MAX;
	int32_t last = v->from;

	v->tasks = arena_zalloc(r->arena, (size_t)v->open.rows + 1, sizeof(*v->tasks));
	for (int row = 0; row < v->open.rows; row++) {
		v->tasks[row] = read_task(r, &v->open, row);
		if (v->tasks[row].at.due_on > last)
			last = v->tasks[row].at.due_on;
		enter(v, &v->tasks[row], &steps);
	}
	if (v->open.rows > TASKS_MAX)
		limit_to(v, last - 1);
}

/* --- the rows ------------------------------------------------------------------- */

static void
write_text(struct json_writer *w, const char *key, struct str text)
{
	json_key(w, key);
	json_string_or_null(w, text);
}

static void
write_day(struct json_writer *w, const char *key, int32_t day)
{
	char text[DATE_TEXT_SIZE];

	date_format(day, text);
	json_key(w, key);
	json_cstring(w, text);
}

/* False when there are as many already as there may be; then the day is not whole. */
static bool
write_row(struct view *v, const struct source *s, int row, int32_t day,
	  const struct planned *p)
{
	static const struct {
		const char *key, *column;
	} same[] = {
		{ "task_id", "_task_id" },
		{ "residence_id", "_residence_id" },
		{ "title", "_title" },
		{ "category", "_category" },
		{ "assigned_to_id", "_assigned_to_id" },
	};
	struct json_writer *w = &v->w;
	int64_t number = 0;

	if (v->written++ == ROWS_MAX) {
		limit_to(v, day - 1);
		return false;
	}
	json_object(w);
	write_day(w, "date", day);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		write_text(w, same[i].key, value(s, row, same[i].column));
	str_to_i64(value(s, row, "_occurrence"), &number);
	write_text(w, "due_time", p != NULL ? value(s, row, "_due_time") : STR_NONE);
	json_key(w, "occurrence");
	json_i64(w, p != NULL ? p->at.number : number);
	json_key(w, "is_projected");
	json_bool(w, p != NULL && p->projected);
	write_text(w, "outcome", p == NULL ? value(s, row, "_outcome") : STR_NONE);
	write_text(w, "completion_id",
		   p == NULL ? value(s, row, "_completion_id") : STR_NONE);
	json_end_object(w);
	return true;
}

static bool
write_done(struct view *v, int32_t day)
{
	for (; v->next_done < v->done.rows; v->next_done++) {
		if (day_of(&v->done, v->next_done, "_day", day) != day)
			break;
		if (!write_row(v, &v->done, v->next_done, day, NULL))
			return false;
	}
	return true;
}

static bool
write_open(struct view *v, int32_t day)
{
	for (int row = 0; row < v->open.rows; row++) {
		struct planned *p = &v->tasks[row];

		if (p->at.due_on != day)
			continue;
		if (!write_row(v, &v->open, row, day, p))
			return false;
		p->projected = true;
		if (!p->recurs || !recurrence_step(&p->rule, &p->at, p->today))
			p->at.due_on = RECURRENCE_NO_DAY;
	}
	return true;
}

static void
write_view(struct req *r, struct view *v)
{
	struct json_writer *w = &v->w;

	reply_json(r, 200);
	json_begin(w, &r->out->body);
	json_object(w);
	write_day(w, "from", v->from);
	write_day(w, "to", v->to);
	json_key(w, "results");
	json_array(w);
	for (int32_t day = v->from; day <= v->to; day++)
		if (!write_done(v, day) || !write_open(v, day))
			break;
	json_end_array(w);
	json_key(w, "complete");
	json_bool(w, v->through >= v->to);
	if (v->through >= v->from) {
		write_day(w, "through", v->through);
	} else {
		json_key(w, "through");
		json_null(w);
	}
	json_end_object(w);
}

static enum err
read_days(struct req *r, struct view *v)
{
	date_parse(str_of(request_query(r, "from")), &v->from);
	date_parse(str_of(request_query(r, "to")), &v->to);
	v->through = v->to;
	if (v->to < v->from)
		return request_invalid(r, "to", NULL, "too_small",
				       "must not be before the first day");
	if (v->to - v->from >= DAYS_MAX)
		return request_invalid(
			r, "to", NULL, "too_large",
			request_say(r, "must be at most %d days after the first day",
				    DAYS_MAX - 1));
	return ERR_OK;
}

static enum err
ask(struct req *r, struct view *v)
{
	enum err e = request_open(r);

	if (e != ERR_OK)
		return e;
	v->open.index = request_queue(r, Q_OCCURRENCE_OPEN);
	v->done.index =
		db_queue(r->worker->db, Q_OCCURRENCE_DONE,
			 binding_values(r->worker->binding, r, Q_OCCURRENCE_DONE));
	return request_wait(r);
}

static enum err
occurrences_show(struct req *r)
{
	struct db *db = r->worker->db;
	struct view v = { .open = { .db = db, .statement = Q_OCCURRENCE_OPEN },
			  .done = { .db = db, .statement = Q_OCCURRENCE_DONE } };
	enum err e = read_days(r, &v);

	if (e == ERR_OK)
		e = ask(r, &v);
	if (e != ERR_OK)
		return e;
	v.open.rows = db_row_count(db, v.open.index);
	v.done.rows = db_row_count(db, v.done.index);
	read_tasks(r, &v);
	write_view(r, &v);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct field occurrence_query[] = {
	{ "from", FIELD_DAY, REQUIRED, 0, 0, NULL, NULL, 0 },
	{ "to", FIELD_DAY, REQUIRED, 0, 0, NULL, NULL, 0 },
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, "/api/occurrences", SIGNED, NULL, occurrence_query, Q_OCCURRENCE_OPEN, HANDLER,
	  .handler = occurrences_show, .uses = { Q_OCCURRENCE_DONE }, .dear = true,
	  DOC("listOccurrences", "Tasks", "Occurrences", "List what falls on which day") },
};
/* clang-format on */

RESOURCE(occurrences);
