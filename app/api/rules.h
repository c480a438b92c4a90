#ifndef HOB_API_RULES_H
#define HOB_API_RULES_H

#include <cjson/cJSON.h>

#include "api/request.h"

/*
 * A rule of recurrence as it is sent: an object of recurrence_fields, or one of the codes
 * weekly, biweekly, monthly, quarterly, semiannually and annually. *out is the rule as JSON
 * with the members that were given, each of its own type. Faults are noted on `r` below the
 * field's name, and ERR_INVALID returned: those of single members as of any field, and
 * "misplaced" or "no_next_date" when they do not go together (recurrence_fault).
 */
enum err rule_from_json(struct req *r, const struct field *f, const cJSON *v, struct str raw,
			const char **out);
/* The codes, NULL-terminated. */
extern const char *const rule_codes[];

#endif
