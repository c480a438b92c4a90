/*
 * headers.c: other headers of an unknown client. The result is a piece of the header, in
 * the documented form.
 */
#include <ctype.h>
#include <string.h>

#include "crypto/base64url.h"
#include "fuzz.h"
#include "http/http.h"

static bool
is_within(struct str piece, struct str whole)
{
	return piece.ptr >= whole.ptr && piece.ptr + piece.len <= whole.ptr + whole.len;
}

static void
must_be_a_trace_id(struct str id, struct str header)
{
	MUST(id.len == 32 && is_within(id, header));
	for (size_t i = 0; i < id.len; i++)
		MUST(isxdigit((unsigned char)id.ptr[i]) &&
		     !isupper((unsigned char)id.ptr[i]));
}

/* One text for each run of bytes, and no other. */
static void
must_have_one_spelling(struct arena *a, struct str text)
{
	struct str bytes, again;

	if (base64url_decode(a, text, &bytes))
		MUST(str_eq(base64url_encode(a, bytes), text));
	MUST(base64url_decode(a, base64url_encode(a, text), &again));
	MUST(str_eq(again, text));
}

void
fuzz_headers(struct arena *a, struct str input)
{
	struct str header = fuzz_line(input);
	struct str key = http_authorization_key(header);
	struct str trace = http_trace_id(header);
	bool utf8 = http_charset_is_utf8(header);

	if (key.ptr != NULL)
		MUST(is_within(key, header));
	if (trace.ptr != NULL)
		must_be_a_trace_id(trace, header);
	/* A type before the parameters changes nothing about them. */
	if (header.len > 0 && header.ptr[0] == ';') {
		header = str_of(arena_printf(a, "application/json%.*s", STR_FMT(header)));
		MUST(http_media_type_is(header, "application/json"));
		MUST(http_charset_is_utf8(header) == utf8);
	}
	if (http_request_id_is(input))
		MUST(str_is_utf8(input) && input.len >= 8 && input.len <= 64);
	must_have_one_spelling(a, input);
}
