/*
 * manual_test.c: a page shows its text, with every character that is special to troff.
 */
#include "manual/manual.h"

#include <check.h>

Suite *manual_suite(void);

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

START_TEST(page_begins_with_its_name_and_what_it_does)
{
	manual_begin(&out, "hob-api", 8, "hob 0.1.0", "serve");
	ck_assert_str_eq(out.ptr, ".TH \"HOB\\-API\" 8 \"\" \"hob 0.1.0\" \"Hob\"\n"
				  ".nh\n.ad l\n.SH \"NAME\"\nhob\\-api \\- serve\n");
}
END_TEST

static const struct {
	const char *text, *page;
} cases[] = {
	{ "plain", ".PP\nplain\n" },
	{ "one\n\ntwo", ".PP\none\n.PP\ntwo\n" },
	{ "run `hob seed` twice", ".PP\nrun \\fBhob seed\\fR twice\n" },
	{ ".conf files", ".PP\n\\&.conf files\n" },
	{ "a\n.so file", ".PP\na\n\\&.so file\n" },
	{ "'tis", ".PP\n\\(aqtis\n" },
	{ "C:\\n -v ~ ^ \"", ".PP\nC:\\en \\-v \\(ti \\(ha \\(dq\n" },
};

START_TEST(signs_of_troff_are_shown_as_they_are)
{
	manual_text(&out, cases[_i].text);
	ck_assert_str_eq(out.ptr, cases[_i].page);
}
END_TEST

START_TEST(item_keeps_its_paragraphs_indented)
{
	manual_item(&out, "-c", "FILE", "one\n\ntwo");
	manual_item(&out, "status", NULL, "three");
	ck_assert_str_eq(out.ptr, ".TP\n\\fB\\-c\\fR FILE\none\n.IP\ntwo\n"
				  ".TP\n\\fBstatus\\fR\nthree\n");
}
END_TEST

Suite *
manual_suite(void)
{
	Suite *s = suite_create("manual");
	TCase *t = tcase_create("manual");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, page_begins_with_its_name_and_what_it_does);
	tcase_add_loop_test(t, signs_of_troff_are_shown_as_they_are, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, item_keeps_its_paragraphs_indented);
	suite_add_tcase(s, t);
	return s;
}
