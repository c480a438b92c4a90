/*
 * fetch.c: HTTP requests to the outside. Runs in runners of hob-jobs, never in what serves requests.
 */
#include "fetch/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client/client.h"
#include "core/die.h"
#include "core/strbuf.h"
#include "http/url.h"
#include "net/reach.h"

/* An answer's buffer that grew beyond this is given back. */
enum { KEEP_BYTES = 64 * 1024, WHY_SIZE = CURL_ERROR_SIZE + 64 };

struct fetch {
	CURL *curl;
	enum fetch_reach reach;
	struct strbuf url, line, answer;
	size_t answer_max_bytes;
	bool is_head_whole, is_too_large;
	int64_t retry_after;
	struct str body;		/* what is still to be sent of it */
	char refused[INET6_ADDRSTRLEN]; /* the address that may not be reached, or "" */
	char curl_why[CURL_ERROR_SIZE], why[WHY_SIZE];
};

#define SET(f, option, value) CLIENT_SET((f)->curl, option, value)

/* --- what libcurl calls ---------------------------------------------------- */

static bool
may_reach(struct fetch *f, const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	bool is_v6 = address->sa_family == AF_INET6;

	if (f->reach == FETCH_ANYWHERE || reach_is_public(address))
		return true;
	inet_ntop(is_v6 ? AF_INET6 : AF_INET,
		  is_v6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr,
		  f->refused, sizeof(f->refused));
	return false;
}

static curl_socket_t
open_socket(void *fetch, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)purpose;
	if (!may_reach(fetch, &address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		      address->protocol);
}

static size_t
give_body(char *to, size_t size, size_t count, void *fetch)
{
	struct fetch *f = fetch;
	size_t room = size * count, len = f->body.len < room ? f->body.len : room;

	memcpy(to, f->body.ptr, len);
	f->body.ptr += len;
	f->body.len -= len;
	return len;
}

/*
 * libcurl sends a request again when a kept connection closes without an answer. By then the
 * server may have done what it was asked to, so the body cannot be had a second time.
 */
static int
refuse_rewind(void *fetch, curl_off_t offset, int origin)
{
	(void)fetch, (void)offset, (void)origin;
	return CURL_SEEKFUNC_FAIL;
}

/* libcurl takes a head that breaks off for a whole one. */
static size_t
take_header(char *line, size_t size, size_t count, void *fetch)
{
	struct fetch *f = fetch;
	struct str s = { line, size * count }, value = s, name = str_cut(&value, ':');

	if (str_starts(s, STR("HTTP/")))
		f->is_head_whole = false;
	else if (str_trim(s).len == 0)
		f->is_head_whole = true;
	else if (str_eq_ci(name, STR("Retry-After")))
		str_to_i64(str_trim(value), &f->retry_after);
	return s.len;
}

static size_t
take_answer(char *from, size_t size, size_t count, void *fetch)
{
	struct fetch *f = fetch;
	size_t len = size * count, room = f->answer_max_bytes - f->answer.len;

	f->is_too_large = len > room;
	strbuf_add_bytes(&f->answer, from, f->is_too_large ? room : len);
	return f->is_too_large ? CURL_WRITEFUNC_ERROR : len;
}

/* --- the handle ------------------------------------------------------------ */

static void
set_callbacks(struct fetch *f)
{
	SET(f, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(f, CURLOPT_OPENSOCKETDATA, f);
	SET(f, CURLOPT_READFUNCTION, give_body);
	SET(f, CURLOPT_READDATA, f);
	SET(f, CURLOPT_SEEKFUNCTION, refuse_rewind);
	SET(f, CURLOPT_SEEKDATA, f);
	SET(f, CURLOPT_HEADERFUNCTION, take_header);
	SET(f, CURLOPT_HEADERDATA, f);
	SET(f, CURLOPT_WRITEFUNCTION, take_answer);
	SET(f, CURLOPT_WRITEDATA, f);
	SET(f, CURLOPT_ERRORBUFFER, f->curl_why);
}

struct fetch *
fetch_new(enum fetch_reach reach, const char *ca)
{
	struct fetch *f = calloc(1, sizeof(*f));

	if (f == NULL)
		die("out of memory for a request");
	f->curl = client_new(ca);
	f->reach = reach;
	strbuf_init(&f->url);
	strbuf_init(&f->line);
	strbuf_init(&f->answer);
	set_callbacks(f);
	return f;
}

void
fetch_free(struct fetch *f)
{
	if (f == NULL)
		return;
	client_free(f->curl);
	strbuf_release(&f->url);
	strbuf_release(&f->line);
	strbuf_release(&f->answer);
	free(f);
}

/* --- one request ----------------------------------------------------------- */

static bool
is_line(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return false;
	return true;
}

static enum err
refuse(struct fetch *f, const char *why)
{
	snprintf(f->why, sizeof(f->why), "%s", why);
	return ERR_INVALID;
}

static enum err
set_url(struct fetch *f, struct str url)
{
	struct http_url parts;

	if (!http_url_parse(url, &parts) || parts.has_user)
		return refuse(f, "no absolute URL of http or https without a user");
	strbuf_clear(&f->url, 0);
	strbuf_add(&f->url, url);
	SET(f, CURLOPT_URL, f->url.ptr);
	return ERR_OK;
}

static struct curl_slist *
with_line(struct curl_slist *list, const char *line)
{
	list = curl_slist_append(list, line);
	if (list == NULL)
		die("out of memory");
	return list;
}

/* The list is the caller's: curl_slist_free_all. */
static enum err
set_headers(struct fetch *f, const struct fetch_request *r, struct curl_slist **list)
{
	for (size_t i = 0; i < r->header_count; i++) {
		const struct http_pair *h = &r->headers[i];

		if (h->name.len == 0 || h->value.len == 0 || !is_line(h->name) ||
		    !is_line(h->value))
			return refuse(f, "a header is empty or has control characters");
		strbuf_clear(&f->line, 0);
		strbuf_addf(&f->line, "%.*s: %.*s", STR_FMT(h->name), STR_FMT(h->value));
		*list = with_line(*list, f->line.ptr);
	}
	SET(f, CURLOPT_HTTPHEADER, *list);
	return ERR_OK;
}

static void
set_request(struct fetch *f, const struct fetch_request *r)
{
	if (r->body.ptr != NULL) {
		SET(f, CURLOPT_POST, 1L);
		SET(f, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
	} else {
		SET(f, CURLOPT_HTTPGET, 1L);
	}
	SET(f, CURLOPT_CUSTOMREQUEST, http_method_name(r->method));
	/* 0 is no limit to libcurl. */
	if (r->connect_ms <= 0 || r->whole_ms <= 0)
		die("a request to the outside without a limit of time");
	SET(f, CURLOPT_CONNECTTIMEOUT_MS, (long)r->connect_ms);
	SET(f, CURLOPT_TIMEOUT_MS, (long)r->whole_ms);
	f->body = r->body;
	f->answer_max_bytes = r->answer_max_bytes;
}

static void
forget(struct fetch *f)
{
	strbuf_clear(&f->answer, KEEP_BYTES);
	f->is_head_whole = f->is_too_large = false;
	f->retry_after = 0;
	f->refused[0] = f->curl_why[0] = f->why[0] = '\0';
}

/* What came of it, and the words. */
static enum err
ended(struct fetch *f, CURLcode code, bool is_sent)
{
	if (code == CURLE_OK)
		return ERR_OK;
	if (f->is_too_large) {
		snprintf(f->why, sizeof(f->why), "the answer is longer than %zu bytes",
			 f->answer_max_bytes);
		return ERR_TOO_LARGE;
	}
	if (code == CURLE_COULDNT_CONNECT && f->refused[0] != '\0') {
		snprintf(f->why, sizeof(f->why), "%s is not of the public internet",
			 f->refused);
		return ERR_FORBIDDEN;
	}
	if (code == CURLE_SEND_FAIL_REWIND)
		snprintf(f->why, sizeof(f->why), "closed without an answer");
	else
		snprintf(f->why, sizeof(f->why), "%s",
			 f->curl_why[0] ? f->curl_why : curl_easy_strerror(code));
	if (code == CURLE_OPERATION_TIMEDOUT)
		return ERR_TIMEOUT;
	return is_sent ? ERR_CLOSED : ERR_BUSY;
}

static enum err
perform(struct fetch *f, struct fetch_answer *out)
{
	long status = 0, sent_bytes = 0;
	CURLcode code = curl_easy_perform(f->curl);

	if (code == CURLE_OK && !f->is_head_whole)
		code = CURLE_PARTIAL_FILE;
	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(f->curl, CURLINFO_REQUEST_SIZE, &sent_bytes);
	*out = (struct fetch_answer){ (int)status, strbuf_str(&f->answer), sent_bytes > 0,
				      f->retry_after };
	return ended(f, code, out->is_sent);
}

enum err
fetch_send(struct fetch *f, const struct fetch_request *r, struct fetch_answer *out)
{
	struct curl_slist *list = NULL;
	enum err e;

	*out = (struct fetch_answer){ 0 };
	forget(f);
	e = set_url(f, r->url);
	if (e == ERR_OK)
		e = set_headers(f, r, &list);
	if (e == ERR_OK) {
		set_request(f, r);
		e = perform(f, out);
	}
	SET(f, CURLOPT_HTTPHEADER, (struct curl_slist *)NULL);
	curl_slist_free_all(list);
	return e;
}

const char *
fetch_why(const struct fetch *f)
{
	return f->why;
}
