/*
 * recurrence_text.c: rules as text: read from JSON, written as RFC 5545 rules for
 * calendars. Runs in workers and in tests.
 */
#include <string.h>

#include "core/date.h"
#include "json/json.h"
#include "model/recurrence.h"

/* Nine members, seven weekdays among them, are 17 values; rules in the database may know more. */
static const struct json_limits limits = { .depth = 4, .values = 64 };

enum { FEBRUARY = 2, SHORTEST_MONTH = 28 };

static const char *const unit_names[] = { "day", "week", "month", "year", NULL };
static const char *const anchor_names[] = { "due", "completion", NULL };
static const char *const weekday_names[] = { "mon", "tue", "wed", "thu",
					     "fri", "sat", "sun", NULL };

/* --- reading ---------------------------------------------------------------- */

static int
index_of(const char *const *names, const cJSON *v)
{
	for (int i = 0; cJSON_IsString(v) && names[i] != NULL; i++)
		if (strcmp(names[i], v->valuestring) == 0)
			return i;
	return -1;
}

static const cJSON *
member(const cJSON *rule, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(rule, name);

	return cJSON_IsNull(v) ? NULL : v;
}

/* None of these leaves *out as it is. */
static bool
read_int(const cJSON *rule, const char *name, int *out)
{
	const cJSON *v = member(rule, name);

	if (v != NULL && cJSON_IsNumber(v))
		*out = v->valueint;
	return v == NULL || cJSON_IsNumber(v);
}

static bool
read_day(const cJSON *rule, const char *name, int32_t *out)
{
	const cJSON *v = member(rule, name);

	return v == NULL ||
	       (cJSON_IsString(v) && date_parse(str_of(v->valuestring), out));
}

static bool
read_name(const cJSON *rule, const char *name, const char *const *names, int *out)
{
	const cJSON *v = member(rule, name);
	int i = index_of(names, v);

	if (i >= 0)
		*out = i;
	return v == NULL || i >= 0;
}

static bool
read_weekdays(const cJSON *rule, unsigned *out)
{
	const cJSON *list = member(rule, "weekdays"), *v;

	if (list == NULL)
		return true;
	cJSON_ArrayForEach (v, list) {
		int i = index_of(weekday_names, v);

		if (i < 0)
			return false;
		*out |= 1u << i;
	}
	return cJSON_IsArray(list);
}

bool
recurrence_read(struct arena *a, struct str json, struct recurrence *out)
{
	struct json_doc doc = { 0 };
	struct json_fault fault;
	const cJSON *rule;
	int unit = -1, anchor = RECURRENCE_DUE;

	*out = (struct recurrence){ .every = 1,
				    .until = RECURRENCE_NO_DAY,
				    .starts_on = RECURRENCE_NO_DAY };
	if (json_read(a, json, limits, &doc, &fault) != ERR_OK ||
	    !cJSON_IsObject(doc.root))
		return false;
	rule = doc.root;
	if (!read_name(rule, "unit", unit_names, &unit) || unit < 0 ||
	    !read_name(rule, "anchor", anchor_names, &anchor))
		return false;
	out->unit = (enum recurrence_unit)unit;
	out->anchor = (enum recurrence_anchor)anchor;
	return read_int(rule, "every", &out->every) && out->every > 0 &&
	       read_weekdays(rule, &out->weekdays) &&
	       read_int(rule, "month_day", &out->month_day) &&
	       read_int(rule, "nth_weekday", &out->nth) &&
	       read_day(rule, "until", &out->until) &&
	       read_int(rule, "count", &out->count) &&
	       read_day(rule, "starts_on", &out->starts_on);
}

/* --- RFC 5545, 3.3.10 -------------------------------------------------------- */

static void
add_byday(const struct recurrence *r, struct strbuf *out)
{
	static const char *const codes[] = { "MO", "TU", "WE", "TH", "FR", "SA", "SU" };
	const char *before = "";

	strbuf_add_cstr(out, ";BYDAY=");
	for (int w = 0; w < 7; w++) {
		if ((r->weekdays & 1u << w) == 0)
			continue;
		strbuf_add_cstr(out, before);
		if (r->nth != 0)
			strbuf_addf(out, "%d", r->nth);
		strbuf_add_cstr(out, codes[w]);
		before = ",";
	}
}

static void
add_month_day(const struct recurrence *r, int day, struct strbuf *out)
{
	int y, m, d, length;

	date_civil(r->starts_on, &y, &m, &d);
	length = date_month_days(y, m);
	if (day == RECURRENCE_LAST || day == 31 ||
	    (r->unit == RECURRENCE_YEAR && m == FEBRUARY && day > SHORTEST_MONTH))
		strbuf_add_cstr(out, ";BYMONTHDAY=-1");
	else
		strbuf_addf(out, ";BYMONTHDAY=%d", day < length ? day : length);
}

static void
add_days(const struct recurrence *r, struct strbuf *out)
{
	int y, m, d;

	date_civil(r->starts_on, &y, &m, &d);
	if (r->unit == RECURRENCE_YEAR)
		strbuf_addf(out, ";BYMONTH=%d", m);
	if (r->weekdays != 0)
		add_byday(r, out);
	else if (r->unit == RECURRENCE_MONTH || r->unit == RECURRENCE_YEAR)
		add_month_day(r, r->month_day ? r->month_day : d, out);
	if (r->unit == RECURRENCE_WEEK)
		strbuf_add_cstr(out, ";WKST=MO");
}

/* RFC 5545 leaves out months that are too short; here they get their last day. */
static bool
is_cut(const struct recurrence *r)
{
	int y, m, d;

	date_civil(r->starts_on, &y, &m, &d);
	if (r->month_day != 0)
		d = r->month_day;
	return r->unit == RECURRENCE_MONTH && r->nth == 0 && d > SHORTEST_MONTH && d < 31;
}

bool
recurrence_rrule(const struct recurrence *r, int count, struct strbuf *out)
{
	static const char *const frequencies[] = { "DAILY", "WEEKLY", "MONTHLY",
						   "YEARLY" };
	int y, m, d;

	if (r->anchor != RECURRENCE_DUE || is_cut(r))
		return false;
	strbuf_addf(out, "FREQ=%s;INTERVAL=%d", frequencies[r->unit], r->every);
	add_days(r, out);
	if (count > 0)
		strbuf_addf(out, ";COUNT=%d", count);
	if (r->until == RECURRENCE_NO_DAY)
		return true;
	date_civil(r->until, &y, &m, &d);
	strbuf_addf(out, ";UNTIL=%04d%02d%02d", y, m, d);
	return true;
}
