/*
 * recurrence.c: rules of recurrence, within the bounds that the API's fields have
 * (app/api/rules.c). The number of a day and the day of a number are each other's inverse, and
 * days only go on.
 */
#include "model/recurrence.h"

#include "fuzz.h"

enum { FIRST_DAY = -25567 /* 1900-01-01 */, SERIES = 40 };

static bool
is_within(int n, int min, int max)
{
	return n >= min && n <= max;
}

static bool
passes_fields(const struct recurrence *r)
{
	return is_within(r->every, 1, 999) && is_within(r->month_day, -1, 31) &&
	       is_within(r->nth, -1, 4) && is_within(r->count, 0, 9999) &&
	       is_within(r->starts_on, FIRST_DAY, RECURRENCE_LAST_DAY) &&
	       (r->until == RECURRENCE_NO_DAY ||
		is_within(r->until, FIRST_DAY, RECURRENCE_LAST_DAY));
}

static void
must_be_on_the_grid(const struct recurrence *r, int n, int32_t day)
{
	struct occurrence o = { n, day, day, day, OUTCOME_DONE };

	MUST(recurrence_grid_day(r, n) == day);
	MUST(recurrence_grid_count(r, day) == n);
	MUST(recurrence_grid_count(r, day - 1) == n - 1);
	MUST(recurrence_is_on_grid(r, &o));
}

/* Done `late` days after it was due, or passed over then. */
static void
must_step_forward(const struct recurrence *r, int n, int32_t day, int late)
{
	for (int outcome = OUTCOME_DONE; outcome <= OUTCOME_SKIPPED; outcome++) {
		struct occurrence o = { n, day, day, day + late,
					(enum recurrence_outcome)outcome };
		int64_t missed;
		int32_t next = recurrence_next(r, &o, &missed);

		MUST(missed >= 0);
		MUST(next > o.done_on);
		MUST(next == RECURRENCE_NO_DAY || next <= RECURRENCE_LAST_DAY);
	}
}

static void
must_go_on(const struct recurrence *r)
{
	int32_t days[SERIES];
	int count = recurrence_series(r, days, SERIES);

	MUST(count >= 2 && (r->count == 0 || count <= r->count));
	for (int i = 0; i < count; i++) {
		MUST(i == 0 || days[i] > days[i - 1]);
		MUST(days[i] >= r->starts_on && days[i] <= RECURRENCE_LAST_DAY);
		MUST(r->until == RECURRENCE_NO_DAY || days[i] <= r->until);
		if (r->anchor == RECURRENCE_DUE)
			must_be_on_the_grid(r, i + 1, days[i]);
		must_step_forward(r, i + 1, days[i], 0);
		must_step_forward(r, i + 1, days[i], 400);
	}
}

void
fuzz_recurrence(struct arena *a, struct str input)
{
	struct recurrence r;
	struct strbuf rule;

	if (!recurrence_read(a, input, &r) || !passes_fields(&r) ||
	    recurrence_fault(&r) != NULL)
		return;
	must_go_on(&r);
	strbuf_init(&rule);
	MUST(recurrence_rrule(&r, 3, &rule) == (rule.len > 0));
	strbuf_release(&rule);
}
