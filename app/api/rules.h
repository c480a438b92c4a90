#ifndef HOB_API_RULES_H
#define HOB_API_RULES_H

#include "serve/field.h"

/*
 * A rule of recurrence as it is sent: an object of recurrence_fields, or one of the codes
 * weekly, biweekly, monthly, quarterly, semiannually and annually. What is bound is the rule as JSON
 * with the members that were given, each of its own type. Besides the faults of single members there are
 * "misplaced" and "no_next_date" when they do not go together (recurrence_fault).
 */
extern const struct field_object rule_object;

#endif
