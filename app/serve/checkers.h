#ifndef HOB_SERVE_CHECKERS_H
#define HOB_SERVE_CHECKERS_H

#include "serve/request.h"

/*
 * Private to types.c, which has the table, and objects.c: one checker per type of field. It takes text
 * and returns a code and a sentence; *out is the text to bind, in the request's arena or
 * in the input.
 */

struct fault {
	const char *code;	/* NULL: it is fine */
	const char *detail;
};
static const struct fault fine = { NULL, NULL };

static inline struct fault
bad(const char *code, const char *detail)
{
	return (struct fault){ code, detail };
}

/* types.c: so many items in a list of this field? */
struct fault check_count(struct req *r, const struct field *f, int64_t items);

typedef struct fault checker(struct req *r, const struct field *f, struct str text,
			     const char **out);

/* types_text.c: what people write. */
checker check_text, check_line, check_search, check_password, check_email, check_url;
/* Checks the number of characters. */
struct fault check_characters(struct req *r, const struct field *f, struct str text);
/* types_numbers.c: from their digits, never through a double; days and times. */
checker check_int, check_decimal, check_bool, check_day, check_instant, check_time;
/* types_codes.c: ids, codes, choices, zones, languages. */
checker check_uuid, check_new_id, check_code, check_choice, check_zone, check_capitals, check_locale;

#endif
