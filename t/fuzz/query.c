/*
 * query.c: a query string has the same content when every byte of it is escaped.
 */
#include "http/http.h"

#include <string.h>

#include "fuzz.h"

static void
add_escaped(struct strbuf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		strbuf_addf(out, "%%%02X", (unsigned char)s.ptr[i]);
}

static void
must_be_text(struct str s)
{
	MUST(str_is_utf8(s));
	MUST(strlen(s.ptr) == s.len);
}

static void
must_come_back(struct arena *a, const struct http_pair *pairs, size_t count)
{
	struct http_pair *again;
	struct strbuf out;
	size_t n;

	strbuf_init(&out);
	for (size_t i = 0; i < count; i++) {
		must_be_text(pairs[i].name);
		must_be_text(pairs[i].value);
		strbuf_add_char(&out, '&');
		add_escaped(&out, pairs[i].name);
		strbuf_add_char(&out, '=');
		add_escaped(&out, pairs[i].value);
	}
	MUST(http_query_parse(a, strbuf_str(&out), &again, &n) == ERR_OK && n == count);
	for (size_t i = 0; i < count; i++)
		MUST(str_eq(again[i].name, pairs[i].name) &&
		     str_eq(again[i].value, pairs[i].value));
	strbuf_release(&out);
}

void
fuzz_query(struct arena *a, struct str input)
{
	struct http_pair *pairs;
	struct str decoded;
	size_t count;

	if (http_query_parse(a, input, &pairs, &count) == ERR_OK)
		must_come_back(a, pairs, count);
	if (http_percent_decode(a, input, &decoded) == ERR_OK)
		must_be_text(decoded);
}
