/*
 * gate_pool.c: a pool with a trivial handler, for gate_test.mjs.
 *
 * gate_pool DIR [key=value ...] listens on DIR/pool.sock and shows itself in
 * DIR/board; keys are those of struct prefork_limits. HUP reads DIR/limits anew (one
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
#include "log/log.h"
#include "supervise/supervise.h"

static char dir[200];

static struct prefork_limits limits = { .workers = 4,
					.queue_per_worker = 16,
					.drain_ms = 5000,
					.kill_ms = 15000,
					.read_ms = 5000 };

static bool
set_limit(struct prefork_limits *l, const char *pair)
{
	long long n;
	char key[32];

	if (sscanf(pair, "%31[^=]=%lld", key, &n) != 2)
		return false;
	if (strcmp(key, "workers") == 0)
		l->workers = (int)n;
	else if (strcmp(key, "queue_per_worker") == 0)
		l->queue_per_worker = (int)n;
	else if (strcmp(key, "max_requests") == 0)
		l->max_requests = n;
	else if (strcmp(key, "max_rss_bytes") == 0)
		l->max_rss_bytes = n;
	else if (strcmp(key, "drain_ms") == 0)
		l->drain_ms = n;
	else if (strcmp(key, "stale_ms") == 0)
		l->stale_ms = n;
	else if (strcmp(key, "kill_ms") == 0)
		l->kill_ms = n;
	else
		return false;
	return true;
}

static enum err
reload(void *arg, struct prefork_limits *l)
{
	char path[256], line[80];
	enum err e = ERR_OK;
	FILE *f;

	(void)arg;
	snprintf(path, sizeof(path), "%s/limits", dir);
	f = fopen(path, "re");
	if (f == NULL)
		return ERR_OK;
	while (e == ERR_OK && fgets(line, sizeof(line), f) != NULL)
		e = set_limit(l, line) ? ERR_OK : ERR_INVALID;
	fclose(f);
	return e;
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
answer(struct fcgi *f, struct worker_slot *slot, struct arena *a)
{
	struct str body = STR("hello\n"), query = fcgi_param(f, "QUERY_STRING"), posted;
	struct strbuf head;

	slot->route = 0;
	slot->state = WORKER_HANDLING;
	snprintf(slot->request_id, sizeof(slot->request_id), "req-%llu",
		 (unsigned long long)slot->requests);
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
serve(struct prefork_worker *w, struct fcgi *f, struct prefork_conn *c, struct arena *a)
{
	bool open;

	do {
		open = false;
		if (fcgi_accept(f, c->fd) == ERR_OK) {
			answer(f, prefork_slot(w), a);
			arena_reset(a);
			open = fcgi_finish(f, true) == ERR_OK;
		}
	} while (prefork_done(w, c, open));
}

static int
worker_main(struct prefork_worker *w, void *arg)
{
	struct prefork_conn c;
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
	prefork_ready(w);
	while ((e = prefork_next(w, NULL, -1, &c)) != ERR_CLOSED)
		if (e == ERR_OK)
			serve(w, f, &c, &a);
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

static int
show(const char *where)
{
	const struct scoreboard *b;
	uint64_t requests = 0, busy_ns = 0;
	char path[256];
	int i;

	snprintf(path, sizeof(path), "%s/board", where);
	if (scoreboard_open(path, sizeof(*b), &b) != ERR_OK)
		return EXIT_FAILURE;
	for (i = 0; i < SCOREBOARD_WORKERS; i++) {
		requests += b->workers[i].requests;
		busy_ns += b->workers[i].busy_ns;
	}
	printf("{\"master\":%d,\"generation\":%u,\"configured\":%u,\"running\":%u,"
	       "\"connections\":%u,\"queue_now\":%u,\"queue_max\":%u,\"crashes\":%llu,"
	       "\"kills\":%llu,\"handed\":%llu,\"retaken\":%llu,\"requests\":%llu,"
	       "\"busy_ns\":%llu,\"workers\":[",
	       b->master_pid, b->generation, b->configured, b->running, b->connections,
	       b->queue_now, b->queue_max, (unsigned long long)b->crashes,
	       (unsigned long long)b->kills, (unsigned long long)b->handed,
	       (unsigned long long)b->retaken, (unsigned long long)requests,
	       (unsigned long long)busy_ns);
	for (i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->workers[i].pid != 0)
			printf("{\"pid\":%d,\"generation\":%u,\"state\":\"%s\"},",
			       b->workers[i].pid, b->workers[i].generation,
			       worker_state_name(b->workers[i].state));
	puts("null]}");
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct prefork p = { .argv = argv,
			     .worker_main = worker_main,
			     .reload = reload,
			     .check_new = check_new };
	char path[256];
	int i;

	if (argc < 2)
		return EXIT_FAILURE;
	if (argc == 3 && strcmp(argv[1], "--show") == 0)
		return show(argv[2]);
	snprintf(dir, sizeof(dir), "%s", argv[1]);
	for (i = 2; i < argc; i++)
		if (!set_limit(&limits, argv[i]))
			return EXIT_FAILURE;
	p.limits = limits;
	prefork_inherit(&p);
	snprintf(path, sizeof(path), "%s/pool.sock", dir);
	if (p.listen_fd < 0)
		p.listen_fd = prefork_bind(path, NULL);
	snprintf(path, sizeof(path), "%s/board", dir);
	if (p.listen_fd < 0 ||
	    scoreboard_create(path, sizeof(struct scoreboard), &p.board) != ERR_OK) {
		fprintf(stderr, "gate_pool: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	p.board->route_count = 1;
	snprintf(p.board->routes[0], SCOREBOARD_NAME_SIZE, "GET /hello");
	return prefork_run(&p);
}
