/*
 * text_test.c: lib/text: normal forms, ends of lines, visible characters, one line,
 * passwords.
 */
#include "text/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "core/strbuf.h"

Suite *text_suite(void);

static struct arena a;

static void
make(void)
{
	arena_init(&a, 4096);
}

static void
drop(void)
{
	arena_release(&a);
}

#define EQ(got, want) ck_assert_msg(str_is(got, want), "\"%.*s\"", STR_FMT(got))

static const struct {
	const char *typed, *nfc;
} forms[] = {
	{ "", "" },
	{ "Mow the lawn", "Mow the lawn" },
	{ "Gl\u00fcck \u00e9t\u00e9", "Gl\u00fcck \u00e9t\u00e9" },
	{ "Glu\u0308ck e\u0301te\u0301", "Gl\u00fcck \u00e9t\u00e9" },
	{ "\u1112\u1161\u11ab", "\ud55c" },
	{ "\u212b", "\u00c5" },
	{ "\u2126", "\u03a9" },
	{ "a\u0323\u0307", "\u1ea1\u0307" },
	{ "a\u0307\u0323", "\u1ea1\u0307" },
	{ "\u00bd \ufb01", "\u00bd \ufb01" },
	{ "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
	  "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea" },
	{ "\u05e9\u05c1", "\u05e9\u05c1" },
};

START_TEST(text_has_one_normal_form)
{
	struct str once = text_nfc(&a, str_of(forms[_i].typed));

	EQ(once, forms[_i].nfc);
	EQ(text_nfc(&a, once), forms[_i].nfc);
}
END_TEST

static void
parts_make_whole(utf8proc_int32_t code)
{
	utf8proc_uint8_t character[5] = "";
	utf8proc_uint8_t *parts, *whole;

	utf8proc_encode_char(code, character);
	parts = utf8proc_NFD(character);
	whole = utf8proc_NFC(character);
	EQ(text_nfc(&a, str_of((char *)parts)), (char *)whole);
	EQ(text_nfc(&a, str_of((char *)character)), (char *)whole);
	free(parts);
	free(whole);
}

static bool
is_assigned(utf8proc_int32_t code)
{
	utf8proc_category_t category = utf8proc_category(code);

	return category != UTF8PROC_CATEGORY_CN && category != UTF8PROC_CATEGORY_CO;
}

START_TEST(every_character_has_the_normal_form_of_its_parts)
{
	for (utf8proc_int32_t code = 1; code <= 0x10ffff; code++) {
		if (utf8proc_codepoint_valid(code) && is_assigned(code))
			parts_make_whole(code);
		if (code % 32 == 0)
			arena_reset(&a);
	}
}
END_TEST

/* 17 marks on a letter; more would be sorted in quadratic time. */
START_TEST(letter_with_too_many_marks_has_no_normal_form)
{
	for (int n = 16; n <= 17; n++) {
		struct strbuf text;

		strbuf_init(&text);
		for (int i = 0; i < 2 * (n + 1); i++)
			strbuf_add_cstr(&text, i % (n + 1) == 0 ? "a"
					       : i % 2		? "\xcc\xa3"
								: "\xcc\x81");
		ck_assert_int_eq(text_nfc(&a, strbuf_str(&text)).ptr == NULL, n == 17);
		strbuf_release(&text);
	}
}
END_TEST

START_TEST(every_end_of_a_line_is_one)
{
	EQ(text_lines(&a, STR("a\r\nb\rc\vd\fe\xc2\x85"
			      "f\u2028g\u2029h\n\r\ni")),
	   "a\nb\nc\nd\ne\nf\ng\nh\n\ni");
	EQ(text_lines(&a, STR("a\nb")), "a\nb");
	EQ(text_lines(&a, STR("\r")), "\n");
}
END_TEST

START_TEST(blanks_at_the_ends_go_and_others_stay)
{
	EQ(text_trim(STR(" \t\u00a0\u3000a\u00a0b\u2003\u2028\r\n")), "a\u00a0b");
	EQ(text_trim(STR("\u00a0\u3000 ")), "");
	EQ(text_trim(STR("")), "");
	EQ(text_trim(STR("\u2764\ufe0f")), "\u2764\ufe0f");
	EQ(text_trim(STR("\u200f\u05e9 ")), "\u200f\u05e9");
}
END_TEST

static const char *const unseen[] = {
	"",	  " ",	    "\u00a0", "\u3000", "\u200b",     "\u2060",
	"\ufeff", "\u00ad", "\u2800", "\u202e", "\u115f",     "\u1160",
	"\u3164", "\uffa0", "\u034f", "\ufe0f", "\t\n\r ",    "\u2028",
	"\x01",	  "\x7f",   "\u200d", "\u180e", "\U000e0020",
};

START_TEST(what_cannot_be_seen_does_not_count)
{
	ck_assert(!text_shows(str_of(unseen[_i]), 1));
}
END_TEST

START_TEST(what_can_be_seen_counts)
{
	struct str four = STR("a\u00a0\u00e9\u200b\u4e16 \U0001f3e1\ufe0f");

	ck_assert(text_shows(four, 4));
	ck_assert(!text_shows(four, 5));
	ck_assert(text_shows(STR(""), 0));
	ck_assert(text_shows(STR("\u0301"), 1));
	ck_assert(text_shows(STR("\u0600"), 1));
}
END_TEST

START_TEST(line_holds_no_control_and_nothing_that_turns_it)
{
	static const char *const lines[] = {
		"",
		"Mow the lawn",
		"\u05d1\u05d9\u05ea \u200f(1)",
		"\u0628\u064a\u062a",
		"\U0001f468\u200d\U0001f469\u200d\U0001f467",
		"\u00a0",
		"\u2764\ufe0f",
	};
	static const char *const others[] = {
		"a\nb",	    "a\tb",   "a\rb",	"a\vb",	    "\x1b[31m",	    "\x7f",
		"\xc2\x85", "\u2028", "\u202e", "a\u2066b", "\u202a\u202c",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(text_is_line(str_of(lines[i])), "%zu", i);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!text_is_line(str_of(others[i])), "%zu", i);
}
END_TEST

START_TEST(line_is_trimmed_and_empty_when_nothing_of_it_shows)
{
	EQ(text_line(&a, STR(" \u00a0Cafe\u0301\n")), "Caf\u00e9");
	EQ(text_line(&a, STR("")), "");
	EQ(text_line(&a, STR(" \u200b ")), "");
	ck_assert_ptr_null(text_line(&a, STR("a\nb")).ptr);
	ck_assert_ptr_null(text_line(&a, STR("a\u202eb")).ptr);
}
END_TEST

START_TEST(password_is_one_however_it_was_typed)
{
	struct str composed, decomposed;

	ck_assert(text_password(&a, STR("Gl\u00fcck \u00e9t\u00e9 2027"), &composed));
	ck_assert(text_password(&a, STR("Glu\u0308ck\u00a0e\u0301te\u0301\u30002027"),
				&decomposed));
	EQ(composed, "Gl\u00fcck \u00e9t\u00e9 2027");
	EQ(decomposed, "Gl\u00fcck \u00e9t\u00e9 2027");
	ck_assert(!text_password(&a, STR("a\tb"), &composed));
	/* Cases, widths and ligatures stay apart (RFC 8265 4.2.2). */
	ck_assert(text_password(&a, STR("\ufb01\uff21a"), &composed));
	EQ(composed, "\ufb01\uff21a");
}
END_TEST

Suite *
text_suite(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");

	tcase_add_test(t, every_character_has_the_normal_form_of_its_parts);
	tcase_add_test(t, letter_with_too_many_marks_has_no_normal_form);
	tcase_add_checked_fixture(t, make, drop);
	tcase_add_loop_test(t, text_has_one_normal_form, 0,
			    sizeof(forms) / sizeof(forms[0]));
	tcase_add_test(t, every_end_of_a_line_is_one);
	tcase_add_test(t, blanks_at_the_ends_go_and_others_stay);
	tcase_add_loop_test(t, what_cannot_be_seen_does_not_count, 0,
			    sizeof(unseen) / sizeof(unseen[0]));
	tcase_add_test(t, what_can_be_seen_counts);
	tcase_add_test(t, line_holds_no_control_and_nothing_that_turns_it);
	tcase_add_test(t, line_is_trimmed_and_empty_when_nothing_of_it_shows);
	tcase_add_test(t, password_is_one_however_it_was_typed);
	suite_add_tcase(s, t);
	return s;
}
