/*
 * front.c: the gate as supervision sees it: made before the fork, opened in the master, turned by its
 * loop. Runs in the master.
 */
#define HOB_MASTER
#include "gate/gate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/die.h"
#include "gate/internal.h"
#include "log/log.h"

#define MS INT64_C(1000000)

/*
 * Requests that may lie in the workers' socket for each worker. One would keep them all
 * busy, but the gate would have to wake for each that is taken: 4 save 10 % of
 * all processor time when there is a queue (measured with 64 clients).
 */
enum { HAND_AHEAD = 4 };

/* Want of descriptors comes and goes with each connection: one line a minute will do. */
static const int64_t starved_every_ns = 60000 * MS;

/* --- making ---------------------------------------------------------------- */

struct gate *
gate_new(const struct gate_options *o)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (g == NULL)
		die("out of memory for the gate");
	g->board = o->board;
	g->pool = o->pool;
	g->limits = o->limits;
	g->listen_fd = o->listen_fd;
	g->listen_kept = o->listen_kept;
	place_init(g);
	for (int i = 0; i < GATE_CONNS; i++)
		g->conns[i].fd = -1;
	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		g->board->requests[i].route = -1;
	return g;
}

void
gate_free(struct gate *g)
{
	free(g);
}

void
gate_set_limits(struct gate *g, const struct gate_limits *l)
{
	g->limits = *l;
}

/* Every connection is a descriptor here: as many as we may have. */
static void
raise_file_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static bool
front_open(void *front, int epoll_fd)
{
	struct gate *g = front;
	int ends[2];

	raise_file_limit();
	g->epoll_fd = epoll_fd;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	g->own_end = ends[0];
	g->workers_end = ends[1];
	if (!gate_watch(g, g->own_end, SOURCE_WORKERS))
		return false;
	inherit_take(g);
	return true;
}

static void
front_forget(void *front, bool worker)
{
	struct gate *g = front;

	for (int i = 0; i < g->used; i++)
		if (g->conns[i].fd >= 0)
			close(g->conns[i].fd);
	close(g->own_end);
	close(g->listen_fd);
	if (!worker)
		close(g->workers_end);
}

/* --- turning --------------------------------------------------------------- */

static void
front_settle(void *front, int configured, int warm)
{
	struct gate *g = front;
	int ahead = g->limits.queue_per_worker;

	g->board->queue_limit = (uint32_t)(configured * ahead);
	g->hand_limit = warm * (ahead < HAND_AHEAD ? ahead : HAND_AHEAD);
}

static void
front_event(void *front, uint64_t data, uint32_t events, int64_t now_ns)
{
	struct gate *g = front;
	uint32_t source = (uint32_t)data;

	if (source < GATE_CONNS) {
		/* Closed, and the slot used anew, within this batch of events? */
		if (g->conns[source].fd >= 0 && g->conns[source].serial == data >> 32)
			conn_edge(g, (int)source, events, now_ns);
	} else if (source == SOURCE_LISTEN) {
		accept_some(g);
	} else if (source == SOURCE_WORKERS) {
		hand_read_notes(g);
	} else if (source == SOURCE_HANDOVER) {
		pass_receive_more(g, (int)(data >> 32));
	}
}

static void
front_turn(void *front)
{
	hand_queue(front);
}

static bool
front_may_sleep(void *front)
{
	return hand_may_sleep(front);
}

static void
say_starved(struct gate *g, int64_t now_ns)
{
	if (!g->starved ||
	    (g->starved_said_ns != 0 && now_ns - g->starved_said_ns < starved_every_ns))
		return;
	g->starved_said_ns = now_ns;
	log_say(LOG_ERROR, "descriptors_short",
		"%u connections: the limit of open files lets no more be accepted",
		g->board->connections);
}

static void
front_tick(void *front, int64_t now_ns)
{
	struct gate *g = front;

	if (g->limits.stale_ms > 0)
		accept_refuse_stale(g, now_ns - g->limits.stale_ms * MS);
	say_starved(g, now_ns);
	mend_sweep(g);
}

static void
front_worker_gone(void *front, int32_t pid, bool clean)
{
	mend_worker_gone(front, pid, clean);
}

/* --- ending ---------------------------------------------------------------- */

static void
front_set(void *front, enum front_state state)
{
	struct gate *g = front;

	if (state == FRONT_OPEN) {
		mend_resume(g);
		return;
	}
	g->closed = state == FRONT_CLOSED || !g->listen_kept;
	g->paused = state == FRONT_CLOSED;
}

/*
 * With a socket that outlives us, requests are served until those begun when TERM came
 * are answered; later ones go to the next process, on the same connection.
 */
static bool
front_is_draining(void *front, int64_t asked_ns)
{
	struct gate *g = front;

	if (g->listen_kept)
		return scoreboard_busy_since(g->pool, asked_ns);
	return mend_close_idle(g) > 0;
}

static void
front_end(void *front, bool drained)
{
	struct gate *g = front;

	if (!drained || !g->listen_kept)
		return;
	while (accept_some(g))
		continue;
	pass_leave(g);
}

static void
front_hand_on(void *front, bool on)
{
	inherit_hand_on(front, on);
}

const struct front gate_front = {
	.open = front_open,
	.set = front_set,
	.settle = front_settle,
	.event = front_event,
	.turn = front_turn,
	.may_sleep = front_may_sleep,
	.tick = front_tick,
	.worker_gone = front_worker_gone,
	.is_draining = front_is_draining,
	.end = front_end,
	.hand_on = front_hand_on,
	.forget = front_forget,
};

/* --- telling --------------------------------------------------------------- */

void
gate_log_request(const struct gate_board *b, int index)
{
	const struct request_slot *r = &b->requests[index];

	if (r->route >= 0 && r->route < GATE_ROUTES &&
	    (uint32_t)r->route < b->route_count)
		log_str("route",
			(struct str){ b->routes[r->route],
				      strnlen(b->routes[r->route], GATE_ROUTE_SIZE) });
	log_str("request_id",
		(struct str){ r->request_id,
			      strnlen(r->request_id, GATE_REQUEST_ID_SIZE) });
}
