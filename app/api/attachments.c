/*
 * attachments.c: files that hang on a thing: they are sent there, or hung there when they were sent before, and looked
 * at. FILES_ON makes the rows of a kind of thing. How their bytes are fetched: downloads.c. Runs in workers.
 */
#include "api/attachments.h"

#include "api/downloads.h"
#include "api/resources.h"
#include "api/uploads.h"
#include "db/db.h"
#include "serve/pipeline.h"
#include "serve/receive.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "statements.h"

/* Each statement here is for all kinds of things: which one the row's scope says. */
enum err
attachments_place(struct req *r)
{
	r->values[VALUE_FILES_ON] = r->route->access.thing->name;
	r->values[VALUE_FILES_ON_ID] = arena_cstr(r->arena, r->match.params[0]);
	return ERR_OK;
}

/* Answers with all that hangs there, the new ones last. */
static enum err
add_files(struct req *r)
{
	struct str uri = request_header(r, "REQUEST_URI");
	int index;
	enum err e;

	if (r->values[VALUE_BODY] == NULL) {
		e = uploads_take(r, RECEIVED_MAX, &index);
	} else {
		r->statement = Q_FILE_ATTACH;
		e = request_run(r, r->statement, &index);
	}
	r->out->status = 201;
	if (e == ERR_DONE)
		e = replay_run(r, &index);
	if (e != ERR_OK)
		return e;
	http_response_header(r->out, "Location", str_cut(&uri, '?'));
	reply_json(r, r->out->status);
	reply_add_page(r, index);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
/* What a retry is shown: all that hangs there. */
static const struct thing hung = { "file", "file_id", NO_STATEMENT, Q_FILE_LIST };

static const struct field attach_fields[] = {
	{ "upload_ids", FIELD_UUIDS, REQUIRED, 1, RECEIVED_MAX, NULL, NULL, 0 },
	END
};

static const char *const parts[] = { "files", NULL };

const struct field attachments_query[] = {
	{ "include", FIELD_CHOICES, HANDLED, 1, 1, parts, NULL, 0 },
	END
};

static const struct field add_query[] = {
	{ "name", FIELD_LINE, HANDLED, 1, 200, NULL, NULL, 0 },
	END
};

#define FILES_ON(path, which, role, Name, name) \
	{ HTTP_GET, path "/files", SCOPE(&things[which].is, ROLE_VIEW), NULL, NULL, Q_FILE_LIST, PAGE, \
	  .prepare = attachments_place, \
	  DOC("list" Name "Files", "Files", "AttachedFile", "List the files of a " name ", the oldest first") }, \
	{ HTTP_POST, path "/files", SCOPE(&things[which].is, role), attach_fields, add_query, Q_FILE_ADD, CREATED, \
	  .shows = &hung, .prepare = attachments_place, .handler = add_files, .takes_files = true, .limited = true, \
	  .uses = { Q_FILES_LOOK, Q_FILE_ATTACH }, .rate = RATE_UPLOAD, \
	  DOC("add" Name "Files", "Files", "AttachedFiles", "Attach files to a " name ", be they sent along or before", "AttachFilesBody", .also = "no_file file_too_large file_type_not_allowed") }, \
	{ HTTP_GET, path "/files/{file_id}", SCOPE(&things[which].is, ROLE_VIEW), NULL, NULL, Q_FILE_GET, ONE, \
	  .prepare = attachments_place, \
	  DOC("get" Name "File", "Files", "AttachedFile", "Show a file of a " name) }, \
	{ HTTP_DELETE, path "/files/{file_id}", SCOPE(&things[which].is, role), NULL, NULL, Q_FILE_DELETE, NO_CONTENT, \
	  .prepare = attachments_place, \
	  DOC("delete" Name "File", "Files", NULL, "Delete a file of a " name) }, \
	{ HTTP_GET, path "/files/{file_id}/content", SCOPE(&things[which].is, ROLE_VIEW), NULL, download_query, Q_FILE_CONTENT, HANDLER, \
	  .prepare = attachments_place, .handler = download_send, \
	  DOC("download" Name "File", "Files", "Bytes", "Download a file of a " name) }, \
	{ HTTP_GET, path "/files/{file_id}/link", SCOPE(&things[which].is, ROLE_VIEW), NULL, download_query, Q_FILE_LINK, HANDLER, \
	  .prepare = attachments_place, .handler = download_link, \
	  DOC("link" Name "File", "Files", "FileLink", "Make an address at which a file of a " name " can be looked at for five minutes") }

static const struct route routes[] = {
	FILES_ON(TASK, THING_TASK, ROLE_EDIT, "Task", "task"),
	FILES_ON("/api/completions/{completion_id}", THING_COMPLETION, ROLE_EDIT, "Completion", "completion"),
	FILES_ON("/api/documents/{document_id}", THING_DOCUMENT, ROLE_EDIT, "Document", "document"),
	FILES_ON(RESIDENCE, THING_RESIDENCE, ROLE_MANAGE, "Residence", "residence"),
};
/* clang-format on */

RESOURCE(attachments);
