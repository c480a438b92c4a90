/*
 * program.c: a program that serves, from the command line to the pool. The code here until
 * supervise_run forks is the master's: it opens neither PostgreSQL nor Redis. -t, -T, -o
 * and -r end before there is a master.
 */
#define HOB_MASTER
#include "serve/heritage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine/confine.h"
#include "core/clock.h"
#include "core/rand.h"
#include "crypto/hash.h"
#include "gate/gate.h"
#include "log/log.h"
#include "serve/cached.h"
#include "serve/check.h"
#include "serve/host.h"
#include "serve/invalidate.h"
#include "serve/neighbour.h"
#include "serve/options.h"
#include "supervise/pid_file.h"
#include "supervise/supervise.h"

enum { PATH_SIZE = 512 };

/* --- configuration ------------------------------------------------------- */

static struct supervise_limits
limits_of(const struct config *c)
{
	return (struct supervise_limits){
		.workers = (int)program_pool(c)->workers,
		.max_work = c->api_max_requests,
		.max_rss_bytes = c->api_max_rss_bytes,
		.drain_ms = c->api_drain_ms,
		.kill_ms = c->api_kill_ms,
	};
}

static struct gate_limits
gate_limits_of(const struct config *c)
{
	return (struct gate_limits){
		.queue_per_worker = (int)c->api_queue_per_worker,
		.stale_ms = c->api_stale_ms,
	};
}

/* --- what the pool asks of its program ----------------------------------- */

static void
reopen_logs(void *arg)
{
	const struct heritage *h = arg;

	settings_reopen_log(&h->config);
}

static void
reloaded(void *arg, bool good)
{
	struct heritage *h = arg;
	struct gate_limits limits;

	settings_reloaded(&h->settings, good);
	limits = gate_limits_of(&h->config);
	gate_set_limits(h->gate, &limits);
}

static enum err
reload(void *arg, struct supervise_limits *limits)
{
	struct heritage *h = arg;
	enum err e = settings_reload(&h->settings);

	if (e == ERR_OK)
		*limits = limits_of(&h->config);
	return e;
}

/* All checks of -t. `reload` reports a moment later a file that cannot be read at all. */
static bool
check_reload(void *arg)
{
	const struct heritage *h = arg;
	struct config fresh;

	return !settings_to_come(&h->settings, &fresh) ||
	       check_serving(&fresh, h->settings.path, CHECK_LOG);
}

/*
 * A worker that died in a write may not have invalidated its changes. GET changes
 * nothing, and before the route is known the database was not asked.
 */
static void
forget(void *arg, int32_t pid, int undone)
{
	struct heritage *h = arg;

	permits_forget(&h->shared->passwords.usual, pid);
	permits_forget(&h->shared->passwords.dear, pid);
	permits_forget(&h->shared->lane, pid);
	if (undone >= 0 && (h->shared->board.workers[undone].generation == 0 ||
			    route_writes(h->shared->gate.requests[undone].route))) {
		cache_doubt(&h->shared->caches);
		neighbour_doubt(&h->config);
		invalidate_say_doubt(&h->shared->caches, "a worker died in a request");
	}
}

/* For the host, not for each worker, and however often it is tried. */
static void
cut_off(void *arg, bool is_cut_off, const char *why)
{
	(void)arg;
	if (is_cut_off)
		log_say(LOG_ERROR, "database_away",
			"%s: requests that need it are refused until it is back", why);
	else
		log_say(LOG_WARN, "database_back", "requests are served again");
}

static void
log_work(void *arg, int index)
{
	const struct heritage *h = arg;
	int32_t statement = h->shared->gate.requests[index].statement;

	gate_log_request(&h->shared->gate, index);
	if (statement != 0)
		log_cstr("statement", route_statement_name(statement));
}

/* Other hosts are not heard until the next relay is. */
static void
relay_gone(void *arg)
{
	struct heritage *h = arg;

	cache_disconnect(&h->shared->caches, h->config.redis_address[0] == '\0');
}

/*
 * May the running relay stay? Not when its Redis, its log, or the key of its values (db.,
 * cursor.) changed; nor with TLS, as only a new one reads the certificates anew.
 */
static bool
relay_stays(void *arg)
{
	static const char *const its_own[] = { "redis.", "log.", "db.", "cursor." };
	const struct heritage *h = arg;

	for (size_t i = 0; i < sizeof(its_own) / sizeof(its_own[0]); i++)
		if (conf_changed(config_keys, config_key_count, its_own[i],
				 &h->settings.former, &h->config))
			return false;
	return !str_starts(str_of(h->config.redis_address), STR("rediss:"));
}

static bool
check_new(void *arg, const char *path)
{
	const struct heritage *h = arg;

	return settings_check_new(&h->settings, path);
}

/* --- starting ------------------------------------------------------------ */

static int
fail(const char *what, const char *object)
{
	fprintf(stderr, "%s: %s %s: %s\n", program_name(), what, object, strerror(errno));
	return EXIT_CONFIG;
}

/*
 * A quarter of the pool may hash, as many again may wait, and a quarter may serve callers
 * with long work: the others are free for the rest. Of dear proofs there is one at a time, and who
 * works one out or waits for it is a quarter of the pool together.
 */
static void
init_permits(struct shared *s, const struct config *c)
{
	uint32_t workers = (uint32_t)program_pool(c)->workers;
	uint32_t quarter = workers >= 4 ? workers / 4 : 1;
	uint32_t hash = c->auth_hash_slots ? (uint32_t)c->auth_hash_slots : quarter;

	permits_init(&s->passwords.usual, hash, quarter);
	permits_init(&s->passwords.dear, 1, quarter - 1);
	permits_init(&s->lane, quarter, 0);
}

static enum err
make_shared(struct heritage *h)
{
	char path[PATH_SIZE];
	struct scoreboard *board;
	enum err e;

	snprintf(path, sizeof(path), "%s/scoreboard", program_pool(&h->config)->run_dir);
	e = scoreboard_create(path, sizeof(struct shared), &board);
	if (e != ERR_OK)
		return e;
	h->shared = (struct shared *)(void *)board;
	init_permits(h->shared, &h->config);
	limit_init(&h->shared->limits);
	h->shared->figures.since_us = clock_now_us();
	cache_shared_init(&h->shared->caches, h->config.redis_address[0] == '\0');
	routes_name(&h->shared->gate);
	return ERR_OK;
}

static void
make_cursor_secret(struct heritage *h)
{
	if (h->config.cursor_secret[0])
		sha256(str_of(h->config.cursor_secret), h->cursor_secret);
	else
		rand_bytes(h->cursor_secret, sizeof(h->cursor_secret));
}

/* NAME.pid or NAME.status, where the program has its files. */
static const char *
own_path(const struct heritage *h, const char *end, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s.%s", program_pool(&h->config)->run_dir,
		 program_name(), end);
	return path;
}

static const char *
pid_path(const struct heritage *h)
{
	static char path[PATH_SIZE];

	return own_path(h, "pid", path);
}

/* Removes what a start made, except the scoreboard with its last numbers. */
static void
clean_up(const struct heritage *h, const struct gate_options *o, bool locked)
{
	if (!o->listen_kept)
		unlink(program_pool(&h->config)->socket);
	if (locked)
		unlink(pid_path(h));
}

/* clang-format off */
static const struct aide aides[] = {
	{ "hob-relay", relay_main, 1, RELAY_BEAT_MS, AIDE_ALWAYS, relay_stays, relay_gone },
};
/* clang-format on */

static int
supervise(struct heritage *h, struct supervisor *s, struct gate_options *o)
{
	const char *group = program_pool(&h->config)->socket_group;
	char path[PATH_SIZE];
	int code;

	make_cursor_secret(h);
	s->board = &h->shared->board;
	s->status_path = own_path(h, "status", path);
	s->status_group = group[0] ? group : NULL;
	o->pool = &h->shared->board;
	o->board = &h->shared->gate;
	h->gate = gate_new(o);
	s->front_arg = h->gate;
	code = supervise_run(s);
	gate_free(h->gate);
	clean_up(h, o, true);
	return code;
}

static int
run(struct heritage *h, struct supervisor *s, struct gate_options *o)
{
	enum err e = pid_file_lock(pid_path(h), &s->lock_fd);
	int code;

	if (!h->config.debug_attach)
		confine_memory();
	/* A log at its limit of size is told by write(2). */
	signal(SIGXFSZ, SIG_IGN);
	if (e == ERR_CONFLICT) {
		clean_up(h, o, false);
		fprintf(stderr, "%s: another %s runs in %s (see %s)\n", program_name(),
			program_name(), program_pool(&h->config)->run_dir, pid_path(h));
		return EXIT_CONFIG;
	}
	if (e != ERR_OK || make_shared(h) != ERR_OK) {
		code = fail("cannot write in", program_pool(&h->config)->run_dir);
		clean_up(h, o, s->lock_fd >= 0);
		return code;
	}
	return supervise(h, s, o);
}

static int
serve(struct heritage *h, char **argv)
{
	struct gate_options o = { .limits = gate_limits_of(&h->config) };
	struct supervisor s = {
		.limits = limits_of(&h->config),
		.argv = argv,
		.arg = h,
		.worker_main = worker_main,
		.aides = aides,
		.aide_count = sizeof(aides) / sizeof(aides[0]),
		.front = &gate_front,
		.status_pages = pool_pages,
		.reload = reload,
		.check_reload = check_reload,
		.reloaded = reloaded,
		.reopen_logs = reopen_logs,
		.forget = forget,
		.cut_off = cut_off,
		.log_work = log_work,
		.check_new = check_new,
	};

	supervise_inherit(&s);
	gate_inherit(&o);
	if (!host_start(&h->config, h->settings.path, CHECK_COMPLAIN, &o.listen_fd))
		; /* it has said why */
	else if (settings_open_log(&h->config) != ERR_OK)
		fail("cannot write", h->config.log_file);
	else
		return run(h, &s, &o);
	if (o.listen_fd >= 0)
		clean_up(h, &o, false);
	return EXIT_CONFIG;
}

int
main(int argc, char **argv)
{
	const struct program_text text = options_text();
	struct options o;
	struct heritage h = { 0 };
	int code;

	if (!command_line_read(&text, argc, argv, &o, &code))
		return code;
	if (o.mode == 'r')
		return check_print_routes(o.json) ? EXIT_SUCCESS : EXIT_CONFIG;
	h.settings = (struct settings){ .program = program_name(),
					.path = config_path(o.config_path),
					.config = &h.config };
	if (settings_begin(&h.settings) != ERR_OK)
		return EXIT_CONFIG;
	if (o.mode == 'T') {
		conf_print(config_keys, config_key_count, &h.config, stdout);
		return EXIT_SUCCESS;
	}
	if (o.mode == 'o')
		return check_print_openapi(&h.config) ? EXIT_SUCCESS : EXIT_CONFIG;
	if (o.mode == 't')
		return check_all(&h.config, h.settings.path) ? EXIT_SUCCESS : EXIT_CONFIG;
	log_process(program_name(), -1);
	code = serve(&h, argv);
	settings_end(&h.settings);
	return code;
}
