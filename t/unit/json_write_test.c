/*
 * json_write_test.c: commas, escapes and misuse of the writer of lib/json.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "json/json.h"

Suite *json_write_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define T(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static struct strbuf b;
static struct json_writer w;

static void
set_up(void)
{
	strbuf_init(&b);
	json_begin(&w, &b);
}

static void
tear_down(void)
{
	strbuf_release(&b);
}

START_TEST(commas_stand_between_members_and_items_and_nowhere_else)
{
	json_object(&w);
	json_key(&w, "empty");
	json_object(&w);
	json_end_object(&w);
	json_key(&w, "list");
	json_array(&w);
	json_i64(&w, -1);
	json_array(&w);
	json_end_array(&w);
	json_object(&w);
	json_key(&w, "x");
	json_null(&w);
	json_end_object(&w);
	json_bool(&w, true);
	json_end_array(&w);
	json_key(&w, "name");
	json_string(&w, STR("Hob"));
	json_key(&w, "off");
	json_bool(&w, false);
	json_end_object(&w);
	ck_assert_str_eq(b.ptr, "{\"empty\":{},\"list\":[-1,[],{\"x\":null},true],"
				"\"name\":\"Hob\",\"off\":false}");
}
END_TEST

START_TEST(a_single_value_needs_no_object_around_it)
{
	json_string(&w, STR("alone"));
	ck_assert_str_eq(b.ptr, "\"alone\"");
}
END_TEST

START_TEST(the_writer_appends_to_what_is_there)
{
	strbuf_add_cstr(&b, "data: ");
	json_array(&w);
	json_end_array(&w);
	ck_assert_str_eq(b.ptr, "data: []");
}
END_TEST

START_TEST(ready_text_and_c_strings_are_values_with_commas_of_their_own)
{
	json_array(&w);
	json_raw(&w, STR("{\"ready\":1}"));
	json_cstring(&w, "c");
	json_cstring(&w, NULL);
	json_string(&w, STR_NONE);
	json_raw(&w, STR("12.50"));
	json_end_array(&w);
	ck_assert_str_eq(b.ptr, "[{\"ready\":1},\"c\",null,\"\",12.50]");
}
END_TEST

static const struct {
	struct str bytes, escaped;
} escape_cases[] = {
	{ T(""), T("") },
	{ T("plain"), T("plain") },
	{ T("a\"b"), T("a\\\"b") },
	{ T("a\\b"), T("a\\\\b") },
	{ T("/"), T("/") },
	{ T("\b\t\n\f\r"), T("\\b\\t\\n\\f\\r") },
	{ T("\x01\x1f"), T("\\u0001\\u001f") },
	{ T("a\0b"), T("a\\u0000b") },
	{ T("\x7f"), T("\x7f") },
	{ T("G\xc3\xa4rten \xf0\x9f\x8f\xa0"), T("G\xc3\xa4rten \xf0\x9f\x8f\xa0") },
	{ T("\"\"\"\""), T("\\\"\\\"\\\"\\\"") },
	{ T("a run before \" and a longer run behind it"),
	  T("a run before \\\" and a longer run behind it") },
	{ T("\xa2\xdc\x9f\xa0\xff\x80\x81\xa1"), T("\xa2\xdc\x9f\xa0\xff\x80\x81\xa1") },
};

START_TEST(only_what_must_be_escaped_is_escaped)
{
	json_escape(&b, escape_cases[_i].bytes);
	ck_assert(str_eq(strbuf_str(&b), escape_cases[_i].escaped));
}
END_TEST

START_TEST(names_are_escaped_like_strings)
{
	json_object(&w);
	json_key(&w, "a\"b");
	json_i64(&w, 1);
	json_key(&w, "\n");
	json_string(&w, STR("a\"b\n"));
	json_end_object(&w);
	ck_assert_str_eq(b.ptr, "{\"a\\\"b\":1,\"\\n\":\"a\\\"b\\n\"}");
}
END_TEST

/* The plain way, against which the quick one is held. */
static void
escape_slowly(struct strbuf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		const char *found =
			c != '\0' ? strchr("\"\"\\\\\bb\tt\nn\ff\rr", c) : NULL;

		if (c == '"' || c == '\\' || (c < 0x20 && found != NULL))
			strbuf_addf(out, "\\%c", found[1]);
		else if (c < 0x20)
			strbuf_addf(out, "\\u%04x", c);
		else
			strbuf_add_char(out, (char)c);
	}
}

static bool
both_escape_the_same(struct str s)
{
	struct strbuf slow;
	bool same;

	strbuf_init(&slow);
	strbuf_clear(&b, 0);
	json_begin(&w, &b);
	json_string(&w, s);
	strbuf_add_char(&slow, '"');
	escape_slowly(&slow, s);
	strbuf_add_char(&slow, '"');
	same = str_eq(strbuf_str(&b), strbuf_str(&slow));
	strbuf_release(&slow);
	return same;
}

/* In runs three words long, at each alignment. */
START_TEST(every_byte_is_treated_the_same_in_every_place)
{
	char text[32];
	int wrong = 0;

	for (int byte = 0; byte < 256; byte++) {
		for (int start = 0; start < 8; start++) {
			for (int at = 0; at < 24; at++) {
				memset(text, 'a', sizeof(text));
				text[start + at] = (char)byte;
				wrong += !both_escape_the_same(
					(struct str){ text + start, 24 });
			}
		}
	}
	ck_assert_int_eq(wrong, 0);
}
END_TEST

/* Pairs, because a borrow between neighbours is where such code goes wrong. */
START_TEST(every_byte_is_treated_the_same_beside_every_other)
{
	int wrong = 0;

	for (int i = 0; i < 65536; i++) {
		char x = (char)(i & 255), y = (char)(i >> 8);
		char text[8] = { 'a', x, y, x, 'a', y, 'z', 'z' };

		wrong += !both_escape_the_same((struct str){ text, sizeof(text) });
	}
	ck_assert_int_eq(wrong, 0);
}
END_TEST

START_TEST(what_is_written_passes_the_check_and_reads_back)
{
	struct str text = STR("\"\\/\b\f\n\r\t\x01\x7f G\xc3\xa4rten \xf0\x9f\x8f\xa0");
	struct json_fault fault;
	struct json_doc doc;
	struct arena a;

	json_array(&w);
	json_string(&w, text);
	json_i64(&w, INT64_MIN);
	json_end_array(&w);
	arena_init(&a, 512);
	ck_assert_int_eq(json_read(&a, strbuf_str(&b),
				   (struct json_limits){ 16, SIZE_MAX }, &doc, &fault),
			 ERR_OK);
	ck_assert(str_is(text, doc.root->child->valuestring));
	ck_assert(str_is(doc.raw[1], "-9223372036854775808"));
	arena_release(&a);
}
END_TEST

START_TEST(sixty_levels_are_not_too_many)
{
	struct json_fault fault;

	for (int i = 0; i < 60; i++)
		json_array(&w);
	json_i64(&w, 1);
	for (int i = 0; i < 60; i++)
		json_end_array(&w);
	ck_assert_int_eq(json_check(strbuf_str(&b), 60, &fault), ERR_OK);
}
END_TEST

START_TEST(an_end_without_a_beginning_ends_the_process)
{
	json_object(&w);
	json_end_object(&w);
	json_end_object(&w);
}
END_TEST

START_TEST(nesting_without_end_ends_the_process)
{
	for (int i = 0; i < 100; i++)
		json_array(&w);
}
END_TEST

Suite *
json_write_suite(void)
{
	Suite *s = suite_create("json_write");
	TCase *t = tcase_create("json_write");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, commas_stand_between_members_and_items_and_nowhere_else);
	tcase_add_test(t, a_single_value_needs_no_object_around_it);
	tcase_add_test(t, the_writer_appends_to_what_is_there);
	tcase_add_test(t, ready_text_and_c_strings_are_values_with_commas_of_their_own);
	tcase_add_loop_test(t, only_what_must_be_escaped_is_escaped, 0,
			    COUNT(escape_cases));
	tcase_add_test(t, names_are_escaped_like_strings);
	tcase_add_test(t, every_byte_is_treated_the_same_in_every_place);
	tcase_add_test(t, every_byte_is_treated_the_same_beside_every_other);
	tcase_add_test(t, what_is_written_passes_the_check_and_reads_back);
	tcase_add_test(t, sixty_levels_are_not_too_many);
	tcase_add_exit_test(t, an_end_without_a_beginning_ends_the_process, 70);
	tcase_add_exit_test(t, nesting_without_end_ends_the_process, 70);
	suite_add_tcase(s, t);
	return s;
}
