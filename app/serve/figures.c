/*
 * figures.c: what a pool counts, for the panel of staff. The workers have it in the shared block; one of them tells the
 * database, once a minute, the sums since the start: so that nothing counts twice, whatever becomes of a try. Runs in
 * workers.
 */
#include "serve/figures.h"

#include "core/clock.h"
#include "core/hostname.h"
#include "core/strbuf.h"
#include "log/log.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"
#include "supervise/child.h"

enum { EVERY_S = 60, LEAVING_S = 1, TELL_MS = 2000 };

void
figures_note(struct worker *w, const struct req *r, int64_t took_us)
{
	struct figures *f = &w->heritage->shared->figures;

	if (r->route == NULL || !r->route->is_probe)
		figures_add(&f->workers[child_index(w->child)], r->out->status, took_us);
}

/* Is it this worker's turn? The first look begins the first minute. */
static bool
take_turn(struct figures *f, int after_s)
{
	int64_t told_ns = __atomic_load_n(&f->told_ns, __ATOMIC_RELAXED);
	int64_t now_ns = clock_mono_ns();

	if (told_ns != 0 && now_ns - told_ns < after_s * 1000000000LL)
		return false;
	return __atomic_compare_exchange_n(&f->told_ns, &told_ns, now_ns, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED) &&
	       told_ns != 0;
}

/* "{1,2,3}" */
static const char *
array_text(struct arena *a, const uint64_t *n, int count)
{
	struct strbuf text;
	const char *kept;

	strbuf_init(&text);
	for (int i = 0; i < count; i++)
		strbuf_addf(&text, "%c%llu", i == 0 ? '{' : ',',
			    (unsigned long long)n[i]);
	strbuf_add_char(&text, '}');
	kept = arena_cstr(a, strbuf_str(&text));
	strbuf_release(&text);
	return kept;
}

void
figures_tell(struct worker *w, bool leaving)
{
	struct shared *s = w->heritage->shared;
	struct arena *a = &w->request;
	const char *values[3];
	char host[HOSTNAME_SIZE];
	struct figures_slot sum;
	enum err e;

	if (surface.own.note_requests == NO_STATEMENT ||
	    !take_turn(&s->figures, leaving ? LEAVING_S : EVERY_S))
		return;
	hostname_get(host);
	figures_sum(&s->figures, &sum);
	values[0] = arena_printf(a, "%s %lld %d", host, (long long)s->board.started_us,
				 (int)s->board.master_pid);
	values[1] = array_text(a, sum.statuses, FIGURES_STATUSES);
	values[2] = array_text(a, sum.latencies, FIGURES_BUCKETS);
	db_begin(w->db);
	db_queue(w->db, surface.own.note_requests, values);
	e = db_run(w->db, clock_mono_ms() + TELL_MS);
	if (e != ERR_OK)
		log_say(LOG_WARN, "requests_not_told", "%s", db_why(w->db));
	db_begin(w->db);
	arena_reset(a);
}
