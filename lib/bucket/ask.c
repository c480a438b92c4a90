/*
 * ask.c: requests to a server that speaks S3. The signature (AWS SigV4), TLS and waiting are libcurl's. Runs in programs
 * that reach out, never in the pool.
 */
#include "bucket/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"
#include "core/arena.h"
#include "core/die.h"
#include "core/strbuf.h"

/* What moves slower than SLOW_BYTES a second for as long as the timeout is given up. */
enum { ERROR_BYTES_MAX = 16 * 1024, SLOW_BYTES = 1024, WHOLE_TIMES = 20 };

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct ask {
	CURL *curl;
	const struct s3_place *place;
	const struct ask_request *request; /* the one at hand */
	int64_t timeout_ms, sent_bytes;
	struct strbuf body;
	int disk_errno;
	bool is_too_large;
	char error[CURL_ERROR_SIZE];
};

#define SET(a, option, value) CLIENT_SET((a)->curl, option, value)

/* --- what libcurl calls ----------------------------------------------------- */

static size_t
give(char *to, size_t one, size_t room, void *arg)
{
	struct ask *a = arg;
	ssize_t n = pread(a->request->fd, to, one * room, a->sent_bytes);

	if (n < 0) {
		a->disk_errno = errno;
		return CURL_READFUNC_ABORT;
	}
	a->sent_bytes += n;
	return (size_t)n;
}

/* The same bytes under the same key: what was sent half may be sent again. */
static int
rewind_to(void *arg, curl_off_t offset, int origin)
{
	struct ask *a = arg;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	a->sent_bytes = offset;
	return CURL_SEEKFUNC_OK;
}

static size_t
write_to_file(struct ask *a, const char *from, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(a->request->fd, from + done, len - done);

		if (n < 0) {
			a->disk_errno = errno;
			return CURL_WRITEFUNC_ERROR;
		}
		done += (size_t)n;
	}
	return len;
}

static size_t
take(char *from, size_t one, size_t count, void *arg)
{
	struct ask *a = arg;
	size_t len = one * count, max = ERROR_BYTES_MAX;
	long status = 0;

	curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200 && a->request->method == ASK_GET && a->request->fd >= 0)
		return write_to_file(a, from, len);
	if (a->request->answer_max_bytes > max)
		max = a->request->answer_max_bytes;
	a->is_too_large = a->body.len + len > max;
	if (a->is_too_large)
		return CURL_WRITEFUNC_ERROR;
	strbuf_add_bytes(&a->body, from, len);
	return len;
}

/* --- the handle ------------------------------------------------------------- */

static void
set_up(struct ask *a)
{
	const struct s3_place *p = a->place;
	char signer[128];

	snprintf(signer, sizeof(signer), "aws:amz:%s:s3", p->region);
	SET(a, CURLOPT_AWS_SIGV4, signer);
	SET(a, CURLOPT_USERNAME, p->key);
	SET(a, CURLOPT_PASSWORD, p->secret);
	SET(a, CURLOPT_READFUNCTION, give);
	SET(a, CURLOPT_READDATA, a);
	SET(a, CURLOPT_SEEKFUNCTION, rewind_to);
	SET(a, CURLOPT_SEEKDATA, a);
	SET(a, CURLOPT_WRITEFUNCTION, take);
	SET(a, CURLOPT_WRITEDATA, a);
	SET(a, CURLOPT_ERRORBUFFER, a->error);
	SET(a, CURLOPT_PATH_AS_IS, 1L);
	SET(a, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	SET(a, CURLOPT_CONNECTTIMEOUT_MS, (long)a->timeout_ms);
	SET(a, CURLOPT_LOW_SPEED_TIME, (long)((a->timeout_ms + 999) / 1000));
}

struct ask *
ask_new(const struct s3_place *place, const char *ca_file, int64_t timeout_ms)
{
	struct ask *a = calloc(1, sizeof(*a));

	if (a == NULL)
		die("out of memory for a bucket");
	a->curl = client_new(ca_file[0] != '\0' ? ca_file : NULL);
	a->place = place;
	a->timeout_ms = timeout_ms;
	strbuf_init(&a->body);
	set_up(a);
	return a;
}

void
ask_free(struct ask *a)
{
	client_free(a->curl);
	strbuf_release(&a->body);
	free(a);
}

/* --- one request ------------------------------------------------------------ */

static struct curl_slist *
with(struct curl_slist *list, const char *line)
{
	list = curl_slist_append(list, line);
	if (list == NULL)
		die("out of memory");
	return list;
}

/* The list is the caller's. libcurl signs these, and takes the hash of the body from them. */
static struct curl_slist *
headers_of(struct arena *arena, const struct ask_body *body)
{
	struct curl_slist *list =
		with(NULL, arena_printf(arena, "x-amz-content-sha256: %s",
					body != NULL ? body->sha256 : EMPTY_SHA256));

	if (body == NULL)
		return list;
	list = with(list, arena_printf(arena, "Content-MD5: %s", body->md5));
	return with(list, "Content-Type: application/octet-stream");
}

static void
set_request(struct ask *a, struct arena *arena, const struct ask_request *r)
{
	bool has_file = r->fd >= 0;

	SET(a, CURLOPT_URL,
	    arena_printf(arena, "%s%s%s%s", a->place->endpoint, r->path,
			 r->query != NULL ? "?" : "", r->query != NULL ? r->query : ""));
	SET(a, CURLOPT_CUSTOMREQUEST, (char *)NULL);
	SET(a, CURLOPT_HTTPGET, 1L);
	if (r->method == ASK_HEAD)
		SET(a, CURLOPT_NOBODY, 1L);
	else if (r->method == ASK_PUT)
		SET(a, CURLOPT_UPLOAD, 1L);
	else if (r->method == ASK_DELETE)
		SET(a, CURLOPT_CUSTOMREQUEST, "DELETE");
	SET(a, CURLOPT_INFILESIZE_LARGE,
	    (curl_off_t)(r->body != NULL ? r->body->bytes : -1));
	SET(a, CURLOPT_TIMEOUT_MS, (long)(a->timeout_ms * (has_file ? WHOLE_TIMES : 1)));
	a->request = r;
	a->sent_bytes = 0;
	a->disk_errno = 0;
	a->is_too_large = false;
	a->error[0] = '\0';
	strbuf_clear(&a->body, 64 * 1024);
}

/* clang-format off */
static const CURLcode not_the_one[] = {
	CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
};
/* clang-format on */

static enum err
meaning_of(struct ask *a, CURLcode code)
{
	if (code == CURLE_OK)
		return ERR_OK;
	if (a->is_too_large)
		snprintf(a->error, sizeof(a->error), "its answer is too long");
	if (a->error[0] == '\0')
		snprintf(a->error, sizeof(a->error), "%s", curl_easy_strerror(code));
	for (size_t i = 0; i < sizeof(not_the_one) / sizeof(not_the_one[0]); i++)
		if (code == not_the_one[i])
			return ERR_FORBIDDEN;
	return ERR_BUSY;
}

enum err
ask_send(struct ask *a, const struct ask_request *r, struct ask_answer *out)
{
	struct curl_slist *list;
	struct arena arena;
	curl_off_t length = -1;
	long status = 0;
	enum err e;

	arena_init(&arena, 1024);
	list = headers_of(&arena, r->body);
	SET(a, CURLOPT_HTTPHEADER, list);
	set_request(a, &arena, r);
	e = meaning_of(a, curl_easy_perform(a->curl));
	curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(a->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	*out = (struct ask_answer){ (int)status, strbuf_str(&a->body), length,
				    a->disk_errno };
	SET(a, CURLOPT_HTTPHEADER, (struct curl_slist *)NULL);
	curl_slist_free_all(list);
	arena_release(&arena);
	return e;
}

const char *
ask_why(const struct ask *a)
{
	return a->error;
}
