/*
 * address.c: the forms in which a Redis may be named. Runs everywhere.
 */
#include "redis/address.h"

#include <string.h>

static bool
take(char *out, size_t size, struct str s)
{
	if (s.len >= size || memchr(s.ptr, '\0', s.len) != NULL)
		return false;
	memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
	return true;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* With %XX in it (RFC 3986 section 2.1). */
static bool
take_word(char out[REDIS_WORD_SIZE], struct str s)
{
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '%') {
			if (s.len - i < 3 || hex(s.ptr[i + 1]) < 0 ||
			    hex(s.ptr[i + 2]) < 0)
				return false;
			c = (char)(hex(s.ptr[i + 1]) * 16 + hex(s.ptr[i + 2]));
			i += 2;
		}
		if (c == '\0' || len == REDIS_WORD_SIZE - 1)
			return false;
		out[len++] = c;
	}
	out[len] = '\0';
	return true;
}

static bool
take_number(struct str s, int64_t least, int64_t most, int *out)
{
	int64_t n;

	if (!str_to_i64(s, &n) || n < least || n > most)
		return false;
	*out = (int)n;
	return true;
}

/* Cuts off the part before the last '@': a password may hold one. */
static struct str
cut_login(struct str *rest)
{
	const char *at = memrchr(rest->ptr, '@', rest->len);
	struct str login = { rest->ptr, at == NULL ? 0 : (size_t)(at - rest->ptr) };

	if (at != NULL)
		*rest = (struct str){ at + 1, rest->len - login.len - 1 };
	return login;
}

static bool
take_login(struct redis_address *a, struct str login)
{
	struct str user = str_cut(&login, ':');

	return take_word(a->user, user) &&
	       (login.ptr == NULL || take_word(a->password, login));
}

/* "host", "host:port", "[v6]" or "[v6]:port"; the port may be missing if `port` is not 0. */
static bool
take_host(struct redis_address *a, struct str s, int port)
{
	bool bracket = s.len > 0 && s.ptr[0] == '[';
	struct str host;

	a->port = port;
	if (bracket)
		str_cut(&s, '[');
	host = str_cut(&s, bracket ? ']' : ':');
	if (bracket && s.ptr == NULL)
		return false;
	if (bracket && s.len > 0 && *s.ptr != ':')
		return false;
	if (bracket)
		s = s.len > 0 ? (struct str){ s.ptr + 1, s.len - 1 } : STR_NONE;
	if (s.ptr != NULL && !take_number(s, 1, 65535, &a->port))
		return false;
	return a->port != 0 && host.len > 0 && take(a->host, sizeof(a->host), host);
}

/* "[login@]host[:port][/number]" */
static bool
take_url(struct redis_address *a, struct str s)
{
	struct str login = cut_login(&s), host = str_cut(&s, '/');

	return take_login(a, login) && take_host(a, host, REDIS_PORT) &&
	       (s.len == 0 || take_number(s, 0, REDIS_DATABASE_MAX, &a->database));
}

/* "[login@]/path[?db=number]" */
static bool
take_unix_url(struct redis_address *a, struct str s)
{
	struct str login = cut_login(&s), path = str_cut(&s, '?');

	if (s.ptr != NULL && !str_is(str_cut(&s, '='), "db"))
		return false;
	return take_login(a, login) && path.len > 0 && path.ptr[0] == '/' &&
	       take(a->path, sizeof(a->path), path) &&
	       (s.ptr == NULL || take_number(s, 0, REDIS_DATABASE_MAX, &a->database));
}

bool
redis_address_parse(const char *text, struct redis_address *out)
{
	static const struct {
		struct str scheme;
		bool (*read)(struct redis_address *, struct str);
		bool tls;
	} forms[] = {
		{ { "redis://", 8 }, take_url, false },
		{ { "rediss://", 9 }, take_url, true },
		{ { "unix://", 7 }, take_unix_url, false },
	};
	struct str s = str_of(text);

	*out = (struct redis_address){ 0 };
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!str_starts(s, forms[i].scheme))
			continue;
		out->tls = forms[i].tls;
		return forms[i].read(out, (struct str){ s.ptr + forms[i].scheme.len,
							s.len - forms[i].scheme.len });
	}
	if (text[0] == '/')
		return take(out->path, sizeof(out->path), s);
	return take_host(out, s, 0);
}

void
redis_address_show(const char *text, struct strbuf *out)
{
	struct str s = str_of(text);
	const char *end = memmem(s.ptr, s.len, "://", 3);
	const char *at = memrchr(s.ptr, '@', s.len);

	if (at != NULL) {
		if (end != NULL && end < at)
			strbuf_add_bytes(out, s.ptr, (size_t)(end + 3 - s.ptr));
		s = (struct str){ at + 1, s.len - (size_t)(at + 1 - s.ptr) };
	}
	strbuf_add(out, s);
}
