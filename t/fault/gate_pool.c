/*
 * gate_pool.c: a pool with a trivial handler, for gate_test.mjs.
 *
 * gate_pool DIR [key=value ...] listens on DIR/pool.sock and shows itself in
 * DIR/board; keys are those of struct limits below. HUP reads DIR/limits anew (one
 * key=value per line). While DIR/die is there a worker dies as it starts. GET anything
 * answers "hello", ?sleep=MS after so long,
 * ?abort=1 never; POST answers the length of its body. Master and workers.
 * gate_pool --show DIR prints the scoreboard as JSON.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/strbuf.h"
#include "fcgi/fcgi.h"
#include "gate/gate.h"
#include "gate/gate_worker.h"
#include "log/log.h"
#include "supervise/listen.h"
#include "supervise/supervise.h"

static char dir[200];

enum { READ_MS = 5000 };

struct limits {
	struct supervise_limits pool;
	struct gate_limits gate;
};

/* As it was started, and what a reload may bring. */
static struct limits limits = { { .workers = 4, .drain_ms = 5000, .kill_ms = 15000 },
				{ .queue_per_worker = 16 } };
static struct limits next;

static struct shared {
	struct scoreboard board;
	struct gate_board gate;
} * shared;

static struct gate *gate;

static bool
set_limit(struct limits *l, const char *pair)
{
	long long n;
	char key[32];

	if (sscanf(pair, "%31[^=]=%lld", key, &n) != 2)
		return false;
	if (strcmp(key, "workers") == 0)
		l->pool.workers = (int)n;
	else if (strcmp(key, "queue_per_worker") == 0)
		l->gate.queue_per_worker = (int)n;
	else if (strcmp(key, "max_requests") == 0)
		l->pool.max_work = n;
	else if (strcmp(key, "max_rss_bytes") == 0)
		l->pool.max_rss_bytes = n;
	else if (strcmp(key, "drain_ms") == 0)
		l->pool.drain_ms = n;
	else if (strcmp(key, "stale_ms") == 0)
		l->gate.stale_ms = n;
	else if (strcmp(key, "kill_ms") == 0)
		l->pool.kill_ms = n;
	else
		return false;
	return true;
}

static enum err
reload(void *arg, struct supervise_limits *l)
{
	char path[256], line[80];
	enum err e = ERR_OK;
	FILE *f;

	(void)arg;
	next = limits;
	snprintf(path, sizeof(path), "%s/limits", dir);
	f = fopen(path, "re");
	if (f == NULL)
		return ERR_OK;
	while (e == ERR_OK && fgets(line, sizeof(line), f) != NULL)
		e = set_limit(&next, line) ? ERR_OK : ERR_INVALID;
	fclose(f);
	*l = next.pool;
	return e;
}

static void
reloaded(void *arg, bool good)
{
	(void)arg;
	if (!good)
		return;
	limits = next;
	gate_set_limits(gate, &limits.gate);
}

static void
nap(const char *query)
{
	struct timespec ts;
	long ms;

	if (sscanf(query, "sleep=%ld", &ms) != 1)
		return;
	ts = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	nanosleep(&ts, NULL);
}

static void
answer(struct fcgi *f, struct worker_slot *slot, struct request_slot *doing,
       struct arena *a)
{
	struct str body = STR("hello\n"), query = fcgi_param(f, "QUERY_STRING"), posted;
	struct strbuf head;

	doing->route = 0;
	slot->state = WORKER_HANDLING;
	snprintf(doing->request_id, sizeof(doing->request_id), "req-%llu",
		 (unsigned long long)slot->done);
	if (str_is(query, "abort=1"))
		abort();
	if (query.len > 0)
		nap(query.ptr);
	if (str_is(fcgi_param(f, "REQUEST_METHOD"), "POST"))
		body = fcgi_body(f, a, 8 << 20, &posted) == ERR_OK
			       ? str_of(arena_printf(a, "%zu\n", posted.len))
			       : STR("refused\n");
	strbuf_init(&head);
	strbuf_addf(&head,
		    "Status: 200 OK\r\nContent-Type: text/plain\r\n"
		    "Content-Length: %zu\r\nX-Worker: %d\r\n\r\n",
		    body.len, (int)slot->pid);
	fcgi_send(f, strbuf_str(&head), body);
	strbuf_release(&head);
}

static void
serve(struct child *child, struct gate_worker *w, struct fcgi *f, struct gate_conn *c,
      struct arena *a)
{
	bool open;

	do {
		open = false;
		if (fcgi_accept(f, c->fd) == ERR_OK) {
			answer(f, child_slot(child), gate_worker_slot(w), a);
			arena_reset(a);
			open = fcgi_finish(f, true) == ERR_OK;
		}
	} while (gate_done(w, c, open));
}

static int
worker_main(struct child *child, void *arg)
{
	struct gate_worker *w;
	struct gate_conn c;
	struct arena a;
	struct fcgi *f;
	char path[256];
	enum err e;

	(void)arg;
	snprintf(path, sizeof(path), "%s/die", dir);
	if (access(path, F_OK) == 0)
		return EXIT_FAILURE;
	fcgi_init();
	f = fcgi_new();
	arena_init(&a, 4096);
	w = gate_worker_new(child, gate, READ_MS);
	child_ready(child);
	while ((e = gate_next(w, NULL, -1, &c)) != ERR_CLOSED)
		if (e == ERR_OK)
			serve(child, w, f, &c, &a);
	gate_worker_free(w);
	fcgi_free(f);
	arena_release(&a);
	return EXIT_SUCCESS;
}

static bool
check_new(void *arg, const char *path)
{
	char refuse[256];

	(void)arg;
	(void)path;
	snprintf(refuse, sizeof(refuse), "%s/refuse", dir);
	return access(refuse, F_OK) != 0;
}

static void
log_work(void *arg, int index)
{
	(void)arg;
	gate_log_request(&shared->gate, index);
}

static void
print_board(const struct shared *b)
{
	uint64_t requests = 0, busy_ns = 0;
	int i;

	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		requests += b->board.workers[i].done;
		busy_ns += b->board.workers[i].busy_ns;
	}
	printf("{\"master\":%d,\"generation\":%u,\"configured\":%u,\"running\":%u,"
	       "\"connections\":%u,\"queue_now\":%u,\"queue_max\":%u,\"crashes\":%llu,"
	       "\"kills\":%llu,\"handed\":%llu,\"retaken\":%llu,\"requests\":%llu,"
	       "\"busy_ns\":%llu,\"workers\":[",
	       b->board.master_pid, b->board.generation, b->board.configured,
	       b->board.running, b->gate.connections, b->gate.queue_now,
	       b->gate.queue_max, (unsigned long long)b->board.crashes,
	       (unsigned long long)b->board.kills, (unsigned long long)b->gate.handed,
	       (unsigned long long)b->gate.retaken, (unsigned long long)requests,
	       (unsigned long long)busy_ns);
	for (i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->board.workers[i].pid != 0)
			printf("{\"pid\":%d,\"generation\":%u,\"state\":\"%s\"},",
			       b->board.workers[i].pid, b->board.workers[i].generation,
			       worker_state_name(b->board.workers[i].state));
	puts("null]}");
}

static int
show(const char *where)
{
	const struct scoreboard *b;
	char path[256];

	snprintf(path, sizeof(path), "%s/board", where);
	if (scoreboard_open(path, sizeof(struct shared), &b) != ERR_OK)
		return EXIT_FAILURE;
	print_board((const struct shared *)(const void *)b);
	return EXIT_SUCCESS;
}

/* False with errno. */
static bool
make_shared(struct gate_options *o)
{
	struct scoreboard *board;
	char path[256];

	snprintf(path, sizeof(path), "%s/pool.sock", dir);
	if (o->listen_fd < 0)
		o->listen_fd = listen_at(path, NULL, GATE_BACKLOG);
	snprintf(path, sizeof(path), "%s/board", dir);
	if (o->listen_fd < 0 ||
	    scoreboard_create(path, sizeof(struct shared), &board) != ERR_OK)
		return false;
	shared = (struct shared *)(void *)board;
	shared->gate.route_count = 1;
	snprintf(shared->gate.routes[0], GATE_ROUTE_SIZE, "GET /hello");
	o->board = &shared->gate;
	o->pool = &shared->board;
	return true;
}

int
main(int argc, char **argv)
{
	struct gate_options o = { .listen_fd = -1 };
	struct supervisor s = { .argv = argv,
				.worker_main = worker_main,
				.front = &gate_front,
				.reload = reload,
				.reloaded = reloaded,
				.log_work = log_work,
				.check_new = check_new };
	int i;

	if (argc < 2)
		return EXIT_FAILURE;
	if (argc == 3 && strcmp(argv[1], "--show") == 0)
		return show(argv[2]);
	snprintf(dir, sizeof(dir), "%s", argv[1]);
	for (i = 2; i < argc; i++)
		if (!set_limit(&limits, argv[i]))
			return EXIT_FAILURE;
	supervise_inherit(&s);
	gate_inherit(&o);
	if (!make_shared(&o)) {
		fprintf(stderr, "gate_pool: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	s.limits = limits.pool;
	o.limits = limits.gate;
	s.board = &shared->board;
	gate = gate_new(&o);
	s.front_arg = gate;
	return supervise_run(&s);
}
