/*
 * export_files.c: the bytes of files in a copy of an account's data: those that it has sent and may see, each in the
 * folder of its id, and a list of them that says which are not there, and why. No file is in memory: it goes piece by
 * piece. Runs in runners.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/uuid.h"
#include "jobs/export.h"
#include "jobs/file_store.h"
#include "json/json.h"
#include "model/file_name.h"
#include "statements.h"

enum {
	PIECE = 65536,
	BESIDE =
		4096 /* bytes of the archive for one file, besides its own: its head, twice, and its line in the list */
};

struct adding {
	struct runner *r;
	struct zip *zip;
	struct arena arena;	   /* of one file */
	char last[UUID_TEXT_SIZE]; /* its id */
	struct strbuf text;
	struct json_writer list; /* of all, in `text` */
};

struct file {
	struct str store;
	const char *id, *key, *path, *sha256;
	int64_t bytes, at_s;
};

static const char *
text_of(struct adding *m, int index, const char *column)
{
	return arena_cstr(&m->arena, db_get(m->r->db, index, 0, column));
}

static struct file
file_at(struct adding *m, int index)
{
	struct db *db = m->r->db;
	struct file f = {
		.store = str_of(text_of(m, index, "store")),
		.id = text_of(m, index, "id"),
		.key = text_of(m, index, "key"),
		.sha256 = text_of(m, index, "sha256"),
	};
	struct str name = file_name_safe(&m->arena, db_get(db, index, 0, "name"),
					 text_of(m, index, "media_type"));

	f.path = arena_printf(&m->arena, "files/%s/%s", f.id, name.ptr);
	str_to_i64(db_get(db, index, 0, "bytes"), &f.bytes);
	str_to_i64(db_get(db, index, 0, "at_s"), &f.at_s);
	return f;
}

/* missing: why it is not in the archive; NULL: it is. */
static void
note(struct adding *m, const struct file *f, const char *missing)
{
	struct json_writer *w = &m->list;

	json_object(w);
	json_key(w, "id");
	json_cstring(w, f->id);
	json_key(w, "path");
	json_cstring(w, missing == NULL ? f->path : NULL);
	json_key(w, "sha256");
	json_cstring(w, f->sha256);
	json_key(w, "missing");
	json_cstring(w, missing);
	json_end_object(w);
}

static enum job_end
copy(struct adding *m, int fd)
{
	char piece[PIECE];
	enum job_end end;
	ssize_t n;

	do {
		n = read(fd, piece, sizeof(piece));
		if (n < 0)
			return export_disk_failed(m->r, errno);
		zip_add(m->zip, (struct str){ piece, (size_t)n });
		end = export_stops(m->r, m->zip);
	} while (n > 0 && end == JOB_DONE);
	return end;
}

static bool
has_room(const struct adding *m, const struct file *f)
{
	return zip_size(m->zip) + (int64_t)m->text.len + f->bytes + BESIDE <=
	       m->r->heritage->config.files_export_max_bytes;
}

/* That the bytes of one are lost is said; a store that is away is waited for. */
static enum job_end
add_file(struct adding *m, const struct file *f)
{
	struct store *s;
	enum job_end end;
	enum err e;
	int fd;

	if (!has_room(m, f)) {
		note(m, f, "too_large");
		return JOB_DONE;
	}
	s = file_store(m->r, f->store);
	if (s == NULL)
		return JOB_WAIT;
	e = store_open(s, f->key, &fd);
	if (e == ERR_NOT_FOUND) {
		note(m, f, "not_found");
		return JOB_DONE;
	}
	if (e != ERR_OK)
		return file_store_failed(m->r, s, e);
	zip_begin(m->zip, f->path, f->at_s, ZIP_STORED);
	end = copy(m, fd);
	close(fd);
	note(m, f, NULL);
	return end;
}

/* One by one: a place that was asked for earlier may have changed since. */
static enum job_end
add_files(struct adding *m, const char *who)
{
	const struct link_value values[] = { { "after", m->last }, { NULL, NULL } };
	enum job_end end = JOB_DONE;

	while (end == JOB_DONE) {
		struct file f;
		int index;
		enum err e = link_ask_as(m->r->db, who, Q_EXPORT_FILE, values, &index);

		if (e != ERR_OK)
			return runner_failed(m->r, e);
		if (db_row_count(m->r->db, index) == 0)
			break;
		f = file_at(m, index);
		memcpy(m->last, f.id, sizeof(m->last));
		end = add_file(m, &f);
		arena_reset(&m->arena);
	}
	return end;
}

enum job_end
export_add_files(struct runner *r, struct zip *zip, const char *who, int64_t at_s)
{
	struct adding m = { .r = r,
			    .zip = zip,
			    .last = "00000000-0000-0000-0000-000000000000" };
	enum job_end end;

	arena_init(&m.arena, PIECE);
	strbuf_init(&m.text);
	json_begin(&m.list, &m.text);
	json_array(&m.list);
	end = add_files(&m, who);
	json_end_array(&m.list);
	zip_begin(zip, "files/manifest.json", at_s, ZIP_DEFLATED);
	zip_add(zip, strbuf_str(&m.text));
	strbuf_release(&m.text);
	arena_release(&m.arena);
	return end;
}
