#ifndef HOB_S3_ANSWER_H
#define HOB_S3_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"

/* What a server that speaks S3 answers, read without a parser of XML: its documents are flat. */

/*
 * What a status and the body of an error mean, as storage/store.h has it: ERR_OK for a 2xx. `code` is the one of the
 * body, such as "NoSuchKey"; "" when there is none, as for HEAD. It lives in `body`.
 */
enum err s3_answer(int status, struct str body, struct str *code);

struct s3_listed {
	struct str key;
	int64_t bytes, modified_s;
};
/*
 * The next object in the page of a list that *rest holds; false when there is none any more. What has no key, size or
 * time is passed over. A key is left as it is written: one
 * with escapes in it is none of ours.
 */
bool s3_listed_next(struct str *rest, struct s3_listed *out);
/*
 * The key behind which the list goes on after this page, in `a`; STR_NONE: nowhere. Keys are listed by name, so this needs
 * no token, which would not hold what is removed on the way.
 */
struct str s3_list_goes_on(struct arena *a, struct str page);

/* A text as it stands in a query: all but letters, digits and "-._~" escaped. In `a`. */
const char *s3_escape(struct arena *a, struct str text);

#endif
