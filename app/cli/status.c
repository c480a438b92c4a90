/*
 * status.c: `hob status`, what the pool of this host is doing right now.
 *
 * Reads the scoreboard file directly, so it answers also while every worker is
 * busy, or dead. Numbers move while they are read: they are a look, not an
 * account. Asks nobody, changes nothing.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "core/clock.h"
#include "core/strbuf.h"
#include "json/json.h"
#include "model/shared.h"

/* Sums over the workers that run now. */
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

static bool
master_lives(const struct scoreboard *b)
{
	return b->master_pid > 0 && (kill(b->master_pid, 0) == 0 || errno == EPERM);
}

static struct totals
add_up(const struct scoreboard *b, int64_t now_ns)
{
	struct totals t = { 0 };

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		const struct worker_slot *w = &b->workers[i];

		if (w->pid == 0)
			continue;
		t.requests += w->requests;
		t.errors_5xx += w->errors_5xx;
		t.round_trips += w->round_trips;
		t.busy_ns += w->busy_ns;
		t.db_wait_ns += w->db_wait_ns;
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
	printf("%6d  %7d  %3u  %-8s  %9s  %8llu  %4llu  %s\n", index, w->pid,
	       w->generation, worker_state_name((enum worker_state)w->state), age,
	       (unsigned long long)w->requests, (unsigned long long)w->errors_5xx,
	       route_name(b, w));
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
	int64_t now_ns = clock_mono_ns();
	int64_t up_s = (clock_now_us() - b->started_us) / 1000000;
	struct totals t = add_up(b, now_ns);

	printf("master   %s, pid %d, up %lld s, generation %u\n",
	       master_lives(b) ? "running" : "NOT RUNNING", b->master_pid,
	       (long long)up_s, b->generation);
	printf("workers  configured %u, running %u, busy %d\n", b->configured, b->running,
	       t.busy);
	printf("queue    now %u, oldest %lld ms, longest so far %u, limit %u%s\n",
	       b->queue_now, (long long)ms_since(b->queue_oldest_ns, now_ns),
	       b->queue_max, b->queue_limit, b->accepting ? "" : ", FULL: not accepting");
	printf("gate     %u connections, %llu requests handed on\n", b->connections,
	       (unsigned long long)b->handed);
	printf("lost     %llu shed, %llu hung up, %llu crashes, %llu kills\n",
	       (unsigned long long)b->shed_stale, (unsigned long long)b->hung_up,
	       (unsigned long long)b->crashes, (unsigned long long)b->kills);
	print_schema(b);
	printf("time     workers busy %d %%, of that in the database %d %%\n\n",
	       share(t.busy_ns, t.lived_ns), share(t.db_wait_ns, t.busy_ns));
	puts("worker      pid  gen  state           age  requests   5xx  route");
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
	json_bool(w, master_lives(b));
	add_number(w, "master_pid", (uint64_t)b->master_pid);
	add_number(w, "uptime_s", (uint64_t)((clock_now_us() - b->started_us) / 1000000));
	add_number(w, "generation", b->generation);
	add_number(w, "workers_configured", b->configured);
	add_number(w, "workers_running", b->running);
	add_number(w, "connections", b->connections);
	add_number(w, "queue_now", b->queue_now);
	add_number(w, "queue_max", b->queue_max);
	add_number(w, "queue_limit", b->queue_limit);
	add_number(w, "queue_oldest_ms", (uint64_t)ms_since(b->queue_oldest_ns, now_ns));
	json_key(w, "accepting");
	json_bool(w, b->accepting != 0);
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
	e = scoreboard_open(path, &board);
	if (e == ERR_INVALID)
		return complain("%s was made by another version of hob-api", path);
	if (e != ERR_OK)
		return complain("%s: %s (did hob-api ever start?)", path,
				strerror(errno));
	if (json)
		print_json(board);
	else
		print_text(board);
	return 0;
}
