/* ical_test.c: content lines of iCalendar. */
#include "ical/ical.h"

#include <check.h>
#include <string.h>

Suite *ical_suite(void);

static struct strbuf out;

static void
set_up(void)
{
	strbuf_init(&out);
}

static void
tear_down(void)
{
	strbuf_release(&out);
}

START_TEST(text_is_escaped_and_other_values_are_not)
{
	ical_text(&out, "SUMMARY", STR("a\\b;c,d\ne\rf\x01g\th"));
	ical_line(&out, "RRULE", STR("FREQ=DAILY;BYDAY=MO,TU"));
	ck_assert_str_eq(out.ptr, "SUMMARY:a\\\\b\\;c\\,d\\nefg\th\r\n"
				  "RRULE:FREQ=DAILY;BYDAY=MO,TU\r\n");
}
END_TEST

START_TEST(a_line_of_75_octets_is_whole_and_a_longer_one_is_folded)
{
	char value[200];

	memset(value, 'x', sizeof(value));
	ical_line(&out, "A", (struct str){ value, 73 });
	ck_assert_uint_eq(out.len, 75 + 2);
	out.len = 0;
	ical_line(&out, "A", (struct str){ value, 74 });
	ck_assert_uint_eq(out.len, 75 + 2 + 2 + 2);
	ck_assert_str_eq(out.ptr + 75, "\r\n x\r\n");
	out.len = 0;
	ical_line(&out, "A", (struct str){ value, 73 + 74 + 1 });
	ck_assert_str_eq(out.ptr + 75 + 2 + 75, "\r\n x\r\n");
}
END_TEST

/* Some programs drop an event whose escape is cut. */
START_TEST(no_escape_is_cut)
{
	for (int n = 60; n < 80; n++) {
		char value[120];
		struct str rest;

		out.len = 0;
		memset(value, 'x', (size_t)n);
		memcpy(value + n, "\\\n,;\\", 6);
		ical_text(&out, "DESCRIPTION", (struct str){ value, (size_t)n + 6 });
		rest = strbuf_str(&out);
		while (rest.len > 0) {
			struct str line = str_cut(&rest, '\n');
			size_t backslashes = 0;

			ck_assert_uint_le(line.len - 1, 75);
			while (line.ptr[line.len - 2 - backslashes] == '\\')
				backslashes++;
			ck_assert_uint_eq(backslashes % 2, 0);
		}
	}
}
END_TEST

START_TEST(no_character_is_cut)
{
	struct strbuf value;
	struct str rest;

	strbuf_init(&value);
	for (int i = 0; i < 40; i++)
		strbuf_add_cstr(&value, i % 2 ? "\xf0\x9f\x8f\xa1" : "\xc3\xa9");
	ical_text(&out, "SUMMARY", strbuf_str(&value));
	strbuf_release(&value);
	rest = strbuf_str(&out);
	while (rest.ptr != NULL) {
		struct str line = str_cut(&rest, '\n');

		ck_assert_uint_le(line.len, 75 + 1); /* the CR */
		ck_assert(str_is_utf8(line));
	}
}
END_TEST

Suite *
ical_suite(void)
{
	Suite *s = suite_create("ical");
	TCase *t = tcase_create("ical");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, text_is_escaped_and_other_values_are_not);
	tcase_add_test(t, a_line_of_75_octets_is_whole_and_a_longer_one_is_folded);
	tcase_add_test(t, no_escape_is_cut);
	tcase_add_test(t, no_character_is_cut);
	suite_add_tcase(s, t);
	return s;
}
