/* stream.c: replies in pieces, which take no more memory however long they are. Runs in workers. */
#include "serve/stream.h"

#include "core/clock.h"
#include "db/db.h"
#include "fcgi/fcgi.h"
#include "log/log.h"
#include "serve/problems.h"
#include "serve/request.h"
#include "serve/worker.h"

static struct str
begin(struct req *r)
{
	request_add_headers(r, db_round_trips(r->worker->db) - r->trips_before);
	r->out->in_parts = true;
	return http_response_head(r->out);
}

enum err
stream_send(struct req *r)
{
	struct http_response *out = r->out;
	struct worker *w = r->worker;
	struct str head = out->in_parts ? STR("") : begin(r);
	enum err e;

	if (child_is_told(w->child))
		return ERR_CLOSED;
	limit_answer(r);
	w->slot->state = WORKER_WRITING;
	e = fcgi_send_part(r->fcgi, head, strbuf_str(&out->body));
	out->body.len = 0;
	child_goes_on(w->child, clock_mono_ns());
	w->slot->state = WORKER_HANDLING;
	r->deadline_ms = w->slot->work_ns / 1000000 + w->heritage->config.api_deadline_ms;
	return e;
}

void
stream_end(struct req *r, enum err e)
{
	if (e == ERR_OK)
		return;
	fcgi_abort(r->fcgi);
	if (e == ERR_CLOSED) /* the caller went, or we do */
		return;
	r->out->status = problem_of(e)->status;
	log_begin(LOG_WARN, "stream_broken");
	log_str("request_id", r->request_id);
	log_cstr("route", r->route->path);
	log_cstr("why", r->detail != NULL ? r->detail : err_name(e));
	log_end();
}
