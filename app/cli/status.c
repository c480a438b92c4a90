/*
 * status.c: `hob status`, the present state of this host's pool; status_jobs.c has the part about hob-jobs.
 *
 * Reads the scoreboard file directly, so it answers also while every worker is busy, or
 * dead. Numbers move while they are read: they are a look, not an account. Opens no
 * connection, changes nothing.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pool.h"
#include "cli/status_jobs.h"
#include "core/clock.h"
#include "core/strbuf.h"
#include "json/json.h"
#include "model/shared_block.h"

/* Sums over all workers since the start; `busy`: now. */
struct totals {
	uint64_t requests;
	uint64_t errors_5xx;
	uint64_t round_trips;
	uint64_t busy_ns;
	uint64_t db_wait_ns;
	uint64_t lived_ns;
	int busy;
};

static const char *
route_name(const struct shared *b, int index)
{
	int32_t route = b->gate.requests[index].route;

	if (b->board.workers[index].work_ns == 0 || route < 0 ||
	    (uint32_t)route >= b->gate.route_count)
		return "";
	return b->gate.routes[route];
}

static struct totals
add_up(const struct shared *b, int64_t now_ns)
{
	struct totals t = { 0 };

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		const struct worker_slot *w = &b->board.workers[i];
		const struct request_slot *r = &b->gate.requests[i];

		t.requests += w->done;
		t.errors_5xx += r->errors_5xx;
		t.round_trips += r->round_trips;
		t.busy_ns += w->busy_ns;
		t.db_wait_ns += r->db_wait_ns;
		t.lived_ns += w->lived_ns;
		if (w->pid == 0)
			continue;
		t.lived_ns +=
			w->started_ns < now_ns ? (uint64_t)(now_ns - w->started_ns) : 0;
		t.busy += w->work_ns != 0;
	}
	return t;
}

/* Whole per cents of `part` in `all`. */
static int
share(uint64_t part, uint64_t all)
{
	return all == 0 ? 0 : (int)(part * 100 / all);
}

static void
print_worker(const struct shared *b, int index, int64_t now_ns)
{
	const struct worker_slot *w = &b->board.workers[index];
	char age[24] = "-";

	if (w->work_ns != 0)
		snprintf(age, sizeof(age), "%lld ms",
			 (long long)pool_ms_since(w->work_ns, now_ns));
	printf("%6d  %7d  %3u  %-8s  %-8s  %9s  %8llu  %4llu  %s\n", index, w->pid,
	       w->generation,
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
print_schema(const struct shared *b)
{
	const struct schema_seen *s = &b->schema;

	if (s->program == 0)
		puts("schema   not known yet");
	else
		printf("schema   version %d, good for programs since version %d; this "
		       "one "
		       "knows %d\n",
		       s->database, s->good_for, s->program);
	if (s->read_only)
		puts("mode     READ-ONLY: what would change something is refused (hob "
		     "mode)");
}

static void
print_text(const struct shared *b)
{
	int64_t now_ns = clock_mono_ns();
	enum pool_state state = pool_state(&b->board, now_ns);
	struct totals t = add_up(b, now_ns);

	printf("master   %s, pid %d, %s %lld s, generation %u\n", pool_words(state),
	       b->board.master_pid, state == POOL_RUNS ? "up" : "was up",
	       (long long)pool_up_s(&b->board, now_ns), b->board.generation);
	printf("workers  configured %u, running %u, busy %d\n", b->board.configured,
	       b->board.running, t.busy);
	printf("database %d of %u workers have a link%s%s\n", pool_linked(&b->board),
	       b->board.running, pool_link_why(&b->board)[0] ? ": " : "",
	       pool_link_why(&b->board));
	printf("queue    now %u, oldest %lld ms, longest so far %u, limit %u%s\n",
	       b->gate.queue_now,
	       (long long)pool_ms_since(b->gate.queue_oldest_ns, now_ns),
	       b->gate.queue_max, b->gate.queue_limit, not_accepting(b));
	printf("gate     %u connections, %llu requests handed on\n", b->gate.connections,
	       (unsigned long long)b->gate.handed);
	printf("lost     %llu shed, %llu hung up, %llu crashes, %llu kills\n",
	       (unsigned long long)b->gate.shed_stale,
	       (unsigned long long)b->gate.hung_up, (unsigned long long)b->board.crashes,
	       (unsigned long long)b->board.kills);
	print_schema(b);
	printf("time     workers busy %d %%, of that in the database %d %%\n\n",
	       share(t.busy_ns, t.lived_ns), share(t.db_wait_ns, t.busy_ns));
	puts("worker      pid  gen  state     database        age  requests   5xx  "
	     "route");
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->board.workers[i].pid != 0)
			print_worker(b, i, now_ns);
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
	add_number(w, "shed", b->gate.shed_stale);
	add_number(w, "hung_up", b->gate.hung_up);
	add_number(w, "crashes", b->board.crashes);
	add_number(w, "kills", b->board.kills);
	add_number(w, "schema_version", (uint64_t)b->schema.database);
	add_number(w, "schema_good_for", (uint64_t)b->schema.good_for);
	add_number(w, "schema_known", (uint64_t)b->schema.program);
	json_key(w, "read_only");
	json_bool(w, b->schema.read_only);
}

static void
print_json(const struct config *c, const struct shared *b)
{
	int64_t now_ns = clock_mono_ns();
	struct json_writer w;
	struct strbuf out;

	strbuf_init(&out);
	json_begin(&w, &out);
	json_object(&w);
	add_pool(&w, b, now_ns);
	json_key(&w, "workers");
	json_array(&w);
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->board.workers[i].pid != 0)
			add_worker(&w, b, i, now_ns);
	json_end_array(&w);
	json_key(&w, "jobs");
	status_jobs_add(c, &w);
	json_end_object(&w);
	puts(out.ptr);
	strbuf_release(&out);
}

static int
verdict(const char *program, const struct shared *b)
{
	int64_t now_ns = clock_mono_ns();

	switch (pool_state(&b->board, now_ns)) {
	case POOL_GONE:
		return complain("%s is not running: these are the last numbers of "
				"pid %d, %lld s ago",
				program, b->board.master_pid,
				(long long)pool_ms_since(b->board.beat_ns, now_ns) /
					1000);
	case POOL_HANGS:
		return complain("%s stands still: no sign of its master, pid %d, "
				"for %lld s (stopped by a signal?)",
				program, b->board.master_pid,
				(long long)pool_ms_since(b->board.beat_ns, now_ns) /
					1000);
	case POOL_RUNS:
		break;
	}
	return 0;
}

/* The block of a pool; NULL: it was told why there is none. */
static const struct shared *
open_block(const char *program, const struct pool *pool)
{
	const struct scoreboard *board;
	char path[PATH_MAX];
	enum err e;

	snprintf(path, sizeof(path), "%s/scoreboard", pool->run_dir);
	e = scoreboard_open(path, sizeof(struct shared), &board);
	if (e == ERR_OK)
		return (const struct shared *)(const void *)board;
	if (e == ERR_INVALID)
		complain("%s was made by another version of %s", path, program);
	else
		complain("%s: %s (did %s ever start?)", path, strerror(errno), program);
	return NULL;
}

int
cmd_status(struct cli *cli, int argc, char **argv)
{
	bool staff = argc > 1 && strcmp(argv[1], "admin") == 0;
	bool json = argc == 2 + staff && strcmp(argv[1 + staff], "--json") == 0;
	const char *program = staff ? "hob-admin" : "hob-api";
	const struct shared *b;

	if (argc > 1 + staff + json)
		return complain_usage("status takes no \"%s\"", argv[1 + staff]);
	b = open_block(program, staff ? &cli->config.admin : &cli->config.api);
	if (json && b != NULL)
		print_json(&cli->config, b);
	else if (b != NULL)
		print_text(b);
	/* A host may have hob-jobs alone. */
	if (!json && !staff)
		status_jobs_print(&cli->config);
	fflush(stdout);
	return b != NULL ? verdict(program, b) : 1;
}
