/*
 * etag.c: making entity tags and reading the conditions that name them.
 *
 * Whether a condition is met decides the caller, or PostgreSQL inside the statement
 * that writes. Runs in workers.
 */
#include "http/etag.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "core/strbuf.h"

void
http_etag(int64_t version, struct str bytes, char out[HTTP_ETAG_SIZE])
{
	uint64_t hash = XXH3_64bits(bytes.ptr, bytes.len);

	if (version < 0)
		snprintf(out, HTTP_ETAG_SIZE, "W/\"%016" PRIx64 "\"", hash);
	else
		snprintf(out, HTTP_ETAG_SIZE, "\"%" PRId32 "-%016" PRIx64 "\"",
			 (int32_t)version, hash);
}

/* The text between the quotes of the next tag of a list; STR_NONE at its end. */
static struct str
next_tag(struct str *list)
{
	struct str tag = str_trim(str_cut(list, ','));

	if (str_starts(tag, STR("W/")))
		tag = (struct str){ tag.ptr + 2, tag.len - 2 };
	if (tag.len >= 2 && tag.ptr[0] == '"' && tag.ptr[tag.len - 1] == '"')
		return (struct str){ tag.ptr + 1, tag.len - 2 };
	return (struct str){ tag.ptr, 0 };
}

bool
http_etag_matches(struct str header, const char *tag)
{
	struct str wanted = str_of(tag);

	if (header.ptr == NULL)
		return false;
	if (str_is(str_trim(header), "*"))
		return true;
	wanted = next_tag(&wanted);
	while (header.ptr != NULL)
		if (str_eq(next_tag(&header), wanted))
			return true;
	return false;
}

const char *
http_etag_versions(struct arena *a, struct str header)
{
	struct strbuf list;
	const char *text;
	int64_t version;

	if (header.ptr == NULL || str_is(str_trim(header), "*"))
		return NULL;
	strbuf_init(&list);
	strbuf_add_char(&list, '{');
	while (header.ptr != NULL) {
		struct str tag = next_tag(&header);

		if (!str_to_i64(str_cut(&tag, '-'), &version) || version < 0 ||
		    version > INT32_MAX)
			continue;
		if (list.len > 1)
			strbuf_add_char(&list, ',');
		strbuf_add_i64(&list, version);
	}
	strbuf_add_char(&list, '}');
	text = arena_cstr(a, strbuf_str(&list));
	strbuf_release(&list);
	return text;
}
