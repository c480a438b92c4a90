/*
 * status.c: the present state of a pool, as text and as JSON: what `hob status` prints and the master shows on its status
 * socket. Numbers move while they are read: they are a look, not an account. Runs in both.
 */
#include "model/status.h"

#include <stdio.h>

#include "core/clock.h"
#include "model/pool_state.h"
#include "model/totals.h"

static const char *
route_name(const struct shared *b, int index)
{
	int32_t route = b->gate.requests[index].route;

	if (b->board.workers[index].work_ns == 0 || route < 0 ||
	    (uint32_t)route >= b->gate.route_count)
		return "";
	return b->gate.routes[route];
}

/* Whole per cents of `part` in `all`. */
static int
share(uint64_t part, uint64_t all)
{
	return all == 0 ? 0 : (int)(part * 100 / all);
}

static void
write_worker(struct strbuf *out, const struct shared *b, int index, int64_t now_ns)
{
	const struct worker_slot *w = &b->board.workers[index];
	char age[24] = "-";

	if (w->work_ns != 0)
		snprintf(age, sizeof(age), "%lld ms",
			 (long long)pool_ms_since(w->work_ns, now_ns));
	strbuf_addf(out, "%6d  %7d  %3u  %-8s  %-8s  %9s  %8llu  %4llu  %s\n", index,
		    w->pid, w->generation,
		    w->stopped_ns != 0 ? "stopped"
				       : worker_state_name((enum worker_state)w->state),
		    worker_link_name((enum worker_link)w->link), age,
		    (unsigned long long)w->done,
		    (unsigned long long)b->gate.requests[index].errors_5xx,
		    route_name(b, index));
}

static const char *
not_accepting(const struct shared *b)
{
	if (b->gate.starved)
		return ", NO DESCRIPTORS LEFT: not accepting (limit of open files)";
	return b->gate.accepting ? "" : ", FULL: not accepting";
}

static void
write_schema(struct strbuf *out, const struct shared *b)
{
	const struct schema_seen *s = &b->schema;

	if (s->program == 0)
		strbuf_add_cstr(out, "schema   not known yet\n");
	else
		strbuf_addf(out,
			    "schema   version %d, good for programs since version %d; "
			    "this one knows %d\n",
			    s->database, s->good_for, s->program);
	if (s->read_only)
		strbuf_add_cstr(out, "mode     READ-ONLY: what would change something is "
				     "refused (hob mode)\n");
}

void
status_text(const struct shared *b, struct strbuf *out)
{
	int64_t now_ns = clock_mono_ns();
	enum pool_state state = pool_state(&b->board, now_ns);
	struct totals t = totals_of(b, now_ns);

	strbuf_addf(out, "master   %s, pid %d, %s %lld s, generation %u\n",
		    pool_words(state), b->board.master_pid,
		    state == POOL_RUNS ? "up" : "was up",
		    (long long)pool_up_s(&b->board, now_ns), b->board.generation);
	strbuf_addf(out, "workers  configured %u, running %u, busy %d\n",
		    b->board.configured, b->board.running, t.busy);
	strbuf_addf(out, "database %d of %u workers have a link%s%s\n",
		    pool_linked(&b->board), b->board.running,
		    pool_link_why(&b->board)[0] ? ": " : "", pool_link_why(&b->board));
	strbuf_addf(out,
		    "queue    now %u, oldest %lld ms, longest so far %u, limit %u%s\n",
		    b->gate.queue_now,
		    (long long)pool_ms_since(b->gate.queue_oldest_ns, now_ns),
		    b->gate.queue_max, b->gate.queue_limit, not_accepting(b));
	strbuf_addf(out, "gate     %u connections, %llu requests handed on\n",
		    b->gate.connections, (unsigned long long)b->gate.handed);
	strbuf_addf(out, "lost     %llu shed, %llu hung up, %llu crashes, %llu kills\n",
		    (unsigned long long)totals_shed(b),
		    (unsigned long long)b->gate.hung_up,
		    (unsigned long long)b->board.crashes,
		    (unsigned long long)b->board.kills);
	write_schema(out, b);
	strbuf_addf(out, "time     workers busy %d %%, of that in the database %d %%\n\n",
		    share(t.busy_ns, t.lived_ns), share(t.db_wait_ns, t.busy_ns));
	strbuf_add_cstr(out, "worker      pid  gen  state     database        age  "
			     "requests   5xx  route\n");
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->board.workers[i].pid != 0)
			write_worker(out, b, i, now_ns);
}

static void
add_number(struct json_writer *w, const char *name, uint64_t n)
{
	json_key(w, name);
	json_i64(w, (int64_t)n);
}

static void
add_worker(struct json_writer *w, const struct shared *b, int index, int64_t now_ns)
{
	const struct worker_slot *slot = &b->board.workers[index];
	const struct request_slot *r = &b->gate.requests[index];
	bool busy = slot->work_ns != 0;

	json_object(w);
	add_number(w, "worker", (uint64_t)index);
	add_number(w, "pid", (uint64_t)slot->pid);
	add_number(w, "generation", slot->generation);
	json_key(w, "state");
	json_cstring(w, worker_state_name((enum worker_state)slot->state));
	json_key(w, "stopped");
	json_bool(w, slot->stopped_ns != 0);
	json_key(w, "database");
	json_cstring(w, worker_link_name((enum worker_link)slot->link));
	json_key(w, "route");
	json_cstring(w, *route_name(b, index) != '\0' ? route_name(b, index) : NULL);
	json_key(w, "request_id");
	json_cstring(w, busy ? r->request_id : NULL);
	add_number(w, "age_ms",
		   busy ? (uint64_t)pool_ms_since(slot->work_ns, now_ns) : 0);
	add_number(w, "requests", slot->done);
	add_number(w, "errors_5xx", r->errors_5xx);
	add_number(w, "round_trips", r->round_trips);
	add_number(w, "busy_us", slot->busy_ns / 1000);
	add_number(w, "db_wait_us", r->db_wait_ns / 1000);
	json_end_object(w);
}

static void
add_pool(struct json_writer *w, const struct shared *b, int64_t now_ns)
{
	json_key(w, "running");
	json_bool(w, pool_state(&b->board, now_ns) == POOL_RUNS);
	add_number(w, "master_pid", (uint64_t)b->board.master_pid);
	add_number(w, "silent_ms", (uint64_t)pool_ms_since(b->board.beat_ns, now_ns));
	add_number(w, "uptime_s", (uint64_t)pool_up_s(&b->board, now_ns));
	add_number(w, "generation", b->board.generation);
	add_number(w, "workers_configured", b->board.configured);
	add_number(w, "workers_running", b->board.running);
	add_number(w, "workers_linked", (uint64_t)pool_linked(&b->board));
	json_key(w, "link_why");
	json_cstring(w,
		     *pool_link_why(&b->board) != '\0' ? pool_link_why(&b->board) : NULL);
	add_number(w, "connections", b->gate.connections);
	add_number(w, "queue_now", b->gate.queue_now);
	add_number(w, "queue_max", b->gate.queue_max);
	add_number(w, "queue_limit", b->gate.queue_limit);
	add_number(w, "queue_oldest_ms",
		   (uint64_t)pool_ms_since(b->gate.queue_oldest_ns, now_ns));
	json_key(w, "accepting");
	json_bool(w, b->gate.accepting != 0);
	json_key(w, "descriptors_short");
	json_bool(w, b->gate.starved != 0);
	add_number(w, "handed", b->gate.handed);
	add_number(w, "retaken", b->gate.retaken);
	add_number(w, "shed", totals_shed(b));
	add_number(w, "hung_up", b->gate.hung_up);
	add_number(w, "crashes", b->board.crashes);
	add_number(w, "kills", b->board.kills);
	add_number(w, "schema_version", (uint64_t)b->schema.database);
	add_number(w, "schema_good_for", (uint64_t)b->schema.good_for);
	add_number(w, "schema_known", (uint64_t)b->schema.program);
	json_key(w, "read_only");
	json_bool(w, b->schema.read_only);
}

void
status_document(void (*members)(const void *block, struct json_writer *w),
		const void *block, struct strbuf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_object(&w);
	members(block, &w);
	json_end_object(&w);
	strbuf_add_char(out, '\n');
}

void
status_json(const void *shared, struct json_writer *w)
{
	const struct shared *b = shared;
	int64_t now_ns = clock_mono_ns();

	add_pool(w, b, now_ns);
	json_key(w, "workers");
	json_array(w);
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->board.workers[i].pid != 0)
			add_worker(w, b, i, now_ns);
	json_end_array(w);
}
