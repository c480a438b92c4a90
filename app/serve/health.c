/*
 * health.c: is this process alive, can it serve, and the API document. Alive asks no
 * other service, so that it measures the way through nginx, gate and worker alone; ready
 * asks the database. Redis is reported and never decides: Hob is slower without it, not
 * wrong.
 */
#include "serve/health.h"

#include "db/db.h"
#include "serve/link.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/words.h"
#include "serve/worker.h"

enum err
health_live(struct req *r)
{
	reply_json(r, 200);
	strbuf_add(&r->out->body, STR("{\"status\":\"alive\"}"));
	return ERR_OK;
}

enum err
health_ready(struct req *r)
{
	struct worker *w = r->worker;
	int index;
	enum err e = request_run(r, surface.own.ready_check, &index);

	if (e != ERR_OK)
		return e;
	reply_json(r, 200);
	strbuf_addf(&r->out->body,
		    "{\"status\":\"ready\",\"schema_version\":%.*s,"
		    "\"schema_good_for\":%.*s,\"redis\":\"%s\"}",
		    STR_FMT(db_get(w->db, index, 0, "schema_version")),
		    STR_FMT(db_get(w->db, index, 0, "schema_good_for")),
		    redis_ping(w->redis) == ERR_OK ? "up" : "away");
	return ERR_OK;
}

enum err
openapi_show(struct req *r)
{
	struct worker *w = r->worker;

	/* The columns are known while there is a link. */
	if (!link_open(w))
		return ERR_BUSY;
	reply_json(r, 200);
	openapi_write(&r->out->body, w->db);
	return ERR_OK;
}
