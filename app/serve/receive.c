/*
 * receive.c: bodies that are files, from nginx's buffer to the disk. Runs in workers.
 */
#include "serve/receive.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/strbuf.h"
#include "fcgi/fcgi.h"
#include "http/disposition.h"
#include "http/multipart.h"
#include "log/log.h"
#include "media/media.h"
#include "serve/idempotency.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"
#include "text/text.h"

enum { PIECE_BYTES = 64 * 1024, NAME_BYTES_MAX = 200 };

/* One reading; `fd` is of the last file that was begun. */
struct receiving {
	struct req *r;
	struct receipt *out;
	int most;
	int64_t until_ms; /* monotonic */
	int fds[RECEIVED_MAX];
	struct sha256 *hash; /* of the file at hand; NULL between two */
	char *piece;
};

/* --- refusals ---------------------------------------------------------------- */

static enum err
refuse_form(struct req *r)
{
	return request_fail(r, ERR_MALFORMED, NULL,
			    "The content is not a good form of files.");
}

static enum err
refuse_nothing(struct req *r)
{
	return request_fail(r, ERR_MALFORMED, "no_file", "There is no file in it.");
}

static enum err
refuse_size(struct req *r)
{
	int64_t most = r->worker->heritage->config.files_upload_max_bytes;

	return request_fail(r, ERR_TOO_LARGE, "file_too_large",
			    request_say(r, "A file may have %lld KiB at most.",
					(long long)most / 1024));
}

static enum err
refuse_number(struct req *r, int most)
{
	return request_fail(r, ERR_TOO_LARGE, NULL,
			    request_say(r, "It may hold %d files at most.", most));
}

/* A store that is full or away is told once in the log, for whoever can mend it. */
static enum err
refuse_store(struct req *r, enum err e, const char *why)
{
	log_begin(LOG_ERROR, "file_not_kept");
	log_str("request_id", r->request_id);
	log_cstr("error", err_name(e));
	log_cstr("why", why);
	log_end();
	return e == ERR_FULL ? ERR_FULL : ERR_BUSY;
}

/* --- names and types ----------------------------------------------------------- */

/* What stands behind the last slash of either kind, as one line of some length; NULL when nothing can be seen. */
static const char *
name_of(struct req *r, struct str name)
{
	if (name.ptr == NULL)
		return NULL;
	for (size_t i = name.len; i > 0; i--)
		if (name.ptr[i - 1] == '/' || name.ptr[i - 1] == '\\') {
			name = (struct str){ name.ptr + i, name.len - i };
			break;
		}
	name = text_line(r->arena, str_head(name, NAME_BYTES_MAX));
	return name.len > 0 ? arena_cstr(r->arena, name) : NULL;
}

static enum err
find_type(struct receiving *g, struct received *f, int fd)
{
	ssize_t n = pread(fd, g->piece, MEDIA_HEAD_BYTES, 0);
	const char *type = media_type(g->r->worker->media,
				      (struct str){ g->piece, n > 0 ? (size_t)n : 0 });

	for (const char *const *taken = surface.media; *taken != NULL; taken++)
		if (strcmp(*taken, type) == 0) {
			f->media_type = *taken;
			return ERR_OK;
		}
	return request_fail(g->r, ERR_MEDIA_TYPE, "file_type_not_allowed",
			    "A file of this kind is not taken.");
}

/* --- one file ------------------------------------------------------------------ */

static enum err
begin_file(struct receiving *g, struct str name)
{
	struct store *s = g->r->worker->store;
	struct received *f = &g->out->files[g->out->count];
	enum err e;

	if (g->out->count == g->most)
		return refuse_number(g->r, g->most);
	e = store_make(s, &g->fds[g->out->count]);
	if (e != ERR_OK)
		return refuse_store(g->r, e, store_why(s));
	*f = (struct received){ .name = name_of(g->r, name) };
	store_key(f->key);
	g->out->count++;
	g->hash = sha256_begin();
	return ERR_OK;
}

static enum err
write_all(struct receiving *g, int fd, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0)
			return refuse_store(g->r, store_errno(errno), strerror(errno));
		bytes = (struct str){ bytes.ptr + n, bytes.len - (size_t)n };
	}
	return ERR_OK;
}

static enum err
add_bytes(void *arg, struct str bytes)
{
	struct receiving *g = arg;
	struct received *f = &g->out->files[g->out->count - 1];

	f->bytes += (int64_t)bytes.len;
	if (f->bytes > g->r->worker->heritage->config.files_upload_max_bytes)
		return refuse_size(g->r);
	sha256_add(g->hash, bytes);
	return write_all(g, g->fds[g->out->count - 1], bytes);
}

static enum err
end_file(void *arg)
{
	struct receiving *g = arg;
	struct received *f = &g->out->files[g->out->count - 1];

	sha256_end(g->hash, f->sha256);
	g->hash = NULL;
	return f->bytes > 0 ? ERR_OK : refuse_nothing(g->r);
}

/* --- the body ------------------------------------------------------------------- */

static enum err
begin_part(void *arg, struct str disposition)
{
	struct receiving *g = arg;

	/* A field of a form that is no file. */
	if (http_parameter(disposition, "filename").ptr == NULL &&
	    http_parameter(disposition, "filename*").ptr == NULL)
		return refuse_form(g->r);
	return begin_file(g, http_filename(g->r->arena, disposition));
}

/* Calls `take` for each piece; nginx has the whole of it, so that only we can be slow. */
static enum err
read_pieces(struct receiving *g,
	    enum err (*take)(struct receiving *g, struct str bytes, void *arg), void *arg)
{
	enum err e = ERR_OK;
	size_t len;

	for (;;) {
		if (fcgi_read(g->r->fcgi, g->piece, PIECE_BYTES, &len) != ERR_OK)
			return request_fail(g->r, ERR_MALFORMED, NULL,
					    "The request did not arrive whole.");
		if (len == 0)
			return e;
		if (clock_mono_ms() > g->until_ms)
			return refuse_store(g->r, ERR_BUSY,
					    "it took longer than files.upload_time");
		e = take(g, (struct str){ g->piece, len }, arg);
		if (e != ERR_OK)
			return e;
	}
}

struct form {
	struct multipart parts;
	struct multipart_sink sink;
};

static enum err
take_of_form(struct receiving *g, struct str bytes, void *arg)
{
	struct form *form = arg;
	enum err e = multipart_feed(&form->parts, bytes, &form->sink);

	/* What the sink refused it has explained. */
	return e == ERR_MALFORMED && g->r->detail == NULL ? refuse_form(g->r) : e;
}

static enum err
take_of_file(struct receiving *g, struct str bytes, void *arg)
{
	(void)arg;
	return add_bytes(g, bytes);
}

static enum err
read_form(struct receiving *g)
{
	struct form *form = arena_alloc(g->r->arena, sizeof(*form));
	enum err e;

	form->sink = (struct multipart_sink){ g, begin_part, add_bytes, end_file };
	if (multipart_init(&form->parts, request_header(g->r, "CONTENT_TYPE")) != ERR_OK)
		return refuse_form(g->r);
	e = read_pieces(g, take_of_form, form);
	if (e == ERR_OK && !multipart_is_whole(&form->parts))
		return refuse_form(g->r);
	return e == ERR_OK && g->out->count == 0 ? refuse_nothing(g->r) : e;
}

static enum err
read_file(struct receiving *g)
{
	struct str header = request_header(g->r, "HTTP_CONTENT_DISPOSITION");
	const char *asked = request_query(g->r, "name");
	struct str name =
		asked != NULL ? str_of(asked) : http_filename(g->r->arena, header);
	enum err e = begin_file(g, name);

	if (e == ERR_OK)
		e = read_pieces(g, take_of_file, NULL);
	return e == ERR_OK ? end_file(g) : e;
}

bool
receive_is_form(struct req *r)
{
	return http_media_type_is(request_header(r, "CONTENT_TYPE"),
				  "multipart/form-data");
}

/* Before a byte of it is read: is it a body that can be taken? */
static enum err
look(struct req *r, int most)
{
	int64_t bytes, max = r->worker->heritage->config.files_upload_max_bytes;
	struct str encoding = request_header(r, "HTTP_CONTENT_ENCODING");

	if (fcgi_length(r->fcgi, &bytes) != ERR_OK)
		return ERR_MALFORMED;
	if (encoding.len > 0 && !str_eq_ci(encoding, STR("identity")))
		return request_fail(r, ERR_MEDIA_TYPE, NULL,
				    "The content must not be compressed.");
	if (bytes == 0)
		return refuse_nothing(r);
	if (receive_is_form(r))
		max = most * (max + MULTIPART_HEAD_MAX);
	return bytes <= max ? ERR_OK : refuse_size(r);
}

/* --- keeping --------------------------------------------------------------------- */

static void
forget(struct req *r, const struct receipt *files, int count)
{
	for (int i = 0; i < count; i++)
		store_remove(r->worker->store, files->files[i].key);
}

static enum err
keep(struct receiving *g)
{
	struct store *s = g->r->worker->store;
	enum err e = ERR_OK;

	for (int i = 0; i < g->out->count && e == ERR_OK; i++)
		e = find_type(g, &g->out->files[i], g->fds[i]);
	if (e != ERR_OK)
		return e;
	for (int i = 0; i < g->out->count; i++) {
		e = store_put(s, g->fds[i], g->out->files[i].key);
		if (e == ERR_OK)
			continue;
		/* The last may have its name already. */
		forget(g->r, g->out, i + 1);
		return refuse_store(g->r, e, store_why(s));
	}
	return ERR_OK;
}

/* The same bytes under the same names are the same request. */
static void
note_key(struct req *r, const struct receipt *files)
{
	struct strbuf text;

	strbuf_init(&text);
	for (int i = 0; i < files->count; i++)
		strbuf_addf(&text, "%s %s\n", files->files[i].sha256,
			    files->files[i].name != NULL ? files->files[i].name : "");
	idempotency_of_text(r, strbuf_str(&text));
	strbuf_release(&text);
}

/* What is written of the bytes needs some of the request's time, too. */
static int64_t
end_of_reading(const struct req *r)
{
	int64_t now = clock_mono_ms(), left = (r->deadline_ms - now) * 4 / 5;
	int64_t most = r->worker->heritage->config.files_upload_ms;

	return now + (most < left ? most : left);
}

enum err
receive_files(struct req *r, int most, struct receipt *out)
{
	struct receiving g = { .r = r,
			       .out = out,
			       .most = most,
			       .until_ms = end_of_reading(r),
			       .piece = arena_alloc(r->arena, PIECE_BYTES) };
	char unused[SHA256_HEX_SIZE];
	enum err e = look(r, most);

	out->count = 0;
	if (e != ERR_OK)
		return e;
	e = receive_is_form(r) ? read_form(&g) : read_file(&g);
	if (g.hash != NULL)
		sha256_end(g.hash, unused);
	if (e == ERR_OK)
		e = keep(&g);
	for (int i = 0; i < out->count; i++)
		close(g.fds[i]);
	if (e == ERR_OK)
		note_key(r, out);
	return e;
}

/* What may have been written keeps its bytes: a sweep knows. */
enum err
receive_settle(struct req *r, const struct receipt *files, enum err e)
{
	if (e != ERR_OK && e != ERR_CLOSED && e != ERR_TIMEOUT)
		forget(r, files, files->count);
	return e;
}
