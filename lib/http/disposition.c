/* disposition.c: names of files in Content-Disposition, read and written. Runs in workers. */
#include "http/disposition.h"

#include <stddef.h>
#include <string.h>

#include "core/strbuf.h"
#include "http/http.h"

/* --- reading ---------------------------------------------------------------- */

/* Without quotes, and without the backslash before a quote. Any other backslash is one: browsers escape none. */
static struct str
unquoted(struct arena *a, struct str s)
{
	char *text = arena_alloc(a, s.len + 1);
	size_t len = 0;

	if (s.len < 2 || s.ptr[0] != '"' || s.ptr[s.len - 1] != '"')
		return arena_str(a, s);
	for (size_t i = 1; i < s.len - 1; i++) {
		if (s.ptr[i] == '\\' && i + 1 < s.len - 1 && s.ptr[i + 1] == '"')
			i++;
		text[len++] = s.ptr[i];
	}
	text[len] = '\0';
	return (struct str){ text, len };
}

struct str
http_disposition_param(struct arena *a, struct str header, const char *name)
{
	struct str value = http_parameter(header, name);

	return value.ptr != NULL ? unquoted(a, value) : STR_NONE;
}

/* UTF-8'language'percent-encoded */
static struct str
extended(struct arena *a, struct str value)
{
	struct str charset = str_cut(&value, '\''), out;

	str_cut(&value, '\'');
	if (value.ptr == NULL || !str_eq_ci(charset, STR("UTF-8")) ||
	    http_percent_decode(a, value, &out) != ERR_OK)
		return STR_NONE;
	return out;
}

/* Three escapes, and no others, are what browsers write. */
static struct str
of_browser(struct arena *a, struct str s)
{
	static const struct {
		const char *escape;
		char is;
	} escapes[] = { { "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' } };
	char *text = arena_alloc(a, s.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		text[len] = s.ptr[i];
		for (size_t e = 0; e < 3 && i + 3 <= s.len; e++)
			if (memcmp(s.ptr + i, escapes[e].escape, 3) == 0) {
				text[len] = escapes[e].is;
				i += 2;
				break;
			}
		len++;
	}
	text[len] = '\0';
	return (struct str){ text, len };
}

struct str
http_filename(struct arena *a, struct str header)
{
	struct str value = http_parameter(header, "filename*");

	if (value.ptr != NULL)
		return extended(a, value);
	value = http_disposition_param(a, header, "filename");
	if (value.ptr == NULL || !str_is_utf8(value) ||
	    memchr(value.ptr, '\0', value.len) != NULL)
		return STR_NONE;
	return of_browser(a, value);
}

/* --- writing ---------------------------------------------------------------- */

/* RFC 8187 3.2.1: attr-char. */
static bool
is_attr_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("!#$&+-.^_`|~", c) != NULL);
}

const char *
http_disposition(struct arena *a, const char *kind, struct str name)
{
	struct strbuf plain, whole;
	const char *out;

	if (name.ptr == NULL)
		return kind;
	strbuf_init(&plain);
	strbuf_init(&whole);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		/* Of a character beyond ASCII one "_". */
		if ((c & 0xc0) != 0x80)
			strbuf_add_char(&plain, c < ' ' || c > '~' || c == '"' ||
								c == '\\' || c == '%'
							? '_'
							: c);
		if (is_attr_char(c))
			strbuf_add_char(&whole, c);
		else
			strbuf_addf(&whole, "%%%02X", (unsigned char)c);
	}
	out = arena_printf(a, "%s; filename=\"%s\"; filename*=UTF-8''%s", kind, plain.ptr,
			   whole.ptr);
	strbuf_release(&plain);
	strbuf_release(&whole);
	return out;
}
