/*
 * recurrence_test.c: rules of recurrence, held to t/vectors/recurrence.json, the file that
 * clients can use too, and what rules say of themselves.
 */
#include "model/recurrence.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "json/json.h"
#include "vectors.h"

Suite *recurrence_suite(void);

static struct arena arena;
static struct json_doc vectors;

static void
read_vectors(void)
{
	arena_init(&arena, 65536);
	vectors_read(&arena, "t/vectors/recurrence.json", &vectors);
}

static void
drop_vectors(void)
{
	arena_release(&arena);
}

static const cJSON *
list(const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(vectors.root, name);
}

static const char *
member(const cJSON *c, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(c, name)->valuestring;
}

static int
number(const cJSON *c, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(c, name)->valueint;
}

static int32_t
day(const char *text)
{
	int32_t d = RECURRENCE_NO_DAY;

	date_parse(str_of(text), &d);
	return d;
}

static struct recurrence
rule_of(const cJSON *c)
{
	char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(c, "rule"));
	struct recurrence r;

	ck_assert_msg(recurrence_read(&arena, str_of(text), &r), "%s", text);
	free(text);
	return r;
}

START_TEST(series_are_those_of_the_vectors)
{
	const cJSON *c, *expected;

	cJSON_ArrayForEach (c, list("series")) {
		const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(c, "days");
		struct recurrence r = rule_of(c);
		int32_t days[12];
		int n = recurrence_series(&r, days, 12), i = 0;

		ck_assert_msg(n == cJSON_GetArraySize(wanted), "%s: %d days",
			      member(c, "name"), n);
		cJSON_ArrayForEach (expected, wanted)
			ck_assert_msg(days[i++] == day(expected->valuestring), "%s: %s",
				      member(c, "name"), expected->valuestring);
	}
}
END_TEST

START_TEST(steps_are_those_of_the_vectors)
{
	const cJSON *c;

	cJSON_ArrayForEach (c, list("next")) {
		struct recurrence r = rule_of(c);
		struct occurrence o = {
			.number = number(c, "occurrence"),
			.due_on = day(member(c, "due_on")),
			.grid_on = day(member(c, "grid_on")),
			.done_on = day(member(c, "done_on")),
			.outcome = strcmp(member(c, "outcome"), "done") == 0
					   ? OUTCOME_DONE
					   : OUTCOME_SKIPPED,
		};
		int64_t missed;
		int32_t next = recurrence_next(&r, &o, &missed);

		ck_assert_msg(next == day(member(c, "next")), "%s", member(c, "name"));
		ck_assert_msg(missed == number(c, "missed"), "%s: %d missed",
			      member(c, "name"), (int)missed);
	}
}
END_TEST

/* To the first day that is not before `day`, a step after the other. */
static bool
walk_to(const struct recurrence *r, struct occurrence *o, int32_t today, int32_t day)
{
	while (o->due_on < day)
		if (!recurrence_step(r, o, today))
			return false;
	return true;
}

START_TEST(far_days_are_those_that_single_steps_come_to)
{
	static const int ahead[] = { 0, 1, 2, 9, 40, 365, 1461, 20000 };
	const cJSON *c;

	cJSON_ArrayForEach (c, list("series")) {
		struct recurrence r = rule_of(c);
		int32_t first;

		if (recurrence_series(&r, &first, 1) == 0)
			continue;
		for (int late = -100; late <= 100; late += 50) {
			for (size_t i = 0; i < sizeof(ahead) / sizeof(ahead[0]); i++) {
				struct occurrence a = { 1, first, first, first,
							OUTCOME_DONE };
				struct occurrence b = a;
				int steps = INT32_MAX;
				bool there =
					walk_to(&r, &a, first + late, first + ahead[i]);

				ck_assert_msg(recurrence_step_to(&r, &b, first + late,
								 first + ahead[i],
								 &steps) == there,
					      "%s, %d days ahead", member(c, "name"),
					      ahead[i]);
				ck_assert_msg(!there || (a.due_on == b.due_on &&
							 a.number == b.number),
					      "%s, %d days ahead: %d is not %d",
					      member(c, "name"), ahead[i], (int)b.due_on,
					      (int)a.due_on);
			}
		}
	}
}
END_TEST

START_TEST(steps_of_a_rule_that_counts_from_completion_are_bounded)
{
	struct recurrence r = { .unit = RECURRENCE_DAY,
				.every = 1,
				.anchor = RECURRENCE_COMPLETION,
				.until = RECURRENCE_NO_DAY,
				.starts_on = 0 };
	struct occurrence o = { 1, 0, 0, 0, OUTCOME_DONE };
	int steps = 10;

	ck_assert(recurrence_step_to(&r, &o, 0, 9, &steps));
	ck_assert_int_eq(o.due_on, 9);
	ck_assert_int_eq(steps, 1);
	ck_assert(!recurrence_step_to(&r, &o, 0, 20, &steps));
	ck_assert_int_eq(steps, 0);
}
END_TEST

START_TEST(rules_without_a_second_day_are_refused)
{
	const cJSON *c;

	cJSON_ArrayForEach (c, list("refused")) {
		struct recurrence r = rule_of(c);
		const struct recurrence_fault *fault = recurrence_fault(&r);

		ck_assert_msg(fault != NULL, "%s", member(c, "name"));
		ck_assert_str_eq(fault->code, member(c, "code"));
		ck_assert(!recurrence_has_next(&r));
	}
}
END_TEST

static const struct {
	const char *rule, *member; /* NULL: it is fine */
} rules[] = {
	{ "{\"unit\":\"day\"}", NULL },
	{ "{\"unit\":\"day\",\"weekdays\":[\"mon\"]}", "weekdays" },
	{ "{\"unit\":\"month\",\"weekdays\":[\"mon\"]}", "weekdays" },
	{ "{\"unit\":\"month\",\"weekdays\":[\"mon\"],\"nth_weekday\":-1}", NULL },
	{ "{\"unit\":\"month\",\"nth_weekday\":1}", "nth_weekday" },
	{ "{\"unit\":\"week\",\"weekdays\":[\"mon\"],\"nth_weekday\":1}", "nth_weekday" },
	{ "{\"unit\":\"week\",\"month_day\":1}", "month_day" },
	{ "{\"unit\":\"year\",\"month_day\":-1}", NULL },
	{ "{\"unit\":\"year\",\"month_day\":1,\"weekdays\":[\"mon\"],\"nth_weekday\":1}",
	  "month_day" },
	{ "{\"unit\":\"day\",\"count\":3,\"until\":\"2031-01-01\"}", "count" },
	{ "{\"unit\":\"day\",\"count\":1}", "count" },
	{ "{\"unit\":\"day\",\"count\":2}", NULL },
	{ "{\"unit\":\"day\",\"until\":\"2031-01-01\",\"starts_on\":\"2031-01-01\"}",
	  "until" },
	{ "{\"unit\":\"year\",\"every\":999,\"starts_on\":\"2031-01-01\"}", "starts_on" },
};

START_TEST(a_rule_says_what_does_not_go_together)
{
	struct recurrence r;
	const struct recurrence_fault *fault;

	ck_assert(recurrence_read(&arena, str_of(rules[_i].rule), &r));
	fault = recurrence_fault(&r);
	if (rules[_i].member == NULL)
		ck_assert_msg(fault == NULL, "%s", rules[_i].rule);
	else
		ck_assert_msg(fault != NULL &&
				      strcmp(fault->member, rules[_i].member) == 0,
			      "%s", rules[_i].rule);
}
END_TEST

static const char *const garbage[] = {
	"[]",
	"7",
	"{}",
	"{\"unit\":\"hour\"}",
	"{\"unit\":\"day\",\"every\":\"2\"}",
	"{\"unit\":\"day\",\"every\":0}",
	"{\"unit\":\"week\",\"weekdays\":\"mon\"}",
	"{\"unit\":\"week\",\"weekdays\":[\"monday\"]}",
	"{\"unit\":\"day\",\"until\":\"2031-02-30\"}",
	"{\"unit\":\"day\",\"anchor\":\"moon\"}",
	"{\"unit\":",
};

START_TEST(what_is_no_rule_is_not_read)
{
	struct recurrence r;

	ck_assert_msg(!recurrence_read(&arena, str_of(garbage[_i]), &r), "%s",
		      garbage[_i]);
}
END_TEST

static const struct {
	const char *rule, *rrule;
} texts[] = {
	{ "{\"unit\":\"day\",\"every\":3,\"starts_on\":\"2031-01-06\"}",
	  "FREQ=DAILY;INTERVAL=3" },
	{ "{\"unit\":\"week\",\"weekdays\":[\"thu\",\"mon\"],\"starts_on\":\"2031-01-"
	  "06\"}",
	  "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TH;WKST=MO" },
	{ "{\"unit\":\"month\",\"starts_on\":\"2031-01-28\"}",
	  "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=28" },
	{ "{\"unit\":\"month\",\"starts_on\":\"2031-01-31\"}",
	  "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-1" },
	{ "{\"unit\":\"month\",\"starts_on\":\"2031-01-30\"}", NULL },
	{ "{\"unit\":\"month\",\"month_day\":29,\"starts_on\":\"2031-01-01\"}", NULL },
	{ "{\"unit\":\"year\",\"starts_on\":\"2032-02-29\"}",
	  "FREQ=YEARLY;INTERVAL=1;BYMONTH=2;BYMONTHDAY=-1" },
	{ "{\"unit\":\"year\",\"month_day\":31,\"starts_on\":\"2031-04-30\"}",
	  "FREQ=YEARLY;INTERVAL=1;BYMONTH=4;BYMONTHDAY=-1" },
	{ "{\"unit\":\"month\",\"nth_weekday\":-1,\"weekdays\":[\"fri\"],\"until\":"
	  "\"2031-06-30\",\"starts_on\":\"2031-01-01\"}",
	  "FREQ=MONTHLY;INTERVAL=1;BYDAY=-1FR;UNTIL=20310630" },
	{ "{\"unit\":\"day\",\"anchor\":\"completion\",\"starts_on\":\"2031-01-01\"}",
	  NULL },
};

START_TEST(a_rule_is_written_for_calendars_where_they_agree)
{
	struct recurrence r;
	struct strbuf b;
	bool written;

	strbuf_init(&b);
	ck_assert(recurrence_read(&arena, str_of(texts[_i].rule), &r));
	written = recurrence_rrule(&r, 0, &b);
	ck_assert_msg(written == (texts[_i].rrule != NULL), "%s", texts[_i].rule);
	ck_assert_str_eq(b.ptr, written ? texts[_i].rrule : "");
	strbuf_release(&b);
}
END_TEST

#define LOOP(test, table) \
	tcase_add_loop_test(t, test, 0, sizeof(table) / sizeof((table)[0]))

Suite *
recurrence_suite(void)
{
	Suite *s = suite_create("recurrence");
	TCase *t = tcase_create("recurrence");

	tcase_add_checked_fixture(t, read_vectors, drop_vectors);
	tcase_add_test(t, series_are_those_of_the_vectors);
	tcase_add_test(t, steps_are_those_of_the_vectors);
	tcase_add_test(t, far_days_are_those_that_single_steps_come_to);
	tcase_add_test(t, steps_of_a_rule_that_counts_from_completion_are_bounded);
	tcase_add_test(t, rules_without_a_second_day_are_refused);
	LOOP(a_rule_says_what_does_not_go_together, rules);
	LOOP(what_is_no_rule_is_not_read, garbage);
	LOOP(a_rule_is_written_for_calendars_where_they_agree, texts);
	suite_add_tcase(s, t);
	return s;
}
