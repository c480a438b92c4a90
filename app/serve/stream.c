/* stream.c: replies in pieces, which take no more memory however long they are. Runs in workers. */
#include "serve/stream.h"

#include "core/clock.h"
#include "db/db.h"
#include "fcgi/fcgi.h"
#include "serve/request.h"
#include "serve/worker.h"

enum err
stream_send(struct req *r)
{
	struct http_response *out = r->out;
	struct worker *w = r->worker;
	struct str head = STR("");
	enum err e;

	if (!out->in_parts) {
		request_add_headers(r, db_round_trips(w->db));
		out->in_parts = true;
		head = http_response_head(out);
	}
	e = fcgi_send_part(r->fcgi, head, strbuf_str(&out->body));
	out->body.len = 0;
	child_goes_on(w->child, clock_mono_ns());
	r->deadline_ms = w->slot->work_ns / 1000000 + w->heritage->config.api_deadline_ms;
	return e;
}
