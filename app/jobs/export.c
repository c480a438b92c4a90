/*
 * export.c: a copy of all that an account may read, as one file of JSON lists. It is read page by page, by the
 * statements of the API and as the account itself (sql/functions/exports.sql), so that a list of it is what the API
 * answers. The bytes of files: export_files.c. Runs in runners.
 */
#include "jobs/export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/strbuf.h"
#include "log/log.h"
#include "model/export.h"
#include "model/row_plan.h"
#include "statements.h"
#include "storage/storage.h"
#include "zip/zip.h"

#define PAGE_ROWS "500"
enum { FILE_SIZE = 128 };

struct part {
	const char *file;
	int statement;
	bool is_one; /* an object, no list */
};

/* clang-format off */
static const struct part of_account[] = {
	{ "account",              Q_ME, true },
	{ "preferences",          Q_NOTICE_PREFERENCES, true },
	{ "sessions",             Q_SESSION_LIST, false },
	{ "devices",              Q_DEVICE_LIST, false },
	{ "access_tokens",        Q_ACCESS_TOKEN_LIST, false },
	{ "calendar_feeds",       Q_FEED_LIST, false },
	{ "notifications",        Q_NOTICE_LIST, false },
	{ "deliveries",           Q_EXPORT_DELIVERIES, false },
	{ "activity",             Q_EXPORT_TRAIL, false },
	{ "received_invitations", Q_RECEIVED_INVITATION_LIST, false },
	{ "residences",           Q_SYNC_RESIDENCES, false },
	{ "members",              Q_SYNC_MEMBERS, false },
	{ "tasks",                Q_SYNC_TASKS, false },
	{ "completions",          Q_SYNC_COMPLETIONS, false },
	{ "contractors",          Q_SYNC_CONTRACTORS, false },
	{ "documents",            Q_SYNC_DOCUMENTS, false },
	{ "files",                Q_SYNC_FILES, false },
};
/* Of each residence, in a folder of its id; what the role of the account does not read is empty. */
static const struct part of_residence[] = {
	{ "activity",             Q_ACTIVITY_LIST, false },
	{ "share_codes",          Q_SHARE_CODE_LIST, false },
	{ "invitations",          Q_INVITATION_LIST, false },
	{ "webhooks",             Q_WEBHOOK_LIST, false },
};
enum { OF_ACCOUNT = sizeof(of_account) / sizeof(of_account[0]),
       OF_RESIDENCE = sizeof(of_residence) / sizeof(of_residence[0]) };
/* clang-format on */

static const char about[] =
	"A copy of all that your account at Hob may read. Each file is a list, or one\n"
	"object, of JSON, in the form in which the API answers it. What belongs to a\n"
	"residence names it by residence_id, or stands in the folder of its id. Files "
	"that\n"
	"you have sent are in files, in the folder of their id; manifest.json there "
	"lists\n"
	"them, and says of those that are missing why.\n"
	"\n"
	"Eine Kopie von allem, was Ihr Konto bei Hob lesen darf. Jede Datei ist eine\n"
	"Liste oder ein Objekt in JSON, so wie die API antwortet. Was zu einem Haushalt\n"
	"gehört, nennt ihn mit residence_id oder steht im Ordner seiner id. Dateien, die "
	"Sie\n"
	"gesendet haben, stehen in files, im Ordner ihrer id; manifest.json dort zählt "
	"sie\n"
	"auf und sagt, warum welche fehlen.\n";

/* An export that is being made. */
struct making {
	struct runner *r;
	struct row_plans *plans;
	struct zip *zip;
	const char *who, *language;
	int64_t at_s;
	const char **residences; /* their ids */
	int residence_count, room;
};

/* --- rows ------------------------------------------------------------------- */

/* Where a list goes on; empty at its beginning. */
struct place {
	const char *key, *id;
};

static enum err
ask(const struct making *m, int statement, const char *residence,
    const struct place *after, int *index)
{
	const struct link_value values[] = {
		{ "limit", PAGE_ROWS },
		{ "cursor_key", after->key },
		{ "cursor_id", after->id },
		{ "sync_since", "0" },
		{ "sync_limit", PAGE_ROWS },
		{ "sync_after", after->id },
		{ "residence_id", residence },
		{ "language", m->language },
		{ "now", "now" },
		/* None of the sessions is this one. */
		{ "token_hash", "" },
		{ NULL, NULL },
	};

	return link_ask_as(m->r->db, m->who, statement, values, index);
}

static void
note_residence(struct making *m, struct str id)
{
	if (m->residence_count == m->room) {
		const char **before = m->residences;

		m->room = m->room == 0 ? 64 : 2 * m->room;
		m->residences = arena_zalloc(&m->r->arena, (size_t)m->room,
					     sizeof(*m->residences));
		for (int i = 0; i < m->residence_count; i++)
			m->residences[i] = before[i];
	}
	m->residences[m->residence_count++] = arena_cstr(&m->r->arena, id);
}

/* The rows at `index`, as objects with commas between; `count` were written before them. */
static void
add_rows(struct making *m, const struct part *p, int index, int64_t count)
{
	struct db *db = m->r->db;
	const struct row_plan *plan = row_plan_get(m->plans, db, p->statement);
	struct strbuf out;

	strbuf_init(&out);
	for (int i = 0; i < db_row_count(db, index); i++) {
		if (count++ > 0)
			strbuf_add(&out, STR(",\n"));
		row_open(plan, db, index, i, &out);
		strbuf_add_char(&out, '}');
		if (p->statement == Q_SYNC_RESIDENCES)
			note_residence(m, db_get(db, index, i, "id"));
	}
	zip_add(m->zip, strbuf_str(&out));
	strbuf_release(&out);
}

/* Behind the last row; key and id are null where a statement has no pages. */
static struct place
place_behind(const struct making *m, int index)
{
	struct db *db = m->r->db;
	int last = db_row_count(db, index) - 1;
	bool paged = db_find_column(db, index, "_cursor_key") >= 0;
	bool named = db_find_column(db, index, "_cursor_id") >= 0;

	return (struct place){
		paged ? arena_cstr(&m->r->arena, db_get(db, index, last, "_cursor_key"))
		      : NULL,
		arena_cstr(&m->r->arena,
			   db_get(db, index, last, named ? "_cursor_id" : "id")),
	};
}

static bool
has_pages(int statement)
{
	const struct db_statement *s = &statements[statement];

	for (int i = 0; i < s->param_count; i++)
		if (strcmp(s->params[i], "limit") == 0 ||
		    strcmp(s->params[i], "sync_limit") == 0)
			return true;
	return false;
}

enum job_end
export_stops(struct runner *r, const struct zip *zip)
{
	if (zip_failed(zip))
		return JOB_LATER;
	if (runner_must_leave(r)) {
		snprintf(r->why, sizeof(r->why), "its runner had to leave");
		return JOB_WAIT;
	}
	return JOB_DONE;
}

/* The same of lists, without which it is no copy. */
static enum job_end
stops(struct making *m)
{
	struct runner *r = m->r;

	if (zip_size(m->zip) > r->heritage->config.files_export_max_bytes) {
		snprintf(r->why, sizeof(r->why), "it is larger than files.export_max");
		return JOB_NEVER;
	}
	return export_stops(r, m->zip);
}

/* Pages that texts fill have fewer rows than others: only an empty one is behind the last. */
static enum job_end
add_pages(struct making *m, const struct part *p, const char *residence)
{
	struct place after = { NULL, NULL };
	int64_t count = 0;
	int index, rows = 0;
	enum job_end end;

	do {
		enum err e = ask(m, p->statement, residence, &after, &index);

		if (e != ERR_OK)
			return runner_failed(m->r, e);
		rows = db_row_count(m->r->db, index);
		add_rows(m, p, index, count);
		count += rows;
		if (rows > 0 && has_pages(p->statement))
			after = place_behind(m, index);
		end = stops(m);
	} while (end == JOB_DONE && rows > 0 && has_pages(p->statement));
	return end;
}

static enum job_end
add_part(struct making *m, const struct part *p, const char *residence)
{
	char name[FILE_SIZE];
	enum job_end end;

	if (residence != NULL)
		snprintf(name, sizeof(name), "residences/%s/%s.json", residence, p->file);
	else
		snprintf(name, sizeof(name), "%s.json", p->file);
	zip_begin(m->zip, name, m->at_s, ZIP_DEFLATED);
	zip_add(m->zip, p->is_one ? STR("") : STR("[\n"));
	end = add_pages(m, p, residence);
	zip_add(m->zip, p->is_one ? STR("\n") : STR("\n]\n"));
	return end;
}

static enum job_end
add_all(struct making *m)
{
	enum job_end end = JOB_DONE;

	zip_begin(m->zip, "README.txt", m->at_s, ZIP_DEFLATED);
	zip_add(m->zip, str_of(about));
	for (int i = 0; i < OF_ACCOUNT && end == JOB_DONE; i++)
		end = add_part(m, &of_account[i], NULL);
	for (int h = 0; h < m->residence_count; h++)
		for (int i = 0; i < OF_RESIDENCE && end == JOB_DONE; i++)
			end = add_part(m, &of_residence[i], m->residences[h]);
	return end == JOB_DONE ? export_add_files(m->r, m->zip, m->who, m->at_s) : end;
}

/* --- the file ------------------------------------------------------------------ */

enum job_end
export_disk_failed(struct runner *r, int error)
{
	snprintf(r->why, sizeof(r->why), "files.dir: %s", strerror(error));
	log_say(LOG_ERROR, "no_file", "%s/" EXPORT_FOLDER ": %s",
		r->heritage->config.files_dir, strerror(error));
	return JOB_LATER;
}

const char *
export_folder(struct runner *r)
{
	const char *folder = arena_printf(&r->arena, "%s/" EXPORT_FOLDER,
					  r->heritage->config.files_dir);

	/* Where files.dir is not there, whoever opens it fails and says so. */
	storage_directory(folder);
	return folder;
}

static enum job_end
write_file(struct making *m, int fd)
{
	enum job_end end;
	int error;

	m->zip = zip_new(fd);
	m->plans = row_plans_new(Q_COUNT);
	end = add_all(m);
	row_plans_free(m->plans);
	return zip_end(m->zip, &error) == ERR_OK ? end : export_disk_failed(m->r, error);
}

/* Another try may have ended the file and not have come to say so: then it stays. */
static enum job_end
make_file(struct making *m, const char *folder, const char *name)
{
	enum job_end end;
	enum err e;
	int fd;

	if (storage_size(folder, name) >= 0)
		return JOB_DONE;
	fd = storage_make(folder);
	if (fd < 0)
		return export_disk_failed(m->r, errno);
	end = write_file(m, fd);
	if (end == JOB_DONE) {
		e = storage_keep(folder, fd, name);
		if (e != ERR_OK && e != ERR_CONFLICT)
			end = export_disk_failed(m->r, errno);
	}
	close(fd);
	return end;
}

enum job_end
export_run(struct runner *r, const struct job *job)
{
	const char *folder = export_folder(r), *bytes;
	const char *name = arena_printf(&r->arena, "%s.zip", job->key);
	struct making m = { .r = r, .at_s = clock_now_us() / 1000000 };
	int index;
	enum job_end end;
	enum err e = link_ask(r->db, Q_EXPORT_DUE, &index, "id", job->key, NULL);

	if (e != ERR_OK)
		return runner_failed(r, e);
	if (db_row_count(r->db, index) == 0)
		return JOB_DONE;
	m.who = arena_cstr(&r->arena, db_get(r->db, index, 0, "user_id"));
	m.language = arena_cstr(&r->arena, db_get(r->db, index, 0, "locale"));
	end = make_file(&m, folder, name);
	if (end != JOB_DONE)
		return end;
	bytes = arena_printf(&r->arena, "%lld", (long long)storage_size(folder, name));
	e = link_ask(r->db, Q_EXPORT_MADE, &index, "id", job->key, "bytes", bytes, NULL);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}
