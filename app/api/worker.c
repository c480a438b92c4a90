/*
 * worker.c: the life of a worker: warm up, then one request at a time. All
 * signals are blocked but while it waits for the next one; every reply is whole
 * before its first byte is sent. Whatever it keeps is bounded.
 */
#include "api/worker.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/recall.h"
#include "core/clock.h"
#include "core/die.h"
#include "core/uuid.h"
#include "fcgi/fcgi.h"
#include "log/log.h"
#include "schema.h"

enum {
	EXIT_CONFIG = 78,  /* EX_CONFIG: starting again will not help by itself */
	WARM_UP_MS = 2000, /* a database that is away must not stop the pool */
	RENEW_MS = 2000,   /* a link is made anew in some 20 ms, far away in 700 */
	LOOK_EVERY_MS = 5000,
	REDIS_TIMEOUT_MS = 200,
	REQUEST_ARENA_BYTES = 64 * 1024,
	STARTUP_ARENA_BYTES = 64 * 1024,
	OUTPUT_KEEP_BYTES = 512 * 1024 /* a board of 57 tasks is 43 KB */
};

struct router *
worker_router(struct arena *a)
{
	struct router *router = router_new(a);

	for (int i = 0; i < route_count; i++) {
		if (router_add(router, routes[i].method, routes[i].path, i) != ERR_OK)
			die("route %s %s clashes with another one",
			    http_method_name(routes[i].method), routes[i].path);
	}
	return router;
}

/* Does `seen` say that this program may serve with the schema? NULL, or why not. */
static const char *
misfit(const struct schema_seen *seen, char *text, size_t size)
{
	if (seen->database < seen->program)
		snprintf(text, size,
			 "the database has schema version %d, this program wants %d: run "
			 "this program's `hob migrate` first",
			 seen->database, seen->program);
	else if (seen->good_for > seen->program)
		snprintf(text, size,
			 "the database has schema version %d, good for programs since "
			 "version %d, this one knows %d: install a newer Hob",
			 seen->database, seen->good_for, seen->program);
	else
		return NULL;
	return text;
}

static struct schema_seen
schema_at(const struct db *db, int index)
{
	int64_t version = 0, good_for = 0;

	str_to_i64(db_get(db, index, 0, "schema_version"), &version);
	str_to_i64(db_get(db, index, 0, "schema_good_for"), &good_for);
	return (struct schema_seen){ SCHEMA_VERSION, (int32_t)version,
				     (int32_t)good_for };
}

enum err
worker_check_link(struct db *db, struct schema_seen *seen, const char **why)
{
	static const char *const no_values[] = { NULL };
	static char text[256];
	const struct route *gap;
	struct schema_seen found;
	int index;
	enum err e;

	db_begin(db);
	index = db_queue(db, Q_STARTUP_CHECK, no_values);
	e = db_run(db, clock_mono_ms() + WARM_UP_MS);
	*why = text;
	if (e == ERR_INVALID) {
		snprintf(text, sizeof(text), "startup_check is refused: %s",
			 db_refusal(db)->message);
		return ERR_INTERNAL;
	}
	if (e != ERR_OK)
		return ERR_BUSY;
	found = schema_at(db, index);
	if (seen != NULL)
		*seen = found;
	if (misfit(&found, text, sizeof(text)) != NULL)
		return ERR_INTERNAL;
	if (db_get(db, index, 0, "reason").len > 0) {
		snprintf(text, sizeof(text),
			 "the login of db.url may not serve requests: %.*s; use "
			 "hob_api, or a role that sql/roles.sql made like it",
			 STR_FMT(db_get(db, index, 0, "reason")));
		return ERR_INTERNAL;
	}
	gap = recall_gap(db);
	if (gap != NULL) {
		snprintf(text, sizeof(text),
			 "%s %s has no statement that says in _touch what it changed",
			 http_method_name(gap->method), gap->path);
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

/* What the schema is, when the statements of this program do not fit it. */
static bool
ask_schema(const struct config *c, struct schema_seen *out)
{
	static const char *const no_values[] = { NULL };
	const struct db_statement alone[] = { statements[Q_NONE],
					      statements[Q_READY_CHECK] };
	struct db *db = db_new(&(struct db_options){ .conninfo = c->db_url,
						     .application_name = "hob-api",
						     .prepare = c->db_prepare,
						     .statements = alone,
						     .statement_count = 2 });
	int64_t deadline_ms = clock_mono_ms() + WARM_UP_MS;
	bool known = db_await(db, WARM_UP_MS) == DB_READY &&
		     db_queue(db, 1, no_values) == 0 && db_run(db, deadline_ms) == ERR_OK;

	if (known)
		*out = schema_at(db, 0);
	db_free(db);
	return known;
}

const char *
worker_refusal(const struct db *db, const struct config *c)
{
	static char text[1024];
	char words[256];
	struct schema_seen seen;

	if (ask_schema(c, &seen) && misfit(&seen, words, sizeof(words)) != NULL)
		snprintf(text, sizeof(text), "%s (%s)", words, db_why(db));
	else
		snprintf(text, sizeof(text),
			 "%s (is the schema up to date? `hob migrate`)", db_why(db));
	return text;
}

/* The schema may become another under a link that stays. */
static enum err
look_at_schema(struct worker *w, const char **why)
{
	static const char *const no_values[] = { NULL };
	static char text[256];
	struct schema_seen *seen = &w->heritage->shared->schema;

	db_begin(w->db);
	db_queue(w->db, Q_READY_CHECK, no_values);
	/* Not sooner than a request: a database that is slow keeps its links. */
	if (db_run(w->db, clock_mono_ms() + w->heritage->config.api_deadline_ms) !=
	    ERR_OK)
		return ERR_BUSY;
	*seen = schema_at(w->db, 0);
	*why = misfit(seen, text, sizeof(text));
	return *why == NULL ? ERR_OK : ERR_INTERNAL;
}

static bool
look_is_due(const struct worker *w)
{
	return w->links_checked != db_links(w->db) ||
	       clock_mono_ms() - w->checked_ms >= LOOK_EVERY_MS;
}

static void
look_at_link(struct worker *w)
{
	const char *why = NULL;
	enum err e = ERR_INTERNAL;

	if (w->unfit || (db_state(w->db) == DB_READY && !look_is_due(w)))
		return;
	w->checked_ms = clock_mono_ms();
	if (db_state(w->db) == DB_READY && w->links_checked == db_links(w->db))
		e = look_at_schema(w, &why);
	else if (db_state(w->db) == DB_READY)
		e = worker_check_link(w->db, &w->heritage->shared->schema, &why);
	else if (db_state(w->db) == DB_REFUSED)
		why = worker_refusal(w->db, &w->heritage->config);
	else
		return;
	if (e == ERR_OK) {
		w->links_checked = db_links(w->db);
	} else if (e == ERR_INTERNAL) {
		log_say(LOG_ERROR, "cannot_serve", "%s", why);
		w->unfit = true;
	}
}

static bool
is_linked(const struct worker *w)
{
	return !w->unfit && db_state(w->db) == DB_READY &&
	       w->links_checked == db_links(w->db);
}

bool
worker_link(struct worker *w, int wait_ms, bool hurry)
{
	db_step(w->db, wait_ms, hurry);
	/* Not with a request at hand that has its link: behind it, or in an idle moment. */
	if (!hurry || !is_linked(w))
		look_at_link(w);
	return is_linked(w);
}

bool
worker_renew_link(struct worker *w, int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - clock_mono_ms();
	bool good;

	log_say(LOG_INFO, "link_renewed", "%s", db_refusal(w->db)->message);
	db_put_aside(w->db);
	if (left_ms > 0)
		db_await(w->db, left_ms < RENEW_MS ? (int)left_ms : RENEW_MS);
	good = worker_link(w, 0, false);
	db_take_back(w->db);
	return good;
}

/* Until when an idle worker may sleep: the link's own time, and the next look at it. */
static int
sleep_ms(const struct worker *w)
{
	int wait_ms = db_wait_ms(w->db);

	return wait_ms < 0 || wait_ms > LOOK_EVERY_MS ? LOOK_EVERY_MS : wait_ms;
}

static void
warm_up(struct worker *w)
{
	db_await(w->db, WARM_UP_MS);
	if (!worker_link(w, 0, false))
		log_say(LOG_WARN, "database_away", "%s", db_why(w->db));
}

static int
find_me_route(void)
{
	for (int i = 0; i < route_count; i++)
		if (routes[i].method == HTTP_GET && routes[i].statement == Q_ME)
			return i;
	die("no route shows the caller's account");
}

static void
make_caches(struct worker *w, const struct heritage *h)
{
	struct cache_shared *s = &h->shared->caches;
	size_t users = (size_t)h->config.cache_users;
	size_t half = (size_t)h->config.cache_memory_bytes / 2;

	w->sessions = cache_new(&s->stamps, users, half);
	w->answers = cache_new(&s->stamps, users, half);
	w->remote = (struct remote){ .redis = w->redis, .shared = s };
	w->me_route = find_me_route();
}

static struct worker *
worker_new(struct prefork_worker *pool, const struct heritage *h)
{
	struct worker *w = calloc(1, sizeof(*w));
	const char *why;

	if (w == NULL)
		die("out of memory for a worker");
	w->heritage = h;
	w->pool = pool;
	w->slot = prefork_slot(pool);
	arena_init(&w->startup, STARTUP_ARENA_BYTES);
	arena_init(&w->request, REQUEST_ARENA_BYTES);
	http_response_init(&w->response);
	w->router = worker_router(&w->startup);
	if (binding_check(&w->startup, routes, route_count, &w->binding, &why) != ERR_OK)
		die("%s", why);
	w->plans = reply_plans_new(Q_COUNT);
	w->redis = redis_new(h->config.redis_address, REDIS_TIMEOUT_MS);
	make_caches(w, h);
	w->db = db_new(&(struct db_options){
		.conninfo = h->config.db_url,
		.application_name =
			arena_printf(&w->startup, "hob-api %d", prefork_index(pool)),
		.prepare = h->config.db_prepare,
		.statements = statements,
		.statement_count = Q_COUNT,
	});
	fcgi_init();
	w->fcgi = fcgi_new();
	return w;
}

static void
worker_free(struct worker *w)
{
	fcgi_free(w->fcgi);
	db_free(w->db);
	redis_free(w->redis);
	cache_free(w->sessions);
	cache_free(w->answers);
	reply_plans_free(w->plans);
	http_response_release(&w->response);
	arena_release(&w->request);
	arena_release(&w->startup);
	free(w);
}

/* --- one request --------------------------------------------------------- */

static void
begin(struct worker *w, struct req *r)
{
	struct str given = fcgi_param(w->fcgi, "HTTP_X_REQUEST_ID");

	*r = (struct req){
		.worker = w,
		.arena = &w->request,
		.fcgi = w->fcgi,
		.out = &w->response,
		.route_index = -1,
		.version_number = -1,
		.start_us = clock_now_us(),
		.deadline_ms = w->slot->request_ns / 1000000 +
			       w->heritage->config.api_deadline_ms,
	};
	if (http_request_id_is(given)) {
		r->request_id = given;
	} else {
		char *id = arena_alloc(r->arena, UUID_TEXT_SIZE);

		uuid_v7(id);
		r->request_id = str_of(id);
	}
	w->slot->route = -1;
	w->slot->statement = 0;
	snprintf(w->slot->request_id, sizeof(w->slot->request_id), "%.*s",
		 STR_FMT(r->request_id));
	w->slot->state = WORKER_HANDLING;
	http_response_clear(r->out);
}

static enum log_level
level_of(const struct req *r, bool slow)
{
	if (slow)
		return LOG_WARN;
	return r->route && r->route->is_probe && r->out->status < 400 ? LOG_DEBUG
								      : LOG_INFO;
}

static void
log_request(const struct req *r, int64_t waited_ns, int64_t db_ns, int64_t took_us,
	    uint64_t trips)
{
	bool slow = took_us / 1000 >= r->worker->heritage->config.log_slow_ms;

	log_begin(level_of(r, slow), slow ? "slow_request" : "request");
	log_str("request_id", r->request_id);
	log_str("trace_id", http_trace_id(request_header(r, "HTTP_TRACEPARENT")));
	log_cstr("method", http_method_name(r->method));
	log_cstr("route", r->route ? r->route->path : NULL);
	log_i64("status", r->out->status);
	log_str("user_id", r->user_id);
	log_ms("queue_ms", waited_ns / 1000);
	log_ms("db_ms", db_ns / 1000);
	log_ms("total_ms", took_us);
	log_i64("round_trips", (int64_t)trips);
	if (r->statement != 0)
		log_cstr("statement", statements[r->statement].name);
	log_end();
}

static void
answer(struct worker *w, struct req *r, const struct prefork_conn *c)
{
	int64_t stale_ns = w->heritage->config.api_stale_ms * 1000000;

	if (c->waited_ns <= stale_ns) {
		request_serve(r);
		return;
	}
	__atomic_fetch_add(&w->heritage->shared->board.shed_stale, 1, __ATOMIC_RELAXED);
	r->detail = "The request waited too long for its turn and was not executed.";
	request_refuse(r, ERR_BUSY);
}

/* Reads, answers and accounts for one request. True when the connection goes on. */
static bool
serve(struct worker *w, const struct prefork_conn *c)
{
	uint64_t trips = db_round_trips(w->db), waited_ns = db_waited_ns(w->db);
	int64_t start_ns = clock_mono_ns();
	struct req r;

	if (fcgi_accept(w->fcgi, c->fd) != ERR_OK)
		return false;
	if (fcgi_hung_up(w->fcgi)) {
		__atomic_fetch_add(&w->heritage->shared->board.hung_up, 1,
				   __ATOMIC_RELAXED);
		fcgi_finish(w->fcgi, false);
		return false;
	}
	begin(w, &r);
	answer(w, &r, c);
	w->slot->state = WORKER_WRITING;
	fcgi_send(w->fcgi, http_response_head(r.out), strbuf_str(&r.out->body));
	trips = db_round_trips(w->db) - trips;
	waited_ns = db_waited_ns(w->db) - waited_ns;
	w->slot->round_trips += trips;
	w->slot->db_wait_ns += waited_ns;
	w->slot->errors_5xx += r.out->status >= 500;
	log_request(&r, c->waited_ns, (int64_t)waited_ns,
		    (clock_mono_ns() - start_ns) / 1000, trips);
	/* Kept even when we leave: closing it would cost nginx its next request on it. */
	return fcgi_finish(w->fcgi, true) == ERR_OK;
}

static void
tidy(struct worker *w)
{
	db_begin(w->db);
	strbuf_clear(&w->response.body, OUTPUT_KEEP_BYTES);
	arena_reset(&w->request);
}

static void
reopen_log(struct worker *w)
{
	const struct config *c = &w->heritage->config;

	if (prefork_reopen_wanted(w->pool))
		log_open(c->log_file[0] ? c->log_file : NULL,
			 (enum log_level)c->log_level);
}

/* Between requests: is there a link, and is it still one to work on? */
static void
look(struct worker *w)
{
	worker_link(w, 0, false);
	if (w->unfit)
		prefork_leave(w->pool);
}

/* What was asked for is answered, the connections are with the gate. */
static int
leave(struct worker *w)
{
	int code = w->unfit ? EXIT_CONFIG : EXIT_SUCCESS;

	worker_free(w);
	return code;
}

int
worker_main(struct prefork_worker *pool, void *heritage)
{
	struct worker *w = worker_new(pool, heritage);
	struct prefork_conn c;
	enum err e;

	log_process("hob-api", prefork_index(pool));
	warm_up(w);
	if (w->unfit)
		return leave(w);
	prefork_ready(pool);
	for (;;) {
		struct prefork_extra link = { db_fd(w->db), db_events(w->db),
					      db_fd_serial(w->db) };

		e = prefork_next(pool, &link, sleep_ms(w), &c);
		reopen_log(w);
		if (e == ERR_CLOSED)
			break;
		if (e == ERR_TIMEOUT) {
			look(w);
			continue;
		}
		bool open;
		do {
			open = serve(w, &c);
			tidy(w);
			if (w->unfit)
				prefork_leave(pool);
		} while (prefork_done(pool, &c, open));
		if (look_is_due(w))
			look(w);
	}
	return leave(w);
}
