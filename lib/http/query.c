/*
 * query.c: percent-decoding, and query strings as ordered pairs.
 *
 * Results are UTF-8 without NUL, so that they can go to PostgreSQL as they are. Known
 * names and allowed values are not decided here but by the field table. Runs in workers.
 */
#include "http/http.h"

enum space { SPACE_KEEP_PLUS, SPACE_FROM_PLUS };

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte "%XY" stands for; -1 when `s` does not start with one. */
static int
escape_value(struct str s)
{
	int high, low;

	if (s.len < 3)
		return -1;
	high = hex_value(s.ptr[1]);
	low = hex_value(s.ptr[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static enum err
decode(struct arena *a, struct str s, enum space space, struct str *out)
{
	char *text = arena_alloc(a, s.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		int c = (unsigned char)s.ptr[i];

		if (c == '%') {
			c = escape_value((struct str){ s.ptr + i, s.len - i });
			i += 2;
		} else if (c == '+' && space == SPACE_FROM_PLUS) {
			c = ' ';
		}
		if (c <= 0)
			return ERR_MALFORMED;
		text[len++] = (char)c;
	}
	text[len] = '\0';
	*out = (struct str){ text, len };
	return str_is_utf8(*out) ? ERR_OK : ERR_MALFORMED;
}

enum err
http_percent_decode(struct arena *a, struct str s, struct str *out)
{
	return decode(a, s, SPACE_KEEP_PLUS, out);
}

static size_t
count_pieces(struct str query)
{
	size_t n = query.len > 0;

	for (size_t i = 0; i < query.len; i++)
		n += query.ptr[i] == '&';
	return n;
}

enum err
http_query_parse(struct arena *a, struct str query, struct http_pair **out, size_t *count)
{
	size_t most = count_pieces(query) + 1;
	struct http_pair *pairs = arena_zalloc(a, most, sizeof(*pairs));
	size_t n = 0;

	while (query.ptr != NULL) {
		struct str value = str_cut(&query, '&');
		struct str name;

		if (value.len == 0)
			continue;
		name = str_cut(&value, '=');
		if (decode(a, name, SPACE_FROM_PLUS, &pairs[n].name) != ERR_OK ||
		    decode(a, value, SPACE_FROM_PLUS, &pairs[n].value) != ERR_OK)
			return ERR_MALFORMED;
		n++;
	}
	*out = pairs;
	*count = n;
	return ERR_OK;
}
