/*
 * url.c: an absolute URL taken apart. Runs in every process.
 */
#include "http/url.h"

#include <string.h>
#include <strings.h>

static bool
is_visible(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || text.ptr[i] == '\\')
			return false;
	return true;
}

static bool
cut_scheme(struct str *text, const char *scheme)
{
	size_t len = strlen(scheme);

	if (text->len < len || strncasecmp(text->ptr, scheme, len) != 0)
		return false;
	*text = (struct str){ text->ptr + len, text->len - len };
	return true;
}

/* The first of these characters, or the end. */
static size_t
find_any(struct str text, const char *chars)
{
	size_t i = 0;

	while (i < text.len && strchr(chars, text.ptr[i]) == NULL)
		i++;
	return i;
}

/* Digits behind a colon; none are the port of the scheme. */
static bool
read_port(struct str text, struct http_url *u)
{
	int64_t port;

	u->port = u->is_tls ? 443 : 80;
	if (text.len == 0)
		return true;
	if (text.ptr[0] != ':' || text.len > 6)
		return false;
	if (text.len == 1)
		return true;
	if (!str_to_i64((struct str){ text.ptr + 1, text.len - 1 }, &port) || port < 1 ||
	    port > 65535)
		return false;
	u->port = (int)port;
	return true;
}

static bool
read_authority(struct str authority, struct http_url *u)
{
	size_t end;

	for (size_t i = 0; i < authority.len; i++)
		u->has_user = u->has_user || authority.ptr[i] == '@';
	while (find_any(authority, "@") < authority.len)
		str_cut(&authority, '@');
	u->is_bracketed = authority.len > 0 && authority.ptr[0] == '[';
	if (u->is_bracketed)
		authority = (struct str){ authority.ptr + 1, authority.len - 1 };
	end = find_any(authority, u->is_bracketed ? "]" : ":");
	if (u->is_bracketed && end == authority.len)
		return false;
	u->host = (struct str){ authority.ptr, end };
	end += u->is_bracketed;
	return u->host.len > 0 &&
	       read_port((struct str){ authority.ptr + end, authority.len - end }, u);
}

bool
http_url_parse(struct str text, struct http_url *out)
{
	size_t end;

	*out = (struct http_url){ .is_tls = false };
	if (!is_visible(text))
		return false;
	out->is_tls = cut_scheme(&text, "https://");
	if (!out->is_tls && !cut_scheme(&text, "http://"))
		return false;
	end = find_any(text, "#");
	out->has_fragment = end < text.len;
	text.len = end;
	end = find_any(text, "/?");
	out->target = (struct str){ text.ptr + end, text.len - end };
	return read_authority((struct str){ text.ptr, end }, out);
}
