/*
 * date.c: days, times and instants: a value that is written reads back the same.
 */
#include "core/date.h"

#include "fuzz.h"

static void
must_be_a_day(struct str text, int32_t days)
{
	char out[DATE_TEXT_SIZE];
	int y, m, d;

	date_format(days, out);
	MUST(str_is(text, out));
	date_civil(days, &y, &m, &d);
	MUST(date_days(y, m, d) == days && d <= date_month_days(y, m));
	MUST(date_month(days) == y * 12 + m - 1);
}

/* Within the years that have four digits in UTC too: what lies outside is shown as the nearest. */
static bool
can_be_shown(int64_t us)
{
	const int64_t day_us = 86400000000;

	return us >= date_days(0, 1, 1) * day_us &&
	       us < (date_days(9999, 12, 31) + 1) * day_us;
}

void
fuzz_date(struct arena *a, struct str input)
{
	char text[INSTANT_TEXT_SIZE], fine[28];
	int32_t days, seconds;
	int64_t us, again;

	(void)a;
	if (date_parse(input, &days))
		must_be_a_day(input, days);
	if (time_parse(input, &seconds))
		MUST(seconds >= 0 && seconds < 86400);
	if (!instant_parse(input, &us) || !can_be_shown(us))
		return;
	instant_format_us(us, fine);
	MUST(instant_parse(str_of(fine), &again) && again == us);
	instant_format(us, text);
	MUST(instant_parse(str_of(text), &again) && again <= us && us - again < 1000000);
}
