#ifndef HOB_API_RULES_H
#define HOB_API_RULES_H

#include "serve/field.h"

/*
 * A rule of recurrence in a body: an object of recurrence_fields, or one of the codes
 * weekly, biweekly, monthly, quarterly, semiannually and annually. It is bound as JSON
 * with the members that were given, each of its own type. Besides the faults of single
 * members there are "misplaced" and "no_next_date" for members that do not fit together
 * (recurrence_fault).
 */
extern const struct field_object rule_object;

/* "mon" to "sun", ended by NULL. */
extern const char *const rule_weekdays[];

#endif
