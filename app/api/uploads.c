/*
 * uploads.c: files that were sent and hang on nothing yet. Bodies go to the disk (app/serve/receive.h), then their rows
 * are written (sql/functions/files.sql), then hob-image makes clean copies of them. Runs in workers.
 */
#include "api/uploads.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "api/resources.h"
#include "core/hostname.h"
#include "core/strbuf.h"
#include "core/uuid.h"
#include "db/db.h"
#include "fcgi/fcgi.h"
#include "json/json.h"
#include "serve/pipeline.h"
#include "serve/receive.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "serve/worker.h"
#include "statements.h"

/* --- taking --------------------------------------------------------------------- */

static void
write_file(struct json_writer *w, const struct received *f, const char *id)
{
	json_object(w);
	json_key(w, "id");
	json_cstring(w, id);
	json_key(w, "name");
	json_cstring(w, f->name);
	json_key(w, "media_type");
	json_cstring(w, f->media_type);
	json_key(w, "key");
	json_cstring(w, f->key);
	json_key(w, "bytes");
	json_i64(w, f->bytes);
	json_key(w, "sha256");
	json_cstring(w, f->sha256);
	json_end_object(w);
}

/* As hob.add_files takes them. */
static void
bind_files(struct req *r, const struct receipt *files)
{
	char host[HOSTNAME_SIZE], id[UUID_TEXT_SIZE];
	struct strbuf b;
	struct json_writer w;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_array(&w);
	for (int i = 0; i < files->count; i++) {
		uuid_v7(id);
		write_file(&w, &files->files[i], i == 0 ? r->values[VALUE_NEW_ID] : id);
	}
	json_end_array(&w);
	r->values[VALUE_FILES] = arena_cstr(r->arena, strbuf_str(&b));
	strbuf_release(&b);
	hostname_get(host);
	r->values[VALUE_FILES_HOST] = arena_cstr(r->arena, str_of(host));
}

/*
 * The key stands for bytes that are not known yet: it is looked at behind them. What it may have done before has taken
 * the room that a retry would find missing, so that with a key the room is looked for behind the bytes, too.
 */
static enum err
look(struct req *r)
{
	const char *key = r->values[VALUE_ONCE_KEY];
	int64_t bytes = 0;
	int index;
	enum err e = fcgi_length(r->fcgi, &bytes);

	if (e != ERR_OK)
		return e;
	r->values[VALUE_FILES_BYTES] =
		key == NULL ? arena_printf(r->arena, "%lld", (long long)bytes) : NULL;
	r->values[VALUE_ONCE_KEY] = NULL;
	e = request_run(r, Q_FILES_LOOK, &index);
	r->values[VALUE_ONCE_KEY] = key;
	return e == ERR_OK ? limit_further(r, RATE_UPLOAD, 1) : e;
}

enum err
uploads_take(struct req *r, int most, int *index)
{
	struct receipt *files = arena_alloc(r->arena, sizeof(*files));
	enum err e = look(r);

	if (e == ERR_OK)
		e = receive_files(r, most, files);
	if (e != ERR_OK)
		return e;
	bind_files(r, files);
	return receive_settle(r, files, request_run(r, r->statement, index));
}

/* --- handlers -------------------------------------------------------------------- */

static enum err
stage_file(struct req *r)
{
	int index;
	enum err e;

	r->values[VALUE_FILES_ON] = "staged";
	r->out->status = 201;
	e = uploads_take(r, 1, &index);
	if (e == ERR_DONE)
		e = replay_run(r, &index);
	if (e != ERR_OK)
		return e;
	http_response_header(r->out, "Location",
			     str_of(arena_printf(r->arena, "/api/uploads/%s",
						 r->values[VALUE_NEW_ID])));
	reply_json(r, r->out->status);
	reply_add_row(r, index, 0);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

#define UPLOAD "/api/uploads/{upload_id}"

/* clang-format off */
static const struct field upload_query[] = {
	{ "name", FIELD_LINE, HANDLED, 1, 200, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_POST, "/api/uploads", SIGNED, NULL, upload_query, Q_UPLOAD_CREATE, CREATED,
	  .shows = THING(UPLOAD), .handler = stage_file, .takes_files = true, .uses = { Q_FILES_LOOK }, .limited = true,
	  .rate = RATE_UPLOAD,
	  DOC("createUpload", "Files", "Upload", "Send a file, to be attached to something within a day", .also = "no_file file_too_large file_type_not_allowed token_narrowed") },
	{ HTTP_GET, UPLOAD, SIGNED, NULL, NULL, Q_UPLOAD_GET, ONE,
	  DOC("getUpload", "Files", "Upload", "Show what has become of a file that the caller sent") },
	{ HTTP_DELETE, UPLOAD, SIGNED, NULL, NULL, Q_UPLOAD_DELETE, NO_CONTENT,
	  DOC("deleteUpload", "Files", NULL, "Take back a file that hangs on nothing yet") },
};
/* clang-format on */

RESOURCE(uploads);
