/*
 * bucket.c: a store in a bucket: what its calls ask of the server. Runs in programs that reach out, never in the pool.
 */
#include "bucket/bucket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bucket/ask.h"
#include "core/die.h"
#include "core/strbuf.h"
#include "s3/answer.h"
#include "storage/kind.h"
#include "storage/storage.h"

enum { PAGE_BYTES_MAX = 4 * 1024 * 1024 };

struct bucket {
	struct store store;
	const struct bucket_settings *settings;
	struct ask *ask;
	struct arena arena; /* of one call */
};

static struct bucket *
bucket_of(struct store *s)
{
	return (struct bucket *)(void *)s;
}

static enum err
disk_failed(struct store *s, int error)
{
	enum err e = store_errno(error);

	return store_fail(s, e == ERR_NOT_FOUND ? ERR_BUSY : e, "%s: %s",
			  bucket_of(s)->settings->spool, strerror(error));
}

/* One request, and in `why` what came of it. */
static enum err
run(struct bucket *b, const struct ask_request *r, struct ask_answer *out)
{
	enum err e = ask_send(b->ask, r, out);
	struct str code = STR("");

	if (out->disk_errno != 0)
		return disk_failed(&b->store, out->disk_errno);
	if (e != ERR_OK)
		return store_fail(&b->store, e, "%s", ask_why(b->ask));
	e = s3_answer(out->status, out->body, &code);
	if (e != ERR_OK)
		store_fail(&b->store, e, "the server of files says %d%s%s", out->status,
			   code.len > 0 ? " " : "", arena_cstr(&b->arena, code));
	return e;
}

static struct ask_request
about(struct bucket *b, enum ask_method method, const char *key)
{
	arena_reset(&b->arena);
	return (struct ask_request){
		.method = method,
		.path = s3_path(&b->arena, &b->settings->place, key),
		.fd = -1,
	};
}

/* --- the calls -------------------------------------------------------------- */

static enum err
bucket_make(struct store *s, int *fd)
{
	*fd = storage_make(bucket_of(s)->settings->spool);
	return *fd >= 0 ? ERR_OK : disk_failed(s, errno);
}

static enum err
bucket_size(struct store *s, const char *key, int64_t *bytes)
{
	struct bucket *b = bucket_of(s);
	struct ask_request r = about(b, ASK_HEAD, key);
	struct ask_answer answer;
	enum err e = run(b, &r, &answer);

	*bytes = answer.length;
	return e == ERR_OK && answer.length < 0
		       ? store_fail(s, ERR_BUSY, "the server of files says no size")
		       : e;
}

static enum err
bucket_put(struct store *s, int fd, const char *key)
{
	struct bucket *b = bucket_of(s);
	struct ask_request r = about(b, ASK_PUT, key);
	struct ask_answer answer;
	struct ask_body body;
	int64_t bytes;
	enum err e;

	if (!ask_measure(fd, &body))
		return disk_failed(s, errno);
	r.fd = fd;
	r.body = &body;
	e = run(b, &r, &answer);
	if (e == ERR_NOT_FOUND)
		return store_fail(s, ERR_FORBIDDEN,
				  "the server of files has no such bucket");
	if (e == ERR_OK)
		e = bucket_size(s, key, &bytes);
	if (e == ERR_OK && bytes != body.bytes)
		return store_fail(s, ERR_BUSY,
				  "the server of files has %lld bytes of %lld",
				  (long long)bytes, (long long)body.bytes);
	return e;
}

static enum err
bucket_open(struct store *s, const char *key, int *fd)
{
	struct bucket *b = bucket_of(s);
	struct ask_request r = about(b, ASK_GET, key);
	struct ask_answer answer;
	enum err e = bucket_make(s, fd);

	if (e != ERR_OK)
		return e;
	r.fd = *fd;
	e = run(b, &r, &answer);
	if (e == ERR_OK && lseek(*fd, 0, SEEK_SET) != 0)
		e = disk_failed(s, errno);
	if (e != ERR_OK)
		close(*fd);
	return e;
}

static enum err
bucket_remove(struct store *s, const char *key)
{
	struct bucket *b = bucket_of(s);
	struct ask_request r = about(b, ASK_DELETE, key);
	struct ask_answer answer;
	enum err e = run(b, &r, &answer);

	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* --- lists ------------------------------------------------------------------ */

/* Parameters sorted by name, for so they are signed. */
static struct ask_request
list_request(struct bucket *b, struct str behind, int max)
{
	struct ask_request r = about(b, ASK_GET, "");

	r.path = arena_printf(&b->arena, "/%s", b->settings->place.bucket);
	r.query = arena_printf(&b->arena, "list-type=2&max-keys=%d%s%s", max,
			       behind.len > 0 ? "&start-after=" : "",
			       s3_escape(&b->arena, behind));
	r.answer_max_bytes = PAGE_BYTES_MAX;
	return r;
}

static enum err
each_of_page(struct str page, store_each_fn *each, void *arg)
{
	struct s3_listed listed;
	enum err e = ERR_OK;

	while (e == ERR_OK && s3_listed_next(&page, &listed)) {
		char key[STORE_KEY_SIZE];

		if (!store_key_is(listed.key))
			continue;
		snprintf(key, sizeof(key), "%.*s", STR_FMT(listed.key));
		e = each(arg,
			 &(struct store_item){ key, listed.bytes, listed.modified_s });
	}
	return e;
}

/* Page and key are copies: `each` may use the store. */
static enum err
each_page(struct bucket *b, struct strbuf *page, struct strbuf *behind,
	  store_each_fn *each, void *arg)
{
	struct ask_request r = list_request(b, strbuf_str(behind), 1000);
	struct ask_answer answer;
	enum err e = run(b, &r, &answer);

	if (e == ERR_NOT_FOUND)
		return store_fail(&b->store, ERR_FORBIDDEN,
				  "the server of files has no such bucket");
	if (e != ERR_OK)
		return e;
	strbuf_clear(page, 0);
	strbuf_add(page, answer.body);
	strbuf_clear(behind, 0);
	strbuf_add(behind, s3_list_goes_on(&b->arena, answer.body));
	return each_of_page(strbuf_str(page), each, arg);
}

static enum err
bucket_each(struct store *s, store_each_fn *each, void *arg)
{
	struct strbuf page, behind;
	enum err e;

	strbuf_init(&page);
	strbuf_init(&behind);
	do
		e = each_page(bucket_of(s), &page, &behind, each, arg);
	while (e == ERR_OK && behind.len > 0);
	strbuf_release(&page);
	strbuf_release(&behind);
	return e;
}

enum err
bucket_look(struct store *bucket)
{
	struct bucket *b = bucket_of(bucket);
	struct ask_request r = list_request(b, STR(""), 1);
	struct ask_answer answer;
	enum err e = run(b, &r, &answer);

	return e == ERR_NOT_FOUND ? ERR_FORBIDDEN : e;
}

/* --- the object ------------------------------------------------------------- */

static void
bucket_free(struct store *s)
{
	struct bucket *b = bucket_of(s);

	ask_free(b->ask);
	arena_release(&b->arena);
	free(b);
}

static const struct store_kind kind = {
	.name = "s3",
	.make = bucket_make,
	.put = bucket_put,
	.open = bucket_open,
	.size = bucket_size,
	.remove = bucket_remove,
	.each = bucket_each,
	.free = bucket_free,
};

struct store *
store_bucket(const struct bucket_settings *settings)
{
	struct bucket *b = calloc(1, sizeof(*b));

	if (b == NULL)
		die("out of memory");
	b->store.kind = &kind;
	b->settings = settings;
	b->ask = ask_new(&settings->place, settings->ca_file, settings->timeout_ms);
	arena_init(&b->arena, 4096);
	return &b->store;
}
