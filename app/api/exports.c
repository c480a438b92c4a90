/*
 * exports.c: a copy of all that an account may read: asked for here, made by hob-jobs (app/jobs/export.c), and sent by
 * nginx to whoever has its link. Runs in workers.
 */
#include "api/resources.h"

#include "api/files.h"
#include "api/values.h"
#include "model/export.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

/* The address of a file is made of its id: no table holds it. */
static enum err
make_path(struct req *r)
{
	r->values[VALUE_EXPORT_PATH] =
		arena_printf(r->arena, "/api/exports/%s",
			     export_token(r->arena, heritage_secret(r->worker->heritage),
					  r->match.params[0]));
	return ERR_OK;
}

static enum err
read_link(struct req *r)
{
	struct str id;

	if (!export_read(r->arena, heritage_secret(r->worker->heritage),
			 r->match.params[0], &id))
		return ERR_NOT_FOUND;
	r->values[VALUE_EXPORT_FILE_ID] = id.ptr;
	return ERR_OK;
}

/* Hob allows, nginx sends: the location /.exports/ of site.conf. */
static enum err
send_file(struct req *r)
{
	const char *id = r->values[VALUE_EXPORT_FILE_ID];
	struct str made_at;
	int index;
	enum err e = request_run(r, r->statement, &index);

	if (e != ERR_OK)
		return e;
	if (db_row_count(r->worker->db, index) == 0)
		return ERR_NOT_FOUND;
	made_at = db_get(r->worker->db, index, 0, "made_at");
	file_begin(r, "application/zip",
		   arena_printf(r->arena, "hob-%.10s.zip", made_at.ptr));
	return http_response_header(r->out, "X-Accel-Redirect",
				    str_of(arena_printf(r->arena, "/.exports/%s.zip",
							id)));
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct thing asked = { "export", "export_id", NO_STATEMENT, Q_EXPORT_ASKED };

static const struct route routes[] = {
	{ HTTP_POST, "/api/auth/export", SIGNED, NULL, NULL, Q_EXPORT_ASK, ACCEPTED,
	  .shows = &asked, SESSION_ONLY,
	  DOC("createExport", "Accounts", "AskedExport", "Ask for a copy of all that the account may read") },
	{ HTTP_GET, "/api/auth/export/{export_id}", SIGNED, NULL, NULL, Q_EXPORT_GET, ONE,
	  .prepare = make_path, SESSION_ONLY,
	  DOC("getExport", "Accounts", "Export", "Show a copy, and where it can be downloaded when it is made") },
	{ HTTP_GET, "/api/exports/{export_token}", ANYONE, NULL, NULL, Q_EXPORT_FILE, HANDLER,
	  .prepare = read_link, .handler = send_file,
	  DOC("downloadExport", "Accounts", "Bytes", "Download a copy; the address is the secret, for 24 hours", NULL, { "application/zip" }, .also = "not_found") },
};
/* clang-format on */

RESOURCE(exports);
