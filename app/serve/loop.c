/*
 * loop.c: the life of a worker: warm up, then one request at a time. All
 * signals are blocked but while it waits for the next one; every reply is whole
 * before its first byte is sent, but for those in pieces (stream.h). Whatever it keeps is bounded.
 */
#include "serve/worker.h"

#include <stdio.h>
#include <stdlib.h>

#include "confine/confine.h"
#include "core/clock.h"
#include "core/die.h"
#include "core/uuid.h"
#include "core/wipe.h"
#include "fcgi/fcgi.h"
#include "log/log.h"
#include "media/media.h"
#include "model/row_plan.h"
#include "serve/cached.h"
#include "serve/figures.h"
#include "serve/link.h"
#include "serve/surface.h"
#include "storage/directory.h"

enum {
	/* A database that is away must not stop the pool, nor let what waits become stale (api.stale). */
	WARM_UP_MS = 1500,
	REQUEST_ARENA_BYTES = 64 * 1024,
	STARTUP_ARENA_BYTES = 64 * 1024,
	OUTPUT_KEEP_BYTES = 512 * 1024 /* a usual page is 43 KB */
};

struct router *
worker_router(struct arena *a)
{
	struct router *router = router_new(a);

	for (int i = 0; i < surface_route_count(); i++) {
		if (router_add(router, surface_route(i)->method, surface_route(i)->path,
			       i) != ERR_OK)
			die("route %s %s clashes with another one",
			    http_method_name(surface_route(i)->method),
			    surface_route(i)->path);
	}
	return router;
}

void
worker_confine(const struct heritage *h, enum confine_kept kept)
{
	if (!h->config.debug_attach && confine_calls(kept) != ERR_OK)
		die("no seccomp filter: the kernel has none; debug.attach = on does "
		    "without");
}

static void
warm_up(struct worker *w)
{
	db_await(w->db, WARM_UP_MS);
	link_step(w, 0, false);
}

/* -1: nobody is remembered. */
static int
find_me_route(void)
{
	if (surface.own.enter_known == NO_STATEMENT)
		return -1;
	for (int i = 0; i < surface_route_count(); i++)
		if (surface_route(i)->method == HTTP_GET &&
		    surface_route(i)->statement == surface.own.me)
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
worker_new(struct child *c, const struct heritage *h)
{
	struct worker *w = calloc(1, sizeof(*w));
	struct redis_where where = heritage_redis(h);
	const char *why;

	if (w == NULL)
		die("out of memory for a worker");
	w->heritage = h;
	w->child = c;
	w->slot = child_slot(c);
	w->gate = gate_worker_new(c, h->gate, (int)h->config.api_read_ms);
	w->doing = gate_worker_slot(w->gate);
	arena_init(&w->startup, STARTUP_ARENA_BYTES);
	arena_init(&w->request, REQUEST_ARENA_BYTES);
	http_response_init(&w->response);
	w->router = worker_router(&w->startup);
	if (binding_check(&w->startup, surface_routes(&w->startup), surface_route_count(),
			  &w->binding, &why) != ERR_OK)
		die("%s", why);
	w->plans = row_plans_new(surface.statement_count);
	if (surface.media != NULL) {
		w->store = store_directory(h->config.files_dir);
		w->media = media_new();
	}
	w->redis = redis_new(&where, REDIS_TIMEOUT_MS);
	make_caches(w, h);
	w->db = db_new(&(struct db_options){
		.conninfo = program_pool(&h->config)->db_url,
		.application_name = arena_printf(&w->startup, "%s %d", program_name(),
						 child_index(c)),
		.names = &h->shared->names,
		.prepare = h->config.db_prepare,
		.statements = surface.statements,
		.statement_count = surface.statement_count,
	});
	fcgi_init();
	w->fcgi = fcgi_new();
	return w;
}

static void
worker_free(struct worker *w)
{
	fcgi_free(w->fcgi);
	gate_worker_free(w->gate);
	db_free(w->db);
	redis_free(w->redis);
	cache_free(w->sessions);
	cache_free(w->answers);
	row_plans_free(w->plans);
	store_free(w->store);
	media_free(w->media);
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
		.sayings = arena_zalloc(&w->request, 1, sizeof(*r->sayings)),
		.route_index = -1,
		.version_number = -1,
		.start_us = clock_now_us(),
		.deadline_ms =
			w->slot->work_ns / 1000000 + w->heritage->config.api_deadline_ms,
	};
	if (http_request_id_is(given)) {
		r->request_id = given;
	} else {
		char *id = arena_alloc(r->arena, UUID_TEXT_SIZE);

		uuid_v7(id);
		r->request_id = str_of(id);
	}
	w->doing->route = -1;
	w->doing->statement = 0;
	snprintf(w->doing->request_id, sizeof(w->doing->request_id), "%.*s",
		 STR_FMT(r->request_id));
	w->slot->state = WORKER_HANDLING;
	http_response_clear(r->out);
}

static enum log_level
level_of(const struct req *r, bool slow)
{
	if (slow || r->out->status >= 500)
		return LOG_WARN;
	return r->route && r->route->is_probe && r->out->status < 400 ? LOG_DEBUG
								      : LOG_INFO;
}

static void
log_request(const struct req *r, int64_t waited_ns, int64_t db_ns, int64_t took_us,
	    uint64_t trips)
{
	/* The caller's wait, in the queue too. */
	int64_t waited_ms = (waited_ns / 1000 + took_us) / 1000;
	bool slow = waited_ms >= r->worker->heritage->config.log_slow_ms;

	log_begin(level_of(r, slow), slow ? "slow_request" : "request");
	log_str("request_id", r->request_id);
	log_str("trace_id", http_trace_id(request_header(r, "HTTP_TRACEPARENT")));
	log_cstr("method", http_method_name(r->method));
	log_cstr("route", r->route ? r->route->path : NULL);
	log_i64("status", r->out->status);
	log_str("user_id", r->principal.user_id);
	log_ms("queue_ms", waited_ns / 1000);
	log_ms("db_ms", db_ns / 1000);
	log_ms("total_ms", took_us);
	log_i64("round_trips", (int64_t)trips);
	if (r->statement != 0)
		log_cstr("statement", surface.statements[r->statement].name);
	log_end();
}

static void
answer(struct worker *w, struct req *r, const struct gate_conn *c)
{
	int64_t stale_ns = w->heritage->config.api_stale_ms * 1000000;

	if (stale_ns == 0 || c->waited_ns <= stale_ns) {
		request_serve(r);
		return;
	}
	__atomic_fetch_add(&w->heritage->shared->gate.shed_stale, 1, __ATOMIC_RELAXED);
	r->detail = "The request waited too long for its turn and was not executed.";
	request_refuse(r, ERR_BUSY);
}

/* No body for HEAD: nginx would only drop it, and need not read it. */
static struct str
body_of(const struct worker *w, const struct req *r)
{
	return str_is(fcgi_param(w->fcgi, "REQUEST_METHOD"), "HEAD")
		       ? STR("")
		       : strbuf_str(&r->out->body);
}

/*
 * The usual time of a trip to the database: about that of the quickest tenth, as nine
 * short trips outweigh a long one. When all are long (far away, or slow) long is usual.
 */
static uint64_t
learn_usual(struct worker *w, uint64_t each_ns)
{
	uint64_t usual_ns = w->usual_ns, lower_ns = usual_ns - usual_ns / 4;

	if (w->usual_links != db_links(w->db))
		usual_ns = each_ns;
	else if (each_ns < usual_ns)
		usual_ns = each_ns > lower_ns ? each_ns : lower_ns;
	else
		usual_ns += usual_ns / 40;
	w->usual_links = db_links(w->db);
	w->usual_ns = usual_ns;
	return usual_ns;
}

/*
 * The time the database worked for a request, in ms: the excess over three times the
 * usual. 0 when it failed, except by statement_timeout.
 */
static int64_t
worked_ms(struct worker *w, const struct req *r, uint64_t trips, uint64_t waited_ns)
{
	uint64_t usual_ns;

	if (trips == 0 || (r->out->status >= 500 && !r->ran_out_of_time))
		return 0;
	usual_ns = 3 * trips * learn_usual(w, waited_ns / trips);
	return waited_ns > usual_ns ? (int64_t)(waited_ns - usual_ns) / 1000000 : 0;
}

/* Reads, answers and accounts for one request. True when the connection goes on. */
static bool
serve(struct worker *w, const struct gate_conn *c)
{
	uint64_t trips = db_round_trips(w->db), waited_ns = db_waited_ns(w->db);
	int64_t start_ns = clock_mono_ns(), took_us;
	struct req r;

	if (fcgi_accept(w->fcgi, c->fd) != ERR_OK)
		return false;
	if (fcgi_hung_up(w->fcgi)) {
		__atomic_fetch_add(&w->heritage->shared->gate.hung_up, 1,
				   __ATOMIC_RELAXED);
		fcgi_finish(w->fcgi, false);
		return false;
	}
	begin(w, &r);
	answer(w, &r, c);
	trips = db_round_trips(w->db) - trips;
	waited_ns = db_waited_ns(w->db) - waited_ns;
	limit_worked(&r, worked_ms(w, &r, trips, waited_ns));
	w->slot->state = WORKER_WRITING;
	fcgi_send(w->fcgi, r.out->in_parts ? STR("") : http_response_head(r.out),
		  body_of(w, &r));
	w->doing->round_trips += trips;
	w->doing->db_wait_ns += waited_ns;
	w->doing->errors_5xx += r.out->status >= 500;
	took_us = (clock_mono_ns() - start_ns) / 1000;
	figures_note(w, &r, c->waited_ns / 1000 + took_us);
	durations_add(&w->heritage->shared->durations, r.route_index, r.out->status,
		      c->waited_ns / 1000 + took_us);
	log_request(&r, c->waited_ns, (int64_t)waited_ns, took_us, trips);
	/* Kept even when we leave: closing it would cost nginx its next request on it. */
	return fcgi_finish(w->fcgi, true) == ERR_OK;
}

/* Leaves nothing of the request in memory: see core/wipe.h. */
static void
tidy(struct worker *w)
{
	db_begin(w->db);
	link_tell(w);
	strbuf_clear(&w->response.body, OUTPUT_KEEP_BYTES);
	strbuf_clear(&w->response.headers, OUTPUT_KEEP_BYTES);
	strbuf_clear(&w->response.head, OUTPUT_KEEP_BYTES);
	arena_reset(&w->request);
	wipe_stack();
}

static void
reopen_log(struct worker *w)
{
	if (child_reopen_wanted(w->child))
		settings_open_log(&w->heritage->config);
}

/* Between requests: is there a link, and is it still one to work on? */
static void
look(struct worker *w)
{
	if (link_step(w, 0, false))
		figures_tell(w, false);
	if (w->unfit)
		child_leave(w->child);
}

/* All requests are answered, the connections are with the gate. */
static int
leave(struct worker *w)
{
	int code = w->unfit ? EXIT_CONFIG : EXIT_SUCCESS;

	if (link_step(w, 0, false))
		figures_tell(w, true);
	worker_free(w);
	return code;
}

int
worker_main(struct child *child, void *heritage)
{
	struct worker *w = worker_new(child, heritage);
	struct gate_conn c;
	enum err e;

	log_process(program_name(), child_index(child));
	worker_confine(w->heritage, CONFINE_NOTHING);
	warm_up(w);
	if (w->unfit)
		return leave(w);
	child_ready(child);
	for (;;) {
		struct child_file link = { db_fd(w->db), db_events(w->db),
					   db_fd_serial(w->db) };

		e = gate_next(w->gate, &link, link_sleep_ms(w), &c);
		if (e == ERR_CLOSED)
			break;
		if (e == ERR_TIMEOUT) {
			reopen_log(w);
			look(w);
			continue;
		}
		bool open;
		do {
			reopen_log(w);
			open = serve(w, &c);
			tidy(w);
			/* Before the next request: there may be one of this connection for ever. */
			if (w->unfit || link_is_due(w))
				look(w);
		} while (gate_done(w->gate, &c, open));
	}
	return leave(w);
}
