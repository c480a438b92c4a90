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

START_TEST(a_word_of_programs_stays_as_it_is)
{
	struct strbuf out;
	struct csv c = { &out, 0 };

	strbuf_init(&out);
	csv_cell(&c, STR("-1"));
	csv_plain(&c, STR("-1"));
	csv_plain(&c, STR("-0.5"));
	csv_end_row(&c);
	ck_assert_str_eq(out.ptr, "'-1,-1,-0.5\r\n");
	strbuf_release(&out);
}
END_TEST

/* All texts of up to six of these, about 90,000. */
START_TEST(every_cell_comes_back_as_it_was)
{
	static const char letters[] = "'=; \na\"";
	struct strbuf out;
	struct csv c = { &out, 0 };
	struct csv_reader r;
	struct csv_row row;
	struct arena a;
	char text[7] = "";
	int digits[6] = { 0 }, at = 0;

	arena_init(&a, 1024);
	strbuf_init(&out);
	while (at < 6) {
		for (at = 0; at < 6 && ++digits[at] > 7; at++)
			digits[at] = 1;
		for (int i = 0, n = 0; i < 7; i++)
			text[n++] =
				i < 6 && digits[i] > 0 ? letters[digits[i] - 1] : '\0';
		out.len = 0;
		csv_cell(&c, STR("x"));
		csv_cell(&c, str_of(text));
		csv_end_row(&c);
		csv_open(&r, &a, strbuf_str(&out));
		ck_assert_int_eq(csv_next(&r, &row), ERR_OK);
		ck_assert_int_eq(row.count, 2);
		ck_assert_str_eq(row.cells[1].ptr, text);
		ck_assert_int_eq(csv_next(&r, &row), ERR_NOT_FOUND);
		arena_reset(&a);
	}
	strbuf_release(&out);
	arena_release(&a);
}
END_TEST

static const struct {
	const char *text, *rows; /* cells with | behind, rows with / */
	enum err end;
} files[] = {
	{ "", "", ERR_NOT_FOUND },
	{ "\n\r\n", "", ERR_NOT_FOUND },
	{ "a,b\r\nc,d\r\n", "a|b|/c|d|/", ERR_NOT_FOUND },
	{ "a,b\nc,d", "a|b|/c|d|/", ERR_NOT_FOUND },
	{ "a,b\rc,d\r", "a|b|/c|d|/", ERR_NOT_FOUND },
	{ "\xef\xbb\xbf"
	  "a;b\nc,c;d",
	  "a|b|/c,c|d|/", ERR_NOT_FOUND },
	{ "a\tb\nc\td,e", "a|b|/c|d,e|/", ERR_NOT_FOUND },
	{ "a,b,\n,,", "a|b||/|||/", ERR_NOT_FOUND },
	{ "\"a,b\",\"say \"\"hi\"\"\"\n\"two\nlines\",x",
	  "a,b|say \"hi\"|/two\nlines|x|/", ERR_NOT_FOUND },
	{ "\"a;b;c\",d\ne,f", "a;b;c|d|/e|f|/", ERR_NOT_FOUND },
	{ "a\n\n\nb", "a|/b|/", ERR_NOT_FOUND },
	{ "'=1+2,'it''s,'-1", "=1+2|'it''s|-1|/", ERR_NOT_FOUND },
	{ "''=1,\"a;'-1\"", "'=1|a;-1|/", ERR_NOT_FOUND },
	{ "a,\"b", "", ERR_MALFORMED },
	{ "a,\"b\"c", "", ERR_MALFORMED },
	{ "a,b\"c", "a|b\"c|/", ERR_NOT_FOUND },
};

START_TEST(file_is_read_row_by_row)
{
	struct csv_reader r;
	struct csv_row row;
	struct arena a;
	struct strbuf seen;
	enum err e;

	arena_init(&a, 1024);
	strbuf_init(&seen);
	csv_open(&r, &a, str_of(files[_i].text));
	while ((e = csv_next(&r, &row)) == ERR_OK) {
		for (int i = 0; i < row.count; i++)
			strbuf_addf(&seen, "%.*s|", STR_FMT(row.cells[i]));
		strbuf_add_char(&seen, '/');
	}
	ck_assert_int_eq(e, files[_i].end);
	ck_assert_str_eq(seen.ptr, files[_i].rows);
	strbuf_release(&seen);
	arena_release(&a);
}
END_TEST

START_TEST(line_of_a_row_is_where_it_begins)
{
	struct csv_reader r;
	struct csv_row row;
	struct arena a;
	const int lines[] = { 1, 3, 6 };

	arena_init(&a, 1024);
	csv_open(&r, &a, STR("a\r\n\r\n\"b\n\nb\"\nc\n"));
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(csv_next(&r, &row), ERR_OK);
		ck_assert_int_eq(r.line, lines[i]);
	}
	ck_assert_int_eq(csv_next(&r, &row), ERR_NOT_FOUND);
	arena_release(&a);
}
END_TEST

Suite *
csv_suite(void)
{
	Suite *s = suite_create("csv");
	TCase *t = tcase_create("csv");

	tcase_add_loop_test(t, a_cell_is_quoted_where_it_must_be_and_never_a_formula, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, a_word_of_programs_stays_as_it_is);
	tcase_add_test(t, every_cell_comes_back_as_it_was);
	tcase_add_test(t, rows_have_commas_between_cells_and_an_end);
	tcase_add_loop_test(t, file_is_read_row_by_row, 0,
			    sizeof(files) / sizeof(files[0]));
	tcase_add_test(t, line_of_a_row_is_where_it_begins);
	suite_add_tcase(s, t);
	return s;
}
