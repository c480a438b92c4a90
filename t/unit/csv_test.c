/* csv_test.c: cells that come back as they were, and are no formulas. */
#include "csv/csv.h"

#include <check.h>

Suite *csv_suite(void);

static const struct {
	const char *text, *cell;
} cases[] = {
	{ "plain", "plain" },
	{ NULL, "" },
	{ "", "" },
	{ "a,b", "\"a,b\"" },
	{ "say \"hi\"", "\"say \"\"hi\"\"\"" },
	{ "two\nlines", "\"two\nlines\"" },
	{ "=1+2", "'=1+2" },
	{ "+1", "'+1" },
	{ "-1", "'-1" },
	{ "@SUM(A1)", "'@SUM(A1)" },
	{ "\tx", "\"'\tx\"" },
	{ "\rx", "\"'\rx\"" },
	{ "\n=1", "\"'\n'=1\"" },
	{ "\nx", "\"'\nx\"" },
	{ "  =1", "'  =1" },
	{ "\xef\xbc\x9d"
	  "1",
	  "'\xef\xbc\x9d"
	  "1" },
	{ "\xef\xbc\x8b"
	  "1",
	  "'\xef\xbc\x8b"
	  "1" },
	{ "\xef\xbc\x8d"
	  "1",
	  "'\xef\xbc\x8d"
	  "1" },
	{ "\xef\xbc\xa0"
	  "A1",
	  "'\xef\xbc\xa0"
	  "A1" },
	{ "\xef\xbc\xa1", "\xef\xbc\xa1" },
	{ "a;=1", "\"a;'=1\"" },
	{ "a;-1;@b", "\"a;'-1;'@b\"" },
	{ "a;\xef\xbc\x9d"
	  "1",
	  "\"a;'\xef\xbc\x9d"
	  "1\"" },
	{ "a; =1", "\"a;' =1\"" },
	{ "a\t+1", "\"a\t'+1\"" },
	{ "a\n=1", "\"a\n'=1\"" },
	{ "a\r\n@1", "\"a\r\n'@1\"" },
	{ "a;b", "\"a;b\"" },
	{ "a=1", "a=1" },
	{ "=\"a\",b", "\"'=\"\"a\"\",b\"" },
	{ "1-2", "1-2" },
};

START_TEST(a_cell_is_quoted_where_it_must_be_and_never_a_formula)
{
	struct strbuf out;
	struct csv c = { &out, 0 };

	strbuf_init(&out);
	csv_cell(&c, str_of(cases[_i].text));
	ck_assert_str_eq(out.ptr, cases[_i].cell);
	strbuf_release(&out);
}
END_TEST

START_TEST(rows_have_commas_between_cells_and_an_end)
{
	struct strbuf out;
	struct csv c = { &out, 0 };

	strbuf_init(&out);
	for (int row = 0; row < 2; row++) {
		csv_cell(&c, STR("a"));
		csv_cell(&c, STR_NONE);
		csv_cell(&c, STR("b"));
		csv_end_row(&c);
	}
	ck_assert_str_eq(out.ptr, "a,,b\r\na,,b\r\n");
	strbuf_release(&out);
}
END_TEST

Suite *
csv_suite(void)
{
	Suite *s = suite_create("csv");
	TCase *t = tcase_create("csv");

	tcase_add_loop_test(t, a_cell_is_quoted_where_it_must_be_and_never_a_formula, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, rows_have_commas_between_cells_and_an_end);
	suite_add_tcase(s, t);
	return s;
}
