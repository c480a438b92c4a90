#ifndef HOB_MODEL_RECURRENCE_H
#define HOB_MODEL_RECURRENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/str.h"
#include "core/strbuf.h"

/*
 * Rules by which a task recurs. Days are local days of the residence, counted since
 * 1970-01-01, proleptic Gregorian; weeks begin on Monday. No clock and no zone: the
 * caller gives "today". sql/migrations has the same rules for statements, where
 * completing a task has to be one round trip; both are tested against
 * t/vectors/recurrence.json.
 *
 * The grid of a rule with anchor `due` are the days from starts_on on that lie in every
 * `every`-th day, week, month or year since, on the rule's weekdays, on its day of the
 * month cut to the length of the month, or on its nth weekday. Month days are cut anew
 * each time from the stored day: 31 January, 28 February, 31 March.
 */

enum recurrence_unit { RECURRENCE_DAY, RECURRENCE_WEEK, RECURRENCE_MONTH, RECURRENCE_YEAR };
enum recurrence_anchor { RECURRENCE_DUE, RECURRENCE_COMPLETION };
enum recurrence_outcome { OUTCOME_DONE, OUTCOME_SKIPPED };

enum {
	RECURRENCE_NO_DAY = INT32_MAX,
	RECURRENCE_LAST_DAY = 84370,	/* 2200-12-31: no rule goes further */
	RECURRENCE_LAST = -1		/* of month days and nth weekdays */
};

struct recurrence {
	enum recurrence_unit unit;
	int every;			/* 1..999 */
	unsigned weekdays;		/* bit 0 is Monday; 0: none are named */
	int month_day;			/* 1..31, RECURRENCE_LAST; 0: none is named */
	int nth;			/* nth_weekday: 1..4, RECURRENCE_LAST; 0: none */
	enum recurrence_anchor anchor;
	int32_t until;			/* last day; RECURRENCE_NO_DAY */
	int count;			/* of occurrences; 0: any number */
	int32_t starts_on;		/* RECURRENCE_NO_DAY: not known yet */
};

/* The open occurrence of a task, and its outcome. */
struct occurrence {
	int number;			/* the first is 1 */
	int32_t due_on;			/* where it was moved to, perhaps */
	int32_t grid_on;		/* the day of the grid that it stands for */
	int32_t done_on;
	enum recurrence_outcome outcome;
};

/* A fault in the combination of members. */
struct recurrence_fault {
	const char *member, *code, *detail;
};

/*
 * The rule as it is stored or sent: the members above by name, weekdays as "mon" to
 * "sun"; absent or null is none. False when it is no object or a member has the wrong
 * type; combinations are not checked.
 */
bool recurrence_read(struct arena *a, struct str json, struct recurrence *out);
/* NULL: the rule itself is valid. */
const struct recurrence_fault *recurrence_fault(const struct recurrence *r);
/* Is there a day after the first? A rule without is refused when it is saved. */
bool recurrence_has_next(const struct recurrence *r);

/* Anchor `due`: the number of days of the grid up to `day`, and the n-th of them, 1 the first
 * (RECURRENCE_NO_DAY beyond RECURRENCE_LAST_DAY). Neither looks at until and count. O(1). */
int64_t recurrence_grid_count(const struct recurrence *r, int32_t day);
int32_t recurrence_grid_day(const struct recurrence *r, int64_t n);

/*
 * The day on which the task is due after this occurrence; RECURRENCE_NO_DAY when it was
 * the last. *missed is the number of days of the grid that were skipped over. O(1).
 */
int32_t recurrence_next(const struct recurrence *r, const struct occurrence *o, int64_t *missed);
/*
 * On to the next occurrence, this one taken as done on its day, or today when it is late. What is to
 * come of a task is found in this way everywhere. False when it was the last.
 */
bool recurrence_step(const struct recurrence *r, struct occurrence *o, int32_t today);
/*
 * The same until it is due on `day` or after it. Anchor `due` takes O(1); anchor `completion` goes step by
 * step and takes each from *steps. False when there is none, or when *steps became 0.
 */
bool recurrence_step_to(const struct recurrence *r, struct occurrence *o, int32_t today, int32_t day, int *steps);
/* The first `most` days, each taken as done on its day; returns how many there are. */
int recurrence_series(const struct recurrence *r, int32_t *days, int most);

/*
 * Appends the RFC 5545 rule that yields the same days from a DTSTART on the grid, `count`
 * (0: none) in place of the rule's own. False, and nothing appended, when no rule does
 * that calendar programs agree on: with anchor `completion` the days depend on
 * completions, and month days 29 and 30 need BYSETPOS, which some get wrong (ical.js 2.2,
 * so Thunderbird).
 */
bool recurrence_rrule(const struct recurrence *r, int count, struct strbuf *out);
/* Does it stand on a day of the rule, where an RRULE can begin? */
bool recurrence_is_on_grid(const struct recurrence *r, const struct occurrence *o);

#endif
