#ifndef HOB_SERVE_VALUES_H
#define HOB_SERVE_VALUES_H

#include <cjson/cJSON.h>

#include "serve/request.h"

/*
 * One value against its field. *out is the text to bind, in the request's arena
 * or in the input. On a fault it is noted on `r` (code "type", "format", "too_long",
 * "choice", ...) and ERR_INVALID returned. `raw` is the number as it was written.
 */
enum err value_from_json(struct req *r, const struct field *f, const cJSON *v, struct str raw,
			 const char **out);
/* From a query, where everything is text. */
enum err value_from_text(struct req *r, const struct field *f, struct str text, const char **out);
/*
 * The items of a list as FIELD_UUIDS and FIELD_LINES are bound, at most `max`, each with a NUL behind it; they live in
 * `a`. Returns their number.
 */
int value_items(struct arena *a, const char *array, struct str *out, int max);

#endif
