/*
 * etag.c: lists of If-Match and If-None-Match. What is found in one is found in the list made of
 * it; a tag stands for itself whatever stands beside it.
 */
#include "http/etag.h"

#include <string.h>

#include "core/strbuf.h"
#include "fuzz.h"

/* "{7,8}": numbers with one comma between. */
static void
must_be_an_array(struct str list)
{
	int64_t version;

	MUST(str_starts(list, STR("{")) && str_ends(list, STR("}")));
	list = (struct str){ list.ptr + 1, list.len - 2 };
	while (list.len > 0) {
		MUST(str_to_i64(str_cut(&list, ','), &version));
		MUST(version >= 0 && version <= INT32_MAX);
		MUST(list.ptr == NULL || list.len > 0);
	}
}

static void
must_come_back(struct arena *a, const char *list)
{
	struct str rest = { list + 1, strlen(list) - 2 };
	struct strbuf out;
	const char *again;

	strbuf_init(&out);
	while (rest.len > 0) {
		struct str version = str_cut(&rest, ',');

		strbuf_addf(&out, "%s\"%.*s\"", out.len > 0 ? ", W/" : "",
			    STR_FMT(version));
	}
	again = http_etag_versions(a, strbuf_str(&out));
	MUST(again != NULL && strcmp(again, list) == 0);
	strbuf_release(&out);
}

void
fuzz_etag(struct arena *a, struct str input)
{
	struct str header = fuzz_line(input);
	char tag[HTTP_ETAG_SIZE];
	const char *list = http_etag_versions(a, header);
	bool any = str_is(str_trim(header), "*");

	MUST((list == NULL) == (header.ptr == NULL || any));
	if (list != NULL) {
		must_be_an_array(str_of(list));
		must_come_back(a, list);
	}
	http_etag((int64_t)header.len, input, tag);
	/* It would take a hash that knows itself. */
	MUST(http_etag_matches(header, tag) == (header.ptr != NULL && any));
	header = str_of(arena_printf(a, "%.*s,%s", STR_FMT(header), tag));
	MUST(http_etag_matches(header, tag));
}
