/*
 * lists.c: pages with numbers, and how many rows there are in all; both are asked in one round trip. Runs in workers.
 */
#include "admin/lists.h"

#include "admin/values.h"
#include "db/db.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"

static void
bind_offset(struct req *r)
{
	int64_t page = 1, size = 0, offset;

	str_to_i64(str_of(request_query(r, "page")), &page);
	str_to_i64(str_of(request_query(r, "page_size")), &size);
	offset = (page - 1) * size;
	r->values[VALUE_OFFSET] = arena_printf(r->arena, "%lld", (long long)offset);
}

enum err
list_show(struct req *r)
{
	struct worker *w = r->worker;
	int index, counted;
	struct str count;
	enum err e = request_open(r);

	if (e != ERR_OK)
		return e;
	bind_offset(r);
	index = request_queue(r, r->statement);
	counted = request_queue_also(r, r->route->uses[0]);
	e = request_wait(r);
	if (e != ERR_OK)
		return e;
	count = arena_str(r->arena, db_get(w->db, counted, 0, "count"));
	reply_json(r, 200);
	http_response_header(r->out, "X-Total-Count", count);
	strbuf_addf(&r->out->body, "{\"count\":%.*s,\"results\":[", STR_FMT(count));
	reply_add_rows(r, r->statement, index, db_row_count(w->db, index));
	strbuf_add(&r->out->body, STR("]}"));
	return ERR_OK;
}
