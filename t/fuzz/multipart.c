/*
 * multipart.c: bodies of multipart/form-data. What they say does not depend on where they are cut, and is no more than
 * they hold.
 */
#include "http/multipart.h"

#include "core/strbuf.h"
#include "fuzz.h"
#include "http/disposition.h"

struct heard {
	struct arena *a;
	struct strbuf said;
	bool inside;
};

static enum err
begin(void *arg, struct str disposition)
{
	struct heard *h = arg;
	struct str name = http_filename(h->a, disposition);

	MUST(!h->inside);
	MUST(name.ptr == NULL || str_is_utf8(name));
	h->inside = true;
	strbuf_addf(&h->said, "<%.*s ", STR_FMT(name));
	return ERR_OK;
}

static enum err
data(void *arg, struct str bytes)
{
	struct heard *h = arg;

	MUST(h->inside && bytes.len > 0);
	strbuf_add(&h->said, bytes);
	return ERR_OK;
}

static enum err
end(void *arg)
{
	struct heard *h = arg;

	MUST(h->inside);
	h->inside = false;
	strbuf_add_char(&h->said, '>');
	return ERR_OK;
}

static enum err
hear(struct heard *h, struct str input, size_t piece)
{
	const struct multipart_sink sink = { h, begin, data, end };
	struct multipart m;

	MUST(multipart_init(&m, STR("multipart/form-data; boundary=x")) == ERR_OK);
	strbuf_init(&h->said);
	h->inside = false;
	while (input.len > 0) {
		size_t len = input.len < piece ? input.len : piece;

		if (multipart_feed(&m, (struct str){ input.ptr, len }, &sink) != ERR_OK)
			return ERR_MALFORMED;
		input = (struct str){ input.ptr + len, input.len - len };
	}
	MUST(!multipart_is_whole(&m) || !h->inside);
	return multipart_is_whole(&m) ? ERR_OK : ERR_MALFORMED;
}

void
fuzz_multipart(struct arena *a, struct str input)
{
	struct heard whole = { .a = a }, bytes = { .a = a }, some = { .a = a };
	enum err e = hear(&whole, input, input.len + 1);

	MUST(hear(&bytes, input, 1) == e);
	MUST(hear(&some, input, 7) == e);
	MUST(str_eq(strbuf_str(&whole.said), strbuf_str(&bytes.said)));
	MUST(str_eq(strbuf_str(&whole.said), strbuf_str(&some.said)));
	strbuf_release(&whole.said);
	strbuf_release(&bytes.said);
	strbuf_release(&some.said);
}
