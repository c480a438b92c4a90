/* answer.c: the answers of servers that speak S3. Runs where lib/bucket does. */
#include "s3/answer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/date.h"
#include "core/strbuf.h"

/* --- errors ----------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *code;
	enum err e;
} codes[] = {
	{ "NoSuchKey",               ERR_NOT_FOUND },
	{ "NoSuchBucket",            ERR_FORBIDDEN },
	/* The bytes, or their size, were others than we said: something on the way. */
	{ "BadDigest",               ERR_BUSY },
	{ "XAmzContentSHA256Mismatch", ERR_BUSY },
	{ "IncompleteBody",          ERR_BUSY },
	{ "RequestTimeout",          ERR_BUSY },
	{ "OperationAborted",        ERR_BUSY },
	{ "QuotaExceeded",           ERR_FULL },
	{ "InsufficientStorage",     ERR_FULL },
	{ "XMinioStorageFull",       ERR_FULL },
	{ "XMinioAdminBucketQuotaExceeded", ERR_FULL },
};
static const struct {
	int status;
	enum err e;
} statuses[] = {
	{ 404, ERR_NOT_FOUND },
	{ 408, ERR_BUSY },
	{ 409, ERR_BUSY },
	{ 429, ERR_BUSY },
	{ 507, ERR_FULL },
};
/* clang-format on */

/* What stands between <name> and </name>, without white space; STR_NONE: there is none. */
static struct str
element(struct str in, const char *name)
{
	char open[64], close[64];
	const char *from, *to;

	if (in.ptr == NULL)
		return STR_NONE;
	snprintf(open, sizeof(open), "<%s>", name);
	snprintf(close, sizeof(close), "</%s>", name);
	from = memmem(in.ptr, in.len, open, strlen(open));
	if (from == NULL)
		return STR_NONE;
	from += strlen(open);
	to = memmem(from, (size_t)(in.ptr + in.len - from), close, strlen(close));
	return to == NULL ? STR_NONE
			  : str_trim((struct str){ from, (size_t)(to - from) });
}

/* It is shown, and stands in logs. */
static bool
is_word(struct str code)
{
	for (size_t i = 0; i < code.len; i++)
		if (!isalnum((unsigned char)code.ptr[i]))
			return false;
	return code.ptr != NULL && code.len <= 64;
}

/* A status that says nothing more: a redirect or a 4xx is about how we are set up, and the rest passes. */
static enum err
status_means(int status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return statuses[i].e;
	return status >= 300 && status < 500 ? ERR_FORBIDDEN : ERR_BUSY;
}

enum err
s3_answer(int status, struct str body, struct str *code)
{
	*code = STR("");
	if (status / 100 == 2)
		return ERR_OK;
	*code = element(body, "Code");
	if (!is_word(*code))
		*code = STR("");
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (str_is(*code, codes[i].code))
			return codes[i].e;
	return status_means(status);
}

/* --- lists ------------------------------------------------------------------ */

bool
s3_listed_next(struct str *rest, struct s3_listed *out)
{
	struct str object;

	while ((object = element(*rest, "Contents")).ptr != NULL) {
		int64_t modified_us;
		bool is_good;

		*out = (struct s3_listed){ .key = element(object, "Key") };
		is_good = out->key.len > 0 &&
			  str_to_i64(element(object, "Size"), &out->bytes) &&
			  instant_parse(element(object, "LastModified"), &modified_us);
		rest->len -= (size_t)(object.ptr + object.len - rest->ptr);
		rest->ptr = object.ptr + object.len;
		if (is_good) {
			out->modified_s = modified_us / 1000000;
			return true;
		}
	}
	return false;
}

/* clang-format off */
static const struct {
	const char *name;
	char letter;
} entities[] = {
	{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
};
/* clang-format on */

static char
take_letter(struct str *text)
{
	struct str head = { text->ptr, 1 };
	char letter = text->ptr[0];

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (str_starts(*text, str_of(entities[i].name))) {
			head = str_of(entities[i].name);
			letter = entities[i].letter;
		}
	text->ptr += head.len;
	text->len -= head.len;
	return letter;
}

struct str
s3_list_goes_on(struct arena *a, struct str page)
{
	struct str last = STR_NONE, rest = page;
	struct s3_listed one;
	struct strbuf out;

	if (!str_is(element(page, "IsTruncated"), "true"))
		return STR_NONE;
	while (s3_listed_next(&rest, &one))
		last = one.key;
	if (last.ptr == NULL)
		return STR_NONE;
	strbuf_init(&out);
	while (last.len > 0)
		strbuf_add_char(&out, take_letter(&last));
	last = arena_str(a, strbuf_str(&out));
	strbuf_release(&out);
	return last;
}

const char *
s3_escape(struct arena *a, struct str text)
{
	static const char kept[] = "abcdefghijklmnopqrstuvwxyz0123456789-._~"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char *out = arena_alloc(a, 3 * text.len + 1), *to = out;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c != '\0' && strchr(kept, c) != NULL)
			*to++ = (char)c;
		else
			to += snprintf(to, 4, "%%%02X", c);
	}
	*to = '\0';
	return out;
}
