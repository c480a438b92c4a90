/*
 * words.c: the small vocabulary of HTTP: methods, status lines, and the few
 * request headers Hob looks into.
 *
 * Not a header parser: nginx has split and bounded the header lines already,
 * and what arrives here is one value. Runs in workers.
 */
#include "http/http.h"

#include "core/die.h"

/* clang-format off */
static const char *const method_names[HTTP_METHOD_COUNT + 1] = {
	[HTTP_GET] = "GET",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE",
	[HTTP_OTHER] = "OTHER",
};
/* clang-format on */

enum http_method
http_method_parse(struct str s)
{
	for (int m = 0; m < HTTP_METHOD_COUNT; m++)
		if (str_is(s, method_names[m]))
			return m;
	return str_is(s, "HEAD") ? HTTP_GET : HTTP_OTHER;
}

const char *
http_method_name(enum http_method m)
{
	return method_names[m];
}

static const struct {
	int status;
	const char *text;
} status_texts[] = {
	{ 200, "200 OK" },
	{ 201, "201 Created" },
	{ 202, "202 Accepted" },
	{ 204, "204 No Content" },
	{ 206, "206 Partial Content" },
	{ 304, "304 Not Modified" },
	{ 400, "400 Bad Request" },
	{ 401, "401 Unauthorized" },
	{ 402, "402 Payment Required" },
	{ 403, "403 Forbidden" },
	{ 404, "404 Not Found" },
	{ 405, "405 Method Not Allowed" },
	{ 409, "409 Conflict" },
	{ 410, "410 Gone" },
	{ 412, "412 Precondition Failed" },
	{ 413, "413 Content Too Large" },
	{ 414, "414 URI Too Long" },
	{ 415, "415 Unsupported Media Type" },
	{ 416, "416 Range Not Satisfiable" },
	{ 422, "422 Unprocessable Content" },
	{ 429, "429 Too Many Requests" },
	{ 431, "431 Request Header Fields Too Large" },
	{ 500, "500 Internal Server Error" },
	{ 502, "502 Bad Gateway" },
	{ 503, "503 Service Unavailable" },
	{ 504, "504 Gateway Timeout" },
	{ 507, "507 Insufficient Storage" },
};

const char *
http_status_text(int status)
{
	for (size_t i = 0; i < sizeof(status_texts) / sizeof(status_texts[0]); i++)
		if (status_texts[i].status == status)
			return status_texts[i].text;
	die("http: status %d has no text", status);
}

/* RFC 9110 11.2: what a key may be made of, so that no space or comma hides in it. */
static bool
is_token68(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9'))
			continue;
		if (c != '-' && c != '.' && c != '_' && c != '~' && c != '+' &&
		    c != '/' && c != '=')
			return false;
	}
	return s.len > 0;
}

struct str
http_authorization_key(struct str header)
{
	struct str key, scheme;

	if (header.ptr == NULL)
		return STR_NONE;
	key = str_trim(header);
	scheme = str_cut(&key, ' ');
	if (!str_eq_ci(scheme, STR("Token")) && !str_eq_ci(scheme, STR("Bearer")))
		return STR_NONE;
	if (key.ptr == NULL)
		return STR_NONE;
	key = str_trim(key);
	return is_token68(key) ? key : STR_NONE;
}

struct str
http_cookie(struct str header, const char *name)
{
	struct str found = STR_NONE;

	while (header.ptr != NULL) {
		struct str value = str_cut(&header, ';');

		if (!str_is(str_trim(str_cut(&value, '=')), name))
			continue;
		if (found.ptr != NULL || value.ptr == NULL)
			return STR_NONE;
		found = str_trim(value);
	}
	return found.len > 0 ? found : STR_NONE;
}

bool
http_media_type_is(struct str header, const char *type)
{
	if (header.ptr == NULL)
		return false;
	return str_eq_ci(str_trim(str_cut(&header, ';')), str_of(type));
}

/* Cuts off the next parameter; a semicolon between quotes is no end. */
static struct str
next_parameter(struct str *rest)
{
	struct str whole = *rest;
	bool quoted = false;

	for (size_t i = 0; i < whole.len; i++) {
		if (quoted && whole.ptr[i] == '\\')
			i++;
		else if (whole.ptr[i] == '"')
			quoted = !quoted;
		else if (whole.ptr[i] == ';' && !quoted) {
			*rest = (struct str){ whole.ptr + i + 1, whole.len - i - 1 };
			return (struct str){ whole.ptr, i };
		}
	}
	*rest = STR_NONE;
	return whole;
}

struct str
http_parameter(struct str header, const char *name)
{
	struct str found = STR_NONE;

	for (next_parameter(&header); header.ptr != NULL;) {
		struct str value = next_parameter(&header);

		if (!str_eq_ci(str_trim(str_cut(&value, '=')), str_of(name)))
			continue;
		if (found.ptr != NULL || value.ptr == NULL)
			return STR_NONE;
		found = str_trim(value);
	}
	return found;
}

bool
http_charset_is_utf8(struct str header)
{
	for (next_parameter(&header); header.ptr != NULL;) {
		struct str value = next_parameter(&header);
		struct str name = str_trim(str_cut(&value, '='));

		if (!str_eq_ci(name, STR("charset")))
			continue;
		value = str_trim(value);
		if (!str_eq_ci(value, STR("utf-8")) &&
		    !str_eq_ci(value, STR("\"utf-8\"")))
			return false;
	}
	return true;
}

bool
http_request_id_is(struct str s)
{
	if (s.len < 8 || s.len > 64)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      (c >= '0' && c <= '9') || c == '_' || c == '-'))
			return false;
	}
	return true;
}

/* Lower-case hex, and not all zeros, which stands for none. */
static bool
is_hex_id(struct str s, size_t len)
{
	bool something = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		something |= c != '0';
	}
	return s.len == len && something;
}

/* version-trace-parent-flags; a version to come may have more behind it, 00 has not. */
struct str
http_trace_id(struct str header)
{
	struct str version = str_cut(&header, '-'), trace = str_cut(&header, '-');
	struct str parent = str_cut(&header, '-'), flags = str_cut(&header, '-');
	bool known = str_is(version, "00");

	if (!known && (!is_hex_id(version, 2) || str_is(version, "ff")))
		return STR_NONE;
	if (!is_hex_id(trace, 32) || !is_hex_id(parent, 16) || flags.len != 2 ||
	    (known && header.ptr != NULL))
		return STR_NONE;
	return is_hex_id(flags, 2) || str_is(flags, "00") ? trace : STR_NONE;
}
