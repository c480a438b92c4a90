/*
 * filter.c: app/model/recurrence as a filter, for rules.test.mjs: a question on each
 * line of stdin, its answer on the same line of stdout.
 *
 *   series TAB N TAB RULE                                      -> DAY,DAY,... TAB RRULE
 *   next TAB NUMBER TAB DUE TAB GRID TAB DONE TAB OUTCOME TAB RULE -> DAY TAB MISSED
 *   check TAB RULE                                             -> ok, or the code of the fault
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/date.h"
#include "core/die.h"
#include "model/recurrence.h"

enum { SERIES_MAX = 1000 };

static int
number(struct str *rest)
{
	int64_t n;

	if (!str_to_i64(str_cut(rest, '\t'), &n))
		die("a number is missing");
	return (int)n;
}

static int32_t
day(struct str *rest)
{
	int32_t d;

	if (!date_parse(str_cut(rest, '\t'), &d))
		die("a day is missing");
	return d;
}

static struct recurrence
rule(struct arena *a, struct str text)
{
	struct recurrence r;

	if (!recurrence_read(a, text, &r))
		die("no rule: %.*s", STR_FMT(text));
	return r;
}

static void
print_day(int32_t d)
{
	char text[DATE_TEXT_SIZE];

	if (d == RECURRENCE_NO_DAY)
		return;
	date_format(d, text);
	fputs(text, stdout);
}

static void
series(struct arena *a, struct str rest)
{
	int n = number(&rest);
	struct recurrence r = rule(a, rest);
	int32_t days[SERIES_MAX];
	struct strbuf b;

	n = recurrence_series(&r, days, n < SERIES_MAX ? n : SERIES_MAX);
	for (int i = 0; i < n; i++) {
		fputs(i > 0 ? "," : "", stdout);
		print_day(days[i]);
	}
	strbuf_init(&b);
	strbuf_add_char(&b, '\t');
	recurrence_rrule(&r, r.count, &b);
	puts(b.ptr);
	strbuf_release(&b);
}

static void
next(struct arena *a, struct str rest)
{
	struct occurrence o = { .number = number(&rest) };
	struct recurrence r;
	int64_t missed;

	o.due_on = day(&rest);
	o.grid_on = day(&rest);
	o.done_on = day(&rest);
	o.outcome = str_is(str_cut(&rest, '\t'), "done") ? OUTCOME_DONE : OUTCOME_SKIPPED;
	r = rule(a, rest);
	print_day(recurrence_next(&r, &o, &missed));
	printf("\t%" PRId64 "\n", missed);
}

static void
check(struct arena *a, struct str rest)
{
	struct recurrence r = rule(a, rest);
	const struct recurrence_fault *fault = recurrence_fault(&r);

	puts(fault ? fault->code : "ok");
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	struct arena a;

	arena_init(&a, 65536);
	while ((len = getline(&line, &size, stdin)) > 0) {
		struct str rest = { line, (size_t)len - (line[len - 1] == '\n') };
		struct str what = str_cut(&rest, '\t');

		if (str_is(what, "series"))
			series(&a, rest);
		else if (str_is(what, "next"))
			next(&a, rest);
		else if (str_is(what, "check"))
			check(&a, rest);
		else
			die("what is \"%.*s\"?", STR_FMT(what));
		arena_reset(&a);
	}
	arena_release(&a);
	free(line);
	return 0;
}
