/*
 * status_jobs.c: the present state of hob-jobs on a host, as text and as JSON, from the memory that its master shares. It
 * opens no connection: what waits in the database its planner has counted some seconds ago; `hob jobs` asks the database
 * itself. Runs in `hob` and in the master.
 */
#include "model/status.h"

#include "core/clock.h"
#include "model/pool_state.h"

static int
busy(const struct scoreboard *b)
{
	int n = 0;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		n += b->workers[i].pid != 0 && b->workers[i].work_ns != 0;
	return n;
}

/* Of the whole backlog: how long the oldest job waits that is due, or how many are dead. */
static int64_t
latest_s(const struct backlog *b)
{
	int64_t most = 0;

	for (int i = 0; i < b->count; i++)
		if (b->rows[i].late_s > most)
			most = b->rows[i].late_s;
	return most;
}

static int64_t
dead(const struct backlog *b)
{
	int64_t n = 0;

	for (int i = 0; i < b->count; i++)
		n += b->rows[i].dead;
	return n;
}

/* --- text ------------------------------------------------------------------ */

static void
write_kinds(struct strbuf *out, const struct backlog *b)
{
	strbuf_add_cstr(out, "\nkind         waiting    leased      dead  late by, s\n");
	for (int i = 0; i < b->count; i++)
		if (b->rows[i].is_kind)
			strbuf_addf(out, "%-12s %7lld  %8lld  %8lld  %10lld%s\n",
				    b->rows[i].name, (long long)b->rows[i].waiting,
				    (long long)b->rows[i].held,
				    (long long)b->rows[i].dead,
				    (long long)b->rows[i].late_s,
				    b->rows[i].paused ? "  paused" : "");
}

static void
write_outbox(struct strbuf *out, const struct backlog *b)
{
	const char *comma = "";

	strbuf_add_cstr(out, "outbox   ");
	for (int i = 0; i < b->count; i++) {
		if (b->rows[i].is_kind)
			continue;
		strbuf_addf(out, "%s%s: %lld waiting", comma, b->rows[i].name,
			    (long long)b->rows[i].waiting);
		if (b->rows[i].held > 0)
			strbuf_addf(out, " and %lld held until quiet hours end",
				    (long long)b->rows[i].held);
		comma = ", ";
	}
	strbuf_add_char(out, '\n');
}

static void
write_backlog(struct strbuf *out, const struct backlog *b, int64_t now_ns)
{
	if (b->at_ns == 0) {
		strbuf_add_cstr(out, "backlog  not counted yet\n");
		return;
	}
	strbuf_addf(out,
		    "backlog  the oldest that is due is late by %lld s, %lld are dead; "
		    "counted %lld s ago\n",
		    (long long)latest_s(b), (long long)dead(b),
		    (long long)pool_ms_since(b->at_ns, now_ns) / 1000);
	write_outbox(out, b);
	write_kinds(out, b);
}

void
status_jobs_text(const struct jobs_block *block, struct strbuf *out)
{
	const struct scoreboard *b = &block->board;
	int64_t now_ns = clock_mono_ns();
	enum pool_state state = pool_state(b, now_ns);

	strbuf_addf(out,
		    "hob-jobs %s, pid %d, %s %lld s, runners configured %u, running %u, "
		    "busy %d\n",
		    pool_words(state), b->master_pid,
		    state == POOL_RUNS ? "up" : "was up", (long long)pool_up_s(b, now_ns),
		    b->configured, b->running, busy(b));
	strbuf_addf(out, "database %d of %u runners have a link%s%s\n", pool_linked(b),
		    b->running, pool_link_why(b)[0] ? ": " : "", pool_link_why(b));
	write_backlog(out, &block->backlog, now_ns);
}

/* --- JSON ------------------------------------------------------------------ */

static void
add_number(struct json_writer *w, const char *name, int64_t n)
{
	json_key(w, name);
	json_i64(w, n);
}

static void
add_kind(struct json_writer *w, const struct backlog_row *row)
{
	json_object(w);
	json_key(w, "kind");
	json_cstring(w, row->name);
	json_key(w, "paused");
	json_bool(w, row->paused);
	add_number(w, "waiting", row->waiting);
	add_number(w, "leased", row->held);
	add_number(w, "dead", row->dead);
	add_number(w, "late_s", row->late_s);
	json_end_object(w);
}

static void
add_channel(struct json_writer *w, const struct backlog_row *row)
{
	json_object(w);
	json_key(w, "channel");
	json_cstring(w, row->name);
	add_number(w, "waiting", row->waiting);
	add_number(w, "held", row->held);
	json_end_object(w);
}

/* null when it was not counted yet. */
static void
add_backlog(struct json_writer *w, const struct backlog *b, int64_t now_ns)
{
	json_key(w, "backlog");
	if (b->at_ns == 0) {
		json_null(w);
		return;
	}
	json_object(w);
	add_number(w, "age_ms", pool_ms_since(b->at_ns, now_ns));
	add_number(w, "late_s", latest_s(b));
	add_number(w, "dead", dead(b));
	json_key(w, "kinds");
	json_array(w);
	for (int i = 0; i < b->count; i++)
		if (b->rows[i].is_kind)
			add_kind(w, &b->rows[i]);
	json_end_array(w);
	json_key(w, "outbox");
	json_array(w);
	for (int i = 0; i < b->count; i++)
		if (!b->rows[i].is_kind)
			add_channel(w, &b->rows[i]);
	json_end_array(w);
	json_end_object(w);
}

static void
add_runner(struct json_writer *w, const struct worker_slot *slot, int index)
{
	json_object(w);
	add_number(w, "runner", index);
	add_number(w, "pid", slot->pid);
	json_key(w, "database");
	json_cstring(w, worker_link_name((enum worker_link)slot->link));
	json_key(w, "busy");
	json_bool(w, slot->work_ns != 0);
	json_end_object(w);
}

static void
add_runners(struct json_writer *w, const struct scoreboard *b)
{
	json_key(w, "runners");
	json_array(w);
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->workers[i].pid != 0)
			add_runner(w, &b->workers[i], i);
	json_end_array(w);
}

void
status_jobs_json(const void *jobs_block, struct json_writer *w)
{
	const struct jobs_block *block = jobs_block;
	int64_t now_ns = clock_mono_ns();

	json_key(w, "running");
	json_bool(w, pool_state(&block->board, now_ns) == POOL_RUNS);
	add_number(w, "master_pid", block->board.master_pid);
	add_number(w, "silent_ms", pool_ms_since(block->board.beat_ns, now_ns));
	add_number(w, "uptime_s", pool_up_s(&block->board, now_ns));
	add_number(w, "runners_configured", block->board.configured);
	add_number(w, "runners_running", block->board.running);
	add_number(w, "runners_linked", pool_linked(&block->board));
	add_number(w, "runners_busy", busy(&block->board));
	json_key(w, "link_why");
	json_cstring(w, *pool_link_why(&block->board) != '\0'
				? pool_link_why(&block->board)
				: NULL);
	add_runners(w, &block->board);
	add_backlog(w, &block->backlog, now_ns);
}
