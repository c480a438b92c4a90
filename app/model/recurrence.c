/*
 * recurrence.c: from a rule to days. The grid is numbered, and both ways between a day and
 * its number are arithmetic: a task that was due in 1900 steps as fast as one of last week.
 * Runs in workers and in tests.
 */
#include "model/recurrence.h"

#include "core/date.h"

enum { WEEK = 7, YEAR = 12, EPOCH_WEEKDAY = 3 /* 1970-01-01 was a Thursday */ };

/* --- days, weeks, months -------------------------------------------------- */

static int
weekday(int32_t day)
{
	int w = (day + EPOCH_WEEKDAY) % WEEK;

	return w < 0 ? w + WEEK : w;
}

static int
day_of_month(int32_t day)
{
	int y, m, d;

	date_civil(day, &y, &m, &d);
	return d;
}

/* That day of the month, or its last when it has not so many. */
static int32_t
in_month(int month, int day)
{
	int y = month / YEAR, m = month % YEAR + 1, length = date_month_days(y, m);

	return date_days(y, m, day == RECURRENCE_LAST || day > length ? length : day);
}

/* Names of weekdays that come before bit `w`. */
static int
named_before(unsigned weekdays, int w)
{
	return __builtin_popcount(weekdays & ((1u << w) - 1));
}

/* --- the grid ------------------------------------------------------------- */

/* The one day of the month that the rule allows. */
static int32_t
candidate(const struct recurrence *r, int month)
{
	int wanted = __builtin_ctz(r->weekdays | 1u << WEEK);
	int32_t edge;

	if (r->nth == RECURRENCE_LAST) {
		edge = in_month(month, RECURRENCE_LAST);
		return edge - (weekday(edge) - wanted + WEEK) % WEEK;
	}
	if (r->nth > 0) {
		edge = in_month(month, 1);
		return edge + (wanted - weekday(edge) + WEEK) % WEEK +
		       WEEK * (r->nth - 1);
	}
	return in_month(month, r->month_day ? r->month_day : day_of_month(r->starts_on));
}

static unsigned
weekdays_of(const struct recurrence *r)
{
	return r->weekdays ? r->weekdays : 1u << weekday(r->starts_on);
}

static int
months_apart(const struct recurrence *r)
{
	return r->unit == RECURRENCE_YEAR ? r->every * YEAR : r->every;
}

/* The grid goes in rounds, of a week with several days or a month with one. Those of the
 * first round that lie before starts_on are not part of it. */
static int
skipped(const struct recurrence *r)
{
	if (r->unit == RECURRENCE_WEEK)
		return named_before(weekdays_of(r), weekday(r->starts_on));
	return candidate(r, date_month(r->starts_on)) < r->starts_on;
}

static int64_t
count_weeks(const struct recurrence *r, int32_t day)
{
	unsigned names = weekdays_of(r);
	int per_round = __builtin_popcount(names), w = weekday(day);
	int weeks = (day - w - (r->starts_on - weekday(r->starts_on))) / WEEK;
	int in_round = weeks % r->every == 0 ? named_before(names, w + 1) : per_round;

	return (int64_t)(weeks / r->every) * per_round + in_round - skipped(r);
}

static int64_t
count_months(const struct recurrence *r, int32_t day)
{
	int months = date_month(day) - date_month(r->starts_on), step = months_apart(r);
	bool counts = months % step != 0 || candidate(r, date_month(day)) <= day;

	return months / step + counts - skipped(r);
}

int64_t
recurrence_grid_count(const struct recurrence *r, int32_t day)
{
	if (day < r->starts_on)
		return 0;
	if (r->unit == RECURRENCE_DAY)
		return (day - r->starts_on) / r->every + 1;
	return r->unit == RECURRENCE_WEEK ? count_weeks(r, day) : count_months(r, day);
}

/* The n-th of the named weekdays, from 0. */
static int
named(unsigned weekdays, int n)
{
	while (n-- > 0)
		weekdays &= weekdays - 1;
	return __builtin_ctz(weekdays);
}

static int64_t
nth_in_weeks(const struct recurrence *r, int64_t n)
{
	unsigned names = weekdays_of(r);
	int per_round = __builtin_popcount(names);
	int64_t i = n - 1 + skipped(r);

	return r->starts_on - weekday(r->starts_on) + i / per_round * r->every * WEEK +
	       named(names, (int)(i % per_round));
}

static int64_t
nth_in_months(const struct recurrence *r, int64_t n)
{
	int64_t month = date_month(r->starts_on) + (n - 1 + skipped(r)) * months_apart(r);

	return month > date_month(RECURRENCE_LAST_DAY) ? RECURRENCE_NO_DAY
						       : candidate(r, (int)month);
}

int32_t
recurrence_grid_day(const struct recurrence *r, int64_t n)
{
	int64_t day = r->unit == RECURRENCE_DAY	   ? r->starts_on + (n - 1) * r->every
		      : r->unit == RECURRENCE_WEEK ? nth_in_weeks(r, n)
						   : nth_in_months(r, n);

	return day > RECURRENCE_LAST_DAY ? RECURRENCE_NO_DAY : (int32_t)day;
}

/* --- after completion ------------------------------------------------------ */

static bool
names_days(const struct recurrence *r)
{
	return r->weekdays != 0 || r->month_day != 0 || r->nth != 0;
}

/* The first day from `day` on that the rule allows. */
static int32_t
allowed_from(const struct recurrence *r, int32_t day)
{
	if (!names_days(r))
		return day;
	if (r->unit == RECURRENCE_WEEK) {
		while ((r->weekdays & 1u << weekday(day)) == 0)
			day++;
		return day;
	}
	return candidate(r, date_month(day)) >= day ? candidate(r, date_month(day))
						    : candidate(r, date_month(day) + 1);
}

static int32_t
add_units(const struct recurrence *r, int32_t day)
{
	if (r->unit == RECURRENCE_DAY)
		return day + r->every;
	if (r->unit == RECURRENCE_WEEK)
		return day + r->every * WEEK;
	return in_month(date_month(day) + months_apart(r), day_of_month(day));
}

/* --- stepping --------------------------------------------------------------- */

static int32_t
greater(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static int32_t
after_due(const struct recurrence *r, const struct occurrence *o, int64_t *missed)
{
	int32_t base = greater(o->grid_on, o->due_on);
	int64_t seen = recurrence_grid_count(r, greater(base, o->done_on));

	*missed = seen - recurrence_grid_count(r, base);
	return recurrence_grid_day(r, seen + 1);
}

static int32_t
after_completion(const struct recurrence *r, const struct occurrence *o)
{
	bool skips = o->outcome == OUTCOME_SKIPPED;

	return allowed_from(r, add_units(r, skips ? greater(o->due_on, o->done_on)
						  : o->done_on));
}

static bool
is_over(const struct recurrence *r, int number, int32_t next)
{
	return next > RECURRENCE_LAST_DAY ||
	       (r->until != RECURRENCE_NO_DAY && next > r->until) ||
	       (r->count != 0 && number >= r->count);
}

int32_t
recurrence_next(const struct recurrence *r, const struct occurrence *o, int64_t *missed)
{
	int32_t next;

	*missed = 0;
	next = r->anchor == RECURRENCE_DUE ? after_due(r, o, missed)
					   : after_completion(r, o);
	return is_over(r, o->number, next) ? RECURRENCE_NO_DAY : next;
}

bool
recurrence_step(const struct recurrence *r, struct occurrence *o, int32_t today)
{
	int64_t missed;
	int32_t next;

	o->done_on = o->due_on > today ? o->due_on : today;
	next = recurrence_next(r, o, &missed);
	*o = (struct occurrence){ o->number + 1, next, next, next, OUTCOME_DONE };
	return next != RECURRENCE_NO_DAY;
}

/* From a day of the grid that lies before `day`. */
static bool
jump(const struct recurrence *r, struct occurrence *o, int32_t day)
{
	int64_t before = recurrence_grid_count(r, day - 1);
	int64_t skipped = before - recurrence_grid_count(r, o->due_on);
	int32_t next = recurrence_grid_day(r, before + 1);
	int number = o->number + (int)skipped;

	if (is_over(r, number, next))
		next = RECURRENCE_NO_DAY;
	*o = (struct occurrence){ number + 1, next, next, next, OUTCOME_DONE };
	return next != RECURRENCE_NO_DAY;
}

bool
recurrence_step_to(const struct recurrence *r, struct occurrence *o, int32_t today,
		   int32_t day, int *steps)
{
	while (o->due_on < day) {
		if (r->anchor == RECURRENCE_COMPLETION && *steps == 0)
			return false;
		if (!recurrence_step(r, o, today))
			return false;
		if (r->anchor == RECURRENCE_DUE)
			return o->due_on >= day || jump(r, o, day);
		--*steps;
	}
	return true;
}

static int32_t
first_day(const struct recurrence *r)
{
	return r->anchor == RECURRENCE_DUE ? recurrence_grid_day(r, 1)
					   : allowed_from(r, r->starts_on);
}

int
recurrence_series(const struct recurrence *r, int32_t *days, int most)
{
	int32_t day = first_day(r);
	int64_t missed;
	int n = 0;

	/* Before the first there were none, so that it is judged like those that follow. */
	if (is_over(r, 0, day))
		return 0;
	while (n < most && day != RECURRENCE_NO_DAY) {
		days[n++] = day;
		day = recurrence_next(r,
				      &(struct occurrence){ n, day, day, day,
							    OUTCOME_DONE },
				      &missed);
	}
	return n;
}

bool
recurrence_has_next(const struct recurrence *r)
{
	int32_t days[2];

	return recurrence_series(r, days, 2) == 2;
}

/* --- what goes together ------------------------------------------------------ */

/* clang-format off */
static const struct recurrence_fault faults[] = {
	{ "weekdays",    "misplaced", "goes with weeks, or with nth_weekday in months and years" },
	{ "month_day",   "misplaced", "goes with months and years, and not beside nth_weekday" },
	{ "nth_weekday", "misplaced", "goes with months and years, and with one weekday" },
	{ "count",       "misplaced", "does not go with until" },
	{ "until",       "no_next_date", "leaves no second day" },
	{ "count",       "no_next_date", "leaves no second day" },
	{ "starts_on",   "no_next_date", "leaves no second day before 2201" },
};
/* clang-format on */

const struct recurrence_fault *
recurrence_fault(const struct recurrence *r)
{
	bool monthly = r->unit == RECURRENCE_MONTH || r->unit == RECURRENCE_YEAR;
	bool known = r->starts_on != RECURRENCE_NO_DAY;

	if (r->weekdays != 0 && r->unit != RECURRENCE_WEEK && !(monthly && r->nth != 0))
		return &faults[0];
	if (r->month_day != 0 && (!monthly || r->nth != 0))
		return &faults[1];
	if (r->nth != 0 && (!monthly || __builtin_popcount(r->weekdays) != 1))
		return &faults[2];
	if (r->count != 0 && r->until != RECURRENCE_NO_DAY)
		return &faults[3];
	if (!known || recurrence_has_next(r))
		return r->count == 1 ? &faults[5] : NULL;
	return r->until != RECURRENCE_NO_DAY ? &faults[4]
	       : r->count == 1		     ? &faults[5]
					     : &faults[6];
}

bool
recurrence_is_on_grid(const struct recurrence *r, const struct occurrence *o)
{
	int64_t n = recurrence_grid_count(r, o->due_on);

	return o->grid_on == o->due_on && n > 0 && recurrence_grid_day(r, n) == o->due_on;
}
