/*
 * status.c: `hob status`, what the pool of this host is doing right now.
 *
 * Reads the scoreboard file directly, so it answers also while every worker is
 * busy, or dead. Numbers move while they are read: they are a look, not an
 * account. Asks nobody, changes nothing.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "core/clock.h"
#include "core/strbuf.h"
#include "json/json.h"
#include "model/shared.h"

/* The master gives a sign four times a second. */
enum { SIGN_MS = 3000 };

enum master_state { MASTER_RUNS, MASTER_HANGS, MASTER_GONE };

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

static int64_t
ms_since(int64_t then_ns, int64_t now_ns)
{
	return then_ns == 0 || then_ns > now_ns ? 0 : (now_ns - then_ns) / 1000000;
}

static const char *
route_name(const struct scoreboard *b, const struct worker_slot *w)
{
	if (w->request_ns == 0 || w->route < 0 || (uint32_t)w->route >= b->route_count)
		return "";
	return b->routes[w->route];
}

/* proc(5): 'S', 'T' ... or 0 when there is no such process. */
static char
process_state(int32_t pid)
{
	char path[40], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(f);
	return state;
}

/* A pid may be somebody else's by now: that the master gives signs decides. */
static enum master_state
master_state(const struct scoreboard *b, int64_t now_ns)
{
	char state = b->master_pid > 0 ? process_state(b->master_pid) : 0;

	if (state == 0 || state == 'Z' || state == 'X')
		return MASTER_GONE;
	if (state == 'T' || state == 't' || ms_since(b->beat_ns, now_ns) > SIGN_MS)
		return MASTER_HANGS;
	return MASTER_RUNS;
}

/* Until now, or the last sign of life. */
static int64_t
up_s(const struct scoreboard *b, int64_t now_ns)
{
	int64_t us = clock_now_us() - b->started_us;

	if (master_state(b, now_ns) != MASTER_RUNS)
		us -= ms_since(b->beat_ns, now_ns) * 1000;
	return us > 0 ? us / 1000000 : 0;
}

/* Has a link, or needs none. */
static int
linked(const struct scoreboard *b)
{
	int n = 0;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		n += b->workers[i].pid != 0 && b->workers[i].link == LINK_READY;
	return n;
}

/* Why one of them has none; "" when all have one. */
static const char *
link_why(const struct scoreboard *b)
{
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->workers[i].pid != 0 &&
		    (b->workers[i].link == LINK_AWAY || b->workers[i].link == LINK_FULL))
			return b->workers[i].why;
	return "";
}

static struct totals
add_up(const struct scoreboard *b, int64_t now_ns)
{
	struct totals t = { 0 };

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		const struct worker_slot *w = &b->workers[i];

		t.requests += w->requests;
		t.errors_5xx += w->errors_5xx;
		t.round_trips += w->round_trips;
		t.busy_ns += w->busy_ns;
		t.db_wait_ns += w->db_wait_ns;
		t.lived_ns += w->lived_ns;
		if (w->pid == 0)
			continue;
		t.lived_ns +=
			w->started_ns < now_ns ? (uint64_t)(now_ns - w->started_ns) : 0;
		t.busy += w->request_ns != 0;
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
print_worker(const struct scoreboard *b, int index, int64_t now_ns)
{
	const struct worker_slot *w = &b->workers[index];
	char age[24] = "-";

	if (w->request_ns != 0)
		snprintf(age, sizeof(age), "%lld ms",
			 (long long)ms_since(w->request_ns, now_ns));
	printf("%6d  %7d  %3u  %-8s  %-8s  %9s  %8llu  %4llu  %s\n", index, w->pid,
	       w->generation,
	       w->stopped_ns != 0 ? "stopped"
				  : worker_state_name((enum worker_state)w->state),
	       worker_link_name((enum worker_link)w->link), age,
	       (unsigned long long)w->requests, (unsigned long long)w->errors_5xx,
	       route_name(b, w));
}

static const char *
not_accepting(const struct scoreboard *b)
{
	if (b->starved)
		return ", NO DESCRIPTORS LEFT: not accepting (limit of open files)";
	return b->accepting ? "" : ", FULL: not accepting";
}

static const struct schema_seen *
schema_of(const struct scoreboard *b)
{
	return &((const struct shared *)(const void *)b)->schema;
}

static void
print_schema(const struct scoreboard *b)
{
	const struct schema_seen *s = schema_of(b);

	if (s->program == 0)
		puts("schema   not known yet");
	else
		printf("schema   version %d, good for programs since version %d; this "
		       "one "
		       "knows %d\n",
		       s->database, s->good_for, s->program);
}

static void
print_text(const struct scoreboard *b)
{
	static const char *const words[] = { [MASTER_RUNS] = "running",
					     [MASTER_HANGS] = "STANDS STILL",
					     [MASTER_GONE] = "NOT RUNNING" };
	int64_t now_ns = clock_mono_ns();
	enum master_state state = master_state(b, now_ns);
	struct totals t = add_up(b, now_ns);

	printf("master   %s, pid %d, %s %lld s, generation %u\n", words[state],
	       b->master_pid, state == MASTER_RUNS ? "up" : "was up",
	       (long long)up_s(b, now_ns), b->generation);
	printf("workers  configured %u, running %u, busy %d\n", b->configured, b->running,
	       t.busy);
	printf("database %d of %u workers have a link%s%s\n", linked(b), b->running,
	       link_why(b)[0] ? ": " : "", link_why(b));
	printf("queue    now %u, oldest %lld ms, longest so far %u, limit %u%s\n",
	       b->queue_now, (long long)ms_since(b->queue_oldest_ns, now_ns),
	       b->queue_max, b->queue_limit, not_accepting(b));
	printf("gate     %u connections, %llu requests handed on\n", b->connections,
	       (unsigned long long)b->handed);
	printf("lost     %llu shed, %llu hung up, %llu crashes, %llu kills\n",
	       (unsigned long long)b->shed_stale, (unsigned long long)b->hung_up,
	       (unsigned long long)b->crashes, (unsigned long long)b->kills);
	print_schema(b);
	printf("time     workers busy %d %%, of that in the database %d %%\n\n",
	       share(t.busy_ns, t.lived_ns), share(t.db_wait_ns, t.busy_ns));
	puts("worker      pid  gen  state     database        age  requests   5xx  "
	     "route");
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->workers[i].pid != 0)
			print_worker(b, i, now_ns);
}

static void
add_number(struct json_writer *w, const char *name, uint64_t n)
{
	json_key(w, name);
	json_i64(w, (int64_t)n);
}

static void
add_worker(struct json_writer *w, const struct scoreboard *b, int index, int64_t now_ns)
{
	const struct worker_slot *slot = &b->workers[index];
	bool busy = slot->request_ns != 0;

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
	json_cstring(w, *route_name(b, slot) != '\0' ? route_name(b, slot) : NULL);
	json_key(w, "request_id");
	json_cstring(w, busy ? slot->request_id : NULL);
	add_number(w, "age_ms", busy ? (uint64_t)ms_since(slot->request_ns, now_ns) : 0);
	add_number(w, "requests", slot->requests);
	add_number(w, "errors_5xx", slot->errors_5xx);
	add_number(w, "round_trips", slot->round_trips);
	add_number(w, "busy_us", slot->busy_ns / 1000);
	add_number(w, "db_wait_us", slot->db_wait_ns / 1000);
	json_end_object(w);
}

static void
add_pool(struct json_writer *w, const struct scoreboard *b, int64_t now_ns)
{
	json_key(w, "running");
	json_bool(w, master_state(b, now_ns) == MASTER_RUNS);
	add_number(w, "master_pid", (uint64_t)b->master_pid);
	add_number(w, "silent_ms", (uint64_t)ms_since(b->beat_ns, now_ns));
	add_number(w, "uptime_s", (uint64_t)up_s(b, now_ns));
	add_number(w, "generation", b->generation);
	add_number(w, "workers_configured", b->configured);
	add_number(w, "workers_running", b->running);
	add_number(w, "workers_linked", (uint64_t)linked(b));
	json_key(w, "link_why");
	json_cstring(w, *link_why(b) != '\0' ? link_why(b) : NULL);
	add_number(w, "connections", b->connections);
	add_number(w, "queue_now", b->queue_now);
	add_number(w, "queue_max", b->queue_max);
	add_number(w, "queue_limit", b->queue_limit);
	add_number(w, "queue_oldest_ms", (uint64_t)ms_since(b->queue_oldest_ns, now_ns));
	json_key(w, "accepting");
	json_bool(w, b->accepting != 0);
	json_key(w, "descriptors_short");
	json_bool(w, b->starved != 0);
	add_number(w, "handed", b->handed);
	add_number(w, "retaken", b->retaken);
	add_number(w, "shed", b->shed_stale);
	add_number(w, "hung_up", b->hung_up);
	add_number(w, "crashes", b->crashes);
	add_number(w, "kills", b->kills);
	add_number(w, "schema_version", (uint64_t)schema_of(b)->database);
	add_number(w, "schema_good_for", (uint64_t)schema_of(b)->good_for);
	add_number(w, "schema_known", (uint64_t)schema_of(b)->program);
}

static void
print_json(const struct scoreboard *b)
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
		if (b->workers[i].pid != 0)
			add_worker(&w, b, i, now_ns);
	json_end_array(&w);
	json_end_object(&w);
	puts(out.ptr);
	strbuf_release(&out);
}

static int
verdict(const struct scoreboard *b)
{
	int64_t now_ns = clock_mono_ns();

	switch (master_state(b, now_ns)) {
	case MASTER_GONE:
		return complain("hob-api is not running: these are the last numbers of "
				"pid %d, %lld s ago",
				b->master_pid,
				(long long)ms_since(b->beat_ns, now_ns) / 1000);
	case MASTER_HANGS:
		return complain("hob-api stands still: no sign of its master, pid %d, "
				"for %lld s (stopped by a signal?)",
				b->master_pid,
				(long long)ms_since(b->beat_ns, now_ns) / 1000);
	case MASTER_RUNS:
		break;
	}
	return 0;
}

int
cmd_status(struct cli *cli, int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	const struct scoreboard *board;
	char path[PATH_MAX];
	enum err e;

	if (argc > 1 && !json)
		return complain_usage("status takes no \"%s\"", argv[1]);
	snprintf(path, sizeof(path), "%s/scoreboard", cli->config.api_run_dir);
	e = scoreboard_open(path, sizeof(struct shared), &board);
	if (e == ERR_INVALID)
		return complain("%s was made by another version of hob-api", path);
	if (e != ERR_OK)
		return complain("%s: %s (did hob-api ever start?)", path,
				strerror(errno));
	if (json)
		print_json(board);
	else
		print_text(board);
	fflush(stdout);
	return verdict(board);
}
