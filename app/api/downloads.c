/*
 * downloads.c: the bytes of files, which nginx sends, and links to them. Runs in workers.
 */
#include "api/downloads.h"

#include "api/resources.h"
#include "core/clock.h"
#include "core/date.h"
#include "db/db.h"
#include "http/disposition.h"
#include "http/etag.h"
#include "json/json.h"
#include "model/file_link.h"
#include "model/file_name.h"
#include "model/files.h"
#include "s3/presign.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/worker.h"
#include "statements.h"

/* --- sending --------------------------------------------------------------------- */

enum { SIGNED_S = 60 };

/* Where nginx finds the bytes, by the store that has them: a place of its own, or a bucket for which we sign. */
static const char *
address_of(struct req *r, int index)
{
	const char *key = arena_cstr(r->arena, reply_text(r, index, 0, "key"));
	struct s3_place place = files_place(&r->worker->heritage->config);

	if (str_is(reply_text(r, index, 0, "store"), files_stores[FILES_DIRECTORY]))
		return arena_printf(r->arena, "/.files/%s", key);
	return arena_printf(r->arena, "/.s3%s",
			    s3_presign(r->arena, &place, key, r->start_us / 1000000,
				       SIGNED_S));
}

/* Pictures are for looking at, in an address of their own too; all else is for keeping. */
static const char *
disposition_of(struct req *r, int index, const char *media_type)
{
	bool is_picture = str_starts(str_of(media_type), STR("image/"));
	struct str name = reply_text(r, index, 0, "name");

	return http_disposition(r->arena, is_picture ? "inline" : "attachment",
				file_name_fit(r->arena, name, media_type));
}

enum err
download_send(struct req *r)
{
	const char *tag;
	int index;
	enum err e = request_run(r, r->statement, &index);

	if (e != ERR_OK)
		return e;
	if (db_row_count(r->worker->db, index) == 0)
		return ERR_NOT_FOUND;
	tag = arena_printf(r->arena, "\"%s\"", reply_text(r, index, 0, "sha256").ptr);
	http_response_header(r->out, "ETag", str_of(tag));
	r->out->status = 304;
	if (http_etag_matches(request_header(r, "HTTP_IF_NONE_MATCH"), tag))
		return ERR_OK;
	r->out->status = 200;
	r->out->content_type =
		arena_cstr(r->arena, reply_text(r, index, 0, "media_type"));
	http_response_header(r->out, "Content-Disposition",
			     str_of(disposition_of(r, index, r->out->content_type)));
	return http_response_header(r->out, "X-Accel-Redirect",
				    str_of(address_of(r, index)));
}

/* --- links ----------------------------------------------------------------------- */

enum err
download_link(struct req *r)
{
	int64_t now_s = r->start_us / 1000000;
	char expires[INSTANT_TEXT_SIZE];
	struct file_link link;
	int index;
	enum err e = request_run(r, r->statement, &index);

	if (e != ERR_OK)
		return e;
	if (db_row_count(r->worker->db, index) == 0)
		return ERR_NOT_FOUND;
	link = (struct file_link){
		.file_id = arena_cstr(r->arena, reply_text(r, index, 0, "_id")),
		.variant = request_query(r, "variant"),
		.access_id = arena_cstr(r->arena, reply_text(r, index, 0, "_access_id")),
		.expires_at = now_s + FILE_LINK_S,
	};
	instant_format(link.expires_at * 1000000, expires);
	reply_json(r, 200);
	strbuf_addf(&r->out->body, "{\"path\":\"/api/files/%s\",\"expires_at\":\"%s\"}",
		    file_link_token(r->arena, heritage_secret(r->worker->heritage),
				    &link),
		    expires);
	return ERR_OK;
}

static enum err
read_link(struct req *r)
{
	struct file_link link;

	if (!file_link_read(r->arena, heritage_secret(r->worker->heritage),
			    r->match.params[0], r->start_us / 1000000, &link))
		return ERR_NOT_FOUND;
	r->values[VALUE_LINK_FILE_ID] = link.file_id;
	r->values[VALUE_LINK_VARIANT] = link.variant;
	r->values[VALUE_LINK_ACCESS_ID] = link.access_id;
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const char *const variants[] = { "main", "display", "thumb", NULL };

const struct field download_query[] = {
	{ "variant", FIELD_CHOICE, 0, 0, 0, variants, "main", 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, "/api/files/{file_token}", ANYONE, NULL, NULL, Q_FILE_LINKED, HANDLER,
	  .prepare = read_link, .handler = download_send,
	  DOC("showLinkedFile", "Files", "Bytes", "Look at a file; the address is the secret, for five minutes", .also = "not_found") },
};
/* clang-format on */

RESOURCE(downloads);
