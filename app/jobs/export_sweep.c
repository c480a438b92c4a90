/*
 * export_sweep.c: deletes the files of exports that are over, replaced, or gone with their account. Runs in runners.
 */
#include "jobs/export.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/strbuf.h"
#include "core/uuid.h"
#include "log/log.h"
#include "statements.h"
#include "storage/storage.h"

enum { BATCH = 500, SUFFIX = sizeof(".zip") - 1 };

/* Those that a look at the folder has found. */
struct found {
	char ids[BATCH][UUID_TEXT_SIZE];
	int count;
};

static bool
is_kept(const struct db *db, int index, const char *id)
{
	for (int i = 0; i < db_row_count(db, index); i++)
		if (str_is(db_get(db, index, i, "id"), id))
			return true;
	return false;
}

static enum err
sweep_found(struct runner *r, const char *folder, struct found *f, int *removed)
{
	struct strbuf ids;
	int index;
	enum err e;

	strbuf_init(&ids);
	for (int i = 0; i < f->count; i++)
		strbuf_addf(&ids, "%c%s", i == 0 ? '{' : ',', f->ids[i]);
	strbuf_add_cstr(&ids, f->count == 0 ? "{}" : "}");
	e = link_ask(r->db, Q_EXPORTS_KEPT, &index, "ids", ids.ptr, NULL);
	strbuf_release(&ids);
	for (int i = 0; e == ERR_OK && i < f->count; i++) {
		char name[UUID_TEXT_SIZE + SUFFIX];

		if (is_kept(r->db, index, f->ids[i]))
			continue;
		snprintf(name, sizeof(name), "%s.zip", f->ids[i]);
		*removed += storage_remove(folder, name) == ERR_OK;
	}
	f->count = 0;
	return e;
}

static void
note_file(struct found *f, const char *name)
{
	struct str id = { name, strlen(name) };

	if (id.len != UUID_TEXT_SIZE - 1 + SUFFIX ||
	    strcmp(name + id.len - SUFFIX, ".zip") != 0)
		return;
	id.len -= SUFFIX;
	if (uuid_is(id))
		snprintf(f->ids[f->count++], UUID_TEXT_SIZE, "%.*s", STR_FMT(id));
}

enum job_end
export_sweep_run(struct runner *r, const struct job *job)
{
	const char *folder = export_folder(r);
	struct found *f = arena_zalloc(&r->arena, 1, sizeof(*f));
	DIR *d = opendir(folder);
	struct dirent *entry;
	int removed = 0;
	enum err e = ERR_OK;

	(void)job;
	if (d == NULL)
		return export_disk_failed(r, errno);
	while (e == ERR_OK && (entry = readdir(d)) != NULL) {
		note_file(f, entry->d_name);
		if (f->count == BATCH)
			e = sweep_found(r, folder, f, &removed);
	}
	closedir(d);
	if (e == ERR_OK)
		e = sweep_found(r, folder, f, &removed);
	if (removed > 0)
		log_say(LOG_INFO, "exports_swept", "%d files", removed);
	return e == ERR_OK ? JOB_DONE : runner_failed(r, e);
}
