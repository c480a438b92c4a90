/*
 * figures.c: what a pool counts, for the panel of staff. The workers have it in the shared block; one of them tells the
 * database, once a minute and at their end, the sums since the block was made: so that nothing counts twice, whatever
 * becomes of a try. Runs in workers.
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

enum { TELL_MS = 2000 };

void
figures_note(struct worker *w, const struct req *r, int64_t took_us)
{
	struct figures *f = &w->heritage->shared->figures;

	if (r->route == NULL || !r->route->is_probe)
		figures_add(&f->workers[child_index(w->child)], r->out->status, took_us);
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
	struct figures *f = &w->heritage->shared->figures;
	struct arena *a = &w->request;
	const char *values[3];
	char host[HOSTNAME_SIZE];
	struct figures_slot sum;
	enum err e;

	if (surface.own.note_requests == NO_STATEMENT)
		return;
	figures_sum(f, &sum);
	if (!figures_turn(f, &sum, clock_mono_ns(), leaving))
		return;
	hostname_get(host);
	values[0] = arena_printf(a, "%s %lld %d", host, (long long)f->since_us,
				 (int)w->heritage->shared->board.master_pid);
	values[1] = array_text(a, sum.statuses, FIGURES_STATUSES);
	values[2] = array_text(a, sum.latencies, FIGURES_BUCKETS);
	db_begin(w->db);
	db_queue(w->db, surface.own.note_requests, values);
	e = db_run(w->db, clock_mono_ms() + TELL_MS);
	if (e != ERR_OK) {
		figures_untold(f);
		log_say(LOG_WARN, "requests_not_told", "%s", db_why(w->db));
	}
	db_begin(w->db);
	arena_reset(a);
}
