/*
 * s3.c: answers of servers that speak S3. Whatever one says, its code can be shown, a list ends, and goes on only
 * behind a key that it has.
 */
#include <string.h>

#include "fuzz.h"
#include "s3/answer.h"

static bool
is_within(struct str part, struct str whole)
{
	return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static void
must_be_a_code(struct str code)
{
	MUST(code.len <= 64);
	for (size_t i = 0; i < code.len; i++)
		MUST(code.ptr[i] > ' ' && code.ptr[i] <= '~');
}

static void
must_escape(struct arena *a, struct str text)
{
	static const char kept[] = "abcdefghijklmnopqrstuvwxyz0123456789-._~%"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *escaped = s3_escape(a, text);

	MUST(strspn(escaped, kept) == strlen(escaped));
	MUST(strlen(escaped) >= text.len);
}

void
fuzz_s3(struct arena *a, struct str input)
{
	struct str code, rest = input, behind = s3_list_goes_on(a, input);
	struct s3_listed one = { 0 };
	size_t last_len = 0;

	MUST(s3_answer(200, input, &code) == ERR_OK);
	MUST(s3_answer(403, input, &code) != ERR_OK);
	must_be_a_code(code);
	while (s3_listed_next(&rest, &one)) {
		MUST(one.key.len > 0 && is_within(one.key, input));
		MUST(is_within(rest, input));
		last_len = one.key.len;
	}
	MUST(behind.ptr == NULL || (behind.len > 0 && behind.len <= last_len));
	must_escape(a, input);
}
