/*
 * json_check_test.c: texts that lib/json accepts and refuses, byte by byte. Reading and
 * spans are in json_read_test.c.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "json/json.h"

Suite *json_check_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define T(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

enum { DEPTH = 4 };

/* clang-format off */
static const struct str accepted[] = {
	/* every kind of value may stand alone */
	T("null"), T("true"), T("false"), T("0"), T("\"\""), T("[]"), T("{}"),
	T(" \t\r\n{ \t\r\n} \t\r\n"), T("[ ]"), T("[1,2]"), T("[ 1 , 2 ]"),
	T("{\"a\":1}"), T("{ \"a\" : 1 , \"b\" : [ ] }"),
	T("[null,true,false,\"x\",1,{},[]]"),
	/* numbers */
	T("-0"), T("-1"), T("10"), T("1.5"), T("-0.0"), T("0.10"), T("1e5"), T("1E+5"),
	T("1.25e-5"), T("0e0"), T("1e999"), T("123456789012345678901234567890"),
	T("999999999999999999999999999999999999999999999999999999999999999"),	/* 63 */
	/* strings */
	T("\"\x7f\""), T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), 
	T("\"\\u0001\""), T("\"\\u00e4\\u20AC\""),
	T("\"\\uD83C\\uDFE0\""), T("\"\\ud83c\\udfe0\""), T("\"\\ud800\\udc00\""),
	T("\"\\udbff\\udfff\""), T("\"\\ue000\\ud7ff\\uffff\""),
	T("\"G\xc3\xa4rten \xe2\x82\xac \xf0\x9f\x8f\xa0\""), T("\"\xf4\x8f\xbf\xbf\""),
	T("\"\\\\u0000\""), T("\"/\""), T("\"null\""), T("\"{[\""),
	/* names: only equal ones of one object clash */
	T("{\"\":1}"), T("{\"a\":1,\"A\":2}"), T("{\"a\":{\"a\":1},\"b\":{\"a\":1}}"),
	T("[{\"a\":1},{\"a\":1}]"), T("{\"a\":1,\"aa\":2,\"\":3}"), T("{\"a\":\"a\"}"),
	T("{\"a\":1,\"\\\\u0061\":2}"), T("{\"\\u0061\":1,\"\\u0062\":2}"),
	T("{\"a\":{\"b\":1},\"b\":2}"), T("{\"\xc3\xa4\":1,\"a\xcc\x88\":2}"),
	/* depth: DEPTH is the last that passes */
	T("[[[[]]]]"), T("{\"a\":{\"a\":{\"a\":{\"a\":1}}}}"), T("[[],[],[],[],[],[]]"),
	T("[{\"a\":[{}]},[[[]]]]"),
};
/* clang-format on */

START_TEST(json_with_one_meaning_passes)
{
	struct json_fault fault;

	ck_assert_int_eq(json_check(accepted[_i], DEPTH, &fault), ERR_OK);
}
END_TEST

/* It ends the process when cJSON refuses what was let through. */
START_TEST(what_passes_can_be_read)
{
	struct json_fault fault;
	struct json_doc doc;
	struct arena a;

	arena_init(&a, 512);
	ck_assert_int_eq(json_read(&a, accepted[_i],
				   (struct json_limits){ DEPTH, SIZE_MAX }, &doc, &fault),
			 ERR_OK);
	ck_assert_ptr_nonnull(doc.root);
	arena_release(&a);
}
END_TEST

/* clang-format off */
static const struct {
	struct str text;
	enum json_fault_kind kind;
	size_t offset;
} refused[] = {
	/* nothing, or not all of it */
	{ T(""), JSON_SYNTAX, 0 },
	{ { NULL, 0 }, JSON_SYNTAX, 0 },
	{ T("  "), JSON_SYNTAX, 2 },
	{ T("{"), JSON_SYNTAX, 1 },
	{ T("["), JSON_SYNTAX, 1 },
	{ T("[1"), JSON_SYNTAX, 2 },
	{ T("[1,"), JSON_SYNTAX, 3 },
	{ T("{\"a\""), JSON_SYNTAX, 4 },
	{ T("{\"a\":"), JSON_SYNTAX, 5 },
	{ T("{\"a\":1"), JSON_SYNTAX, 6 },
	{ T("{\"a\":1,"), JSON_SYNTAX, 7 },
	{ T("\"abc"), JSON_SYNTAX, 4 },
	{ T("\"abc\\"), JSON_SYNTAX, 5 },
	{ T("nul"), JSON_SYNTAX, 0 },
	/* too much of it */
	{ T("{} {}"), JSON_SYNTAX, 3 },
	{ T("1 2"), JSON_SYNTAX, 2 },
	{ T("[]]"), JSON_SYNTAX, 2 },
	{ T("{}x"), JSON_SYNTAX, 2 },
	{ T("nulll"), JSON_SYNTAX, 4 },
	{ T("truefalse"), JSON_SYNTAX, 4 },
	{ T("\"a\"b"), JSON_SYNTAX, 3 },
	/* commas, colons, brackets */
	{ T("[1,]"), JSON_SYNTAX, 3 },
	{ T("[,1]"), JSON_SYNTAX, 1 },
	{ T("[1,,2]"), JSON_SYNTAX, 3 },
	{ T("[1 2]"), JSON_SYNTAX, 3 },
	{ T("[1}"), JSON_SYNTAX, 2 },
	{ T("{\"a\":1,}"), JSON_SYNTAX, 7 },
	{ T("{,\"a\":1}"), JSON_SYNTAX, 1 },
	{ T("{\"a\" 1}"), JSON_SYNTAX, 5 },
	{ T("{\"a\"}"), JSON_SYNTAX, 4 },
	{ T("{\"a\":}"), JSON_SYNTAX, 5 },
	{ T("{\"a\":1]"), JSON_SYNTAX, 6 },
	{ T("{a:1}"), JSON_SYNTAX, 1 },
	{ T("{1:1}"), JSON_SYNTAX, 1 },
	{ T("{'a':1}"), JSON_SYNTAX, 1 },
	{ T("]"), JSON_SYNTAX, 0 },
	/* what other languages allow */
	{ T("\xef\xbb\xbf{}"), JSON_SYNTAX, 0 },
	{ T("{} // x"), JSON_SYNTAX, 3 },
	{ T("/**/{}"), JSON_SYNTAX, 0 },
	{ T("NaN"), JSON_SYNTAX, 0 },
	{ T("Infinity"), JSON_SYNTAX, 0 },
	{ T("True"), JSON_SYNTAX, 0 },
	{ T("undefined"), JSON_SYNTAX, 0 },
	{ T("[\v1]"), JSON_SYNTAX, 1 },
	{ T("[\xc2\xa0" "1]"), JSON_SYNTAX, 1 },
	/* numbers */
	{ T("-"), JSON_SYNTAX, 1 },
	{ T("+1"), JSON_SYNTAX, 0 },
	{ T("01"), JSON_SYNTAX, 1 },
	{ T("-01"), JSON_SYNTAX, 2 },
	{ T(".5"), JSON_SYNTAX, 0 },
	{ T("1."), JSON_SYNTAX, 2 },
	{ T("1.e5"), JSON_SYNTAX, 2 },
	{ T("1e"), JSON_SYNTAX, 2 },
	{ T("1e+"), JSON_SYNTAX, 3 },
	{ T("1e5.5"), JSON_SYNTAX, 3 },
	{ T("0x10"), JSON_SYNTAX, 1 },
	{ T("1_000"), JSON_SYNTAX, 1 },
	{ T("- 1"), JSON_SYNTAX, 1 },
	{ T("--1"), JSON_SYNTAX, 1 },
	{ T("[9999999999999999999999999999999999999999999999999999999999999999]"),
	  JSON_SYNTAX, 1 },					/* 64 digits */
	/* strings */
	{ T("\"a\nb\""), JSON_SYNTAX, 2 },
	{ T("\"\t\""), JSON_SYNTAX, 1 },
	{ T("\"\x1f\""), JSON_SYNTAX, 1 },
	{ T("\"\\x41\""), JSON_SYNTAX, 2 },
	{ T("\"\\'\""), JSON_SYNTAX, 2 },
	{ T("\"\\U0041\""), JSON_SYNTAX, 2 },
	{ T("\"\\u004\""), JSON_SYNTAX, 1 },
	{ T("\"\\u00g1\""), JSON_SYNTAX, 1 },
	{ T("\"\\u+041\""), JSON_SYNTAX, 1 },
	{ T("\"\\u"), JSON_SYNTAX, 1 },
	{ T("'a'"), JSON_SYNTAX, 0 },
	/* NUL */
	{ T("\0"), JSON_NUL, 0 },
	{ T("{}\0"), JSON_NUL, 2 },
	{ T("\"a\0b\""), JSON_NUL, 2 },
	{ T("[1\0]"), JSON_NUL, 2 },
	{ T("\"\\\0\""), JSON_NUL, 2 },
	{ T("{\"a\0b\":1}"), JSON_NUL, 3 },
	{ T("\"\\u0000\""), JSON_NUL, 1 },
	{ T("{\"a\\u0000\":1}"), JSON_NUL, 3 },
	/* UTF-8 and surrogates */
	{ T("\"\xff\""), JSON_UTF8, 1 },
	{ T("\"\x80\""), JSON_UTF8, 1 },
	{ T("\"ab\xc3\""), JSON_UTF8, 3 },
	{ T("\"\xc0\x80\""), JSON_UTF8, 1 },
	{ T("\"\xe0\x80\x80\""), JSON_UTF8, 1 },
	{ T("\"\xed\xa0\x80\""), JSON_UTF8, 1 },
	{ T("\"\xf4\x90\x80\x80\""), JSON_UTF8, 1 },
	{ T("\"\xf0\x9f\x8f"), JSON_UTF8, 1 },
	{ T("{\"\xfe\":1}"), JSON_UTF8, 2 },
	{ T("[\xff]"), JSON_UTF8, 1 },
	{ T("{}\xff"), JSON_UTF8, 2 },
	{ T("\"\\ud800\""), JSON_UTF8, 1 },
	{ T("\"\\udc00\""), JSON_UTF8, 1 },
	{ T("\"a\\uD83C\""), JSON_UTF8, 2 },
	{ T("\"\\ud83cx\\udfe0\""), JSON_UTF8, 1 },
	{ T("\"\\ud83c\\ud83c\""), JSON_UTF8, 1 },
	{ T("\"\\ud83c\\n\""), JSON_UTF8, 1 },
	{ T("\"\\ud83c\\u0041\""), JSON_UTF8, 1 },
	{ T("\"\\udfe0\\ud83c\""), JSON_UTF8, 1 },
	{ T("\"\\ud83c\\udfe"), JSON_UTF8, 1 },
	/* depth */
	{ T("[[[[[]]]]]"), JSON_DEPTH, 4 },
	{ T("[1,[[[{}]]]]"), JSON_DEPTH, 6 },
	{ T("{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}"), JSON_DEPTH, 20 },
	/* members twice */
	{ T("{\"a\":1,\"a\":2}"), JSON_DUPLICATE, 8 },
	{ T("{\"a\":1,\"a\":1}"), JSON_DUPLICATE, 8 },
	{ T("{\"\":1,\"\":2}"), JSON_DUPLICATE, 7 },
	{ T("{\"a\":1,\"b\":2,\"a\":3}"), JSON_DUPLICATE, 14 },
	{ T("{\"b\":1,\"a\":2,\"a\":3,\"b\":4}"), JSON_DUPLICATE, 14 },
	{ T("{\"a\":1,\"\\u0061\":2}"), JSON_DUPLICATE, 8 },
	{ T("{\"\\u0061\":1,\"a\":2}"), JSON_DUPLICATE, 13 },
	{ T("{\"\\u006a\":1,\"\\u006A\":2}"), JSON_DUPLICATE, 13 },
	{ T("{\"a/b\":1,\"a\\/b\":2}"), JSON_DUPLICATE, 10 },
	{ T("{\"\\n\":1,\"\\u000a\":2}"), JSON_DUPLICATE, 9 },
	{ T("{\"\\\"\":1,\"\\u0022\":2}"), JSON_DUPLICATE, 9 },
	{ T("{\"\xc3\xa4\":1,\"\\u00e4\":2}"), JSON_DUPLICATE, 9 },
	{ T("{\"\xe2\x82\xac\":1,\"\\u20AC\":2}"), JSON_DUPLICATE, 10 },
	{ T("{\"\xf0\x9f\x8f\xa0\":1,\"\\ud83c\\udfe0\":2}"), JSON_DUPLICATE, 11 },
	{ T("{\"x\":{\"a\":1,\"a\":2}}"), JSON_DUPLICATE, 13 },
	{ T("[1,{\"a\":[{\"b\":1,\"b\":2}]}]"), JSON_DUPLICATE, 17 },
	{ T("{\"a\":{\"x\":1},\"b\":2,\"a\":{}}"), JSON_DUPLICATE, 20 },
};
/* clang-format on */

START_TEST(anything_else_is_refused_with_its_kind_and_place)
{
	struct json_fault fault;

	ck_assert_int_eq(json_check(refused[_i].text, DEPTH, &fault), ERR_MALFORMED);
	ck_assert_int_eq(fault.kind, refused[_i].kind);
	ck_assert_uint_eq(fault.offset, refused[_i].offset);
}
END_TEST

/* The copy has the exact size, so that a sanitizer sees a read beyond the end. */
START_TEST(no_text_is_read_beyond_its_end_wherever_it_is_cut)
{
	struct str whole = accepted[_i];

	for (size_t len = 0; len <= whole.len; len++) {
		char *copy = malloc(len + (len == 0));
		struct json_fault fault = { .offset = 0 };

		memcpy(copy, whole.ptr, len);
		json_check((struct str){ copy, len }, DEPTH, &fault);
		ck_assert_uint_le(fault.offset, len);
		free(copy);
	}
}
END_TEST

START_TEST(the_name_seen_twice_is_given_as_it_stands_in_the_text)
{
	struct str text = STR("{\"a\":1,\"\\u0061\":2}");
	struct json_fault fault;

	ck_assert_int_eq(json_check(text, DEPTH, &fault), ERR_MALFORMED);
	ck_assert(str_is(fault.name, "\\u0061"));
	ck_assert_ptr_eq(fault.name.ptr, text.ptr + fault.offset);
}
END_TEST

START_TEST(more_values_than_are_allowed_are_seen_before_a_tree_is_built)
{
	const struct json_limits max = { DEPTH, 5 };
	struct json_fault fault;
	struct json_doc doc;
	struct arena a;

	arena_init(&a, 512);
	ck_assert_int_eq(json_read(&a, STR("{\"a\":[1,2],\"b\":0}"), max, &doc, &fault),
			 ERR_OK);
	ck_assert_int_eq(json_read(&a, STR("[0,[0],[0],0]"), max, &doc, &fault),
			 ERR_MALFORMED);
	ck_assert_int_eq(fault.kind, JSON_VALUES);
	ck_assert_uint_eq(fault.offset, 8);
	ck_assert_uint_eq(fault.values_max, 5);
	/* Names are no values: a value without one is not there. */
	ck_assert_int_eq(json_read(&a, STR("[{\"a\":{\"b\":{}}},1,2]"), max, &doc,
				   &fault),
			 ERR_MALFORMED);
	ck_assert_int_eq(fault.kind, JSON_VALUES);
	arena_release(&a);
}
END_TEST

/* clang-format off */
static const struct {
	struct str text;
	bool good;
} numbers[] = {
	{ STR("0"), true }, { STR("-0.0e-0"), true }, { STR("1.7976931348623157e308"), true },
	{ STR("2.3e-308"), true }, { STR("1e0000000005"), true }, { STR("0e999"), true },
	{ STR("999999999999999999999999999999999999999999999999999999999999999"), true },
	{ STR("1e309"), false }, { STR("-1e309"), false }, { STR("1e-400"), false },
	{ STR("1e999999"), false }, { STR("0e-999999"), false }, { STR("0e1000"), false },
	{ STR("1e99999999999999999999999999"), false }, { STR("0E-99999999999999999999999999"), false },
};
/* clang-format on */

START_TEST(numbers_beyond_a_double_are_seen_where_that_is_asked_for)
{
	const struct json_limits any = { DEPTH, SIZE_MAX, false },
				 doubles = { DEPTH, SIZE_MAX, true };
	struct json_outline outline;
	struct json_fault fault;
	struct strbuf b;
	struct arena a;

	arena_init(&a, 512);
	strbuf_init(&b);
	strbuf_addf(&b, "{\"a\":[1,{\"1e999999\":%.*s}]}", STR_FMT(numbers[_i].text));
	ck_assert_int_eq(json_outline(&a, strbuf_str(&b), any, &outline, &fault), ERR_OK);
	ck_assert_int_eq(json_outline(&a, strbuf_str(&b), doubles, &outline, &fault),
			 numbers[_i].good ? ERR_OK : ERR_MALFORMED);
	if (!numbers[_i].good)
		ck_assert_int_eq(fault.kind, JSON_NUMBER);
	strbuf_release(&b);
	arena_release(&a);
}
END_TEST

START_TEST(a_flat_object_has_depth_one)
{
	struct json_fault fault;

	ck_assert_int_eq(json_check(STR("{\"a\":1}"), 1, &fault), ERR_OK);
	ck_assert_int_eq(json_check(STR("{\"a\":[]}"), 1, &fault), ERR_MALFORMED);
	ck_assert_int_eq(fault.kind, JSON_DEPTH);
	ck_assert_int_eq(json_check(STR("1"), 0, &fault), ERR_OK);
	ck_assert_int_eq(json_check(STR("[]"), 0, &fault), ERR_MALFORMED);
}
END_TEST

/* An absurd limit; the reader behind has one of its own. */
START_TEST(depth_is_bounded_even_when_the_limit_is_not)
{
	enum { BRACKETS = 200000 };
	static char text[BRACKETS];
	struct json_fault fault;

	memset(text, '[', sizeof(text));
	ck_assert_int_eq(json_check((struct str){ text, BRACKETS }, 1 << 30, &fault),
			 ERR_MALFORMED);
	ck_assert_int_eq(fault.kind, JSON_DEPTH);
}
END_TEST

/* An object of `count` different members, then `last` and the end. */
static void
many_members(struct strbuf *b, int count, const char *last)
{
	strbuf_add_char(b, '{');
	for (int i = 0; i < count; i++)
		strbuf_addf(b, "\"%d\":0,", i);
	strbuf_addf(b, "%s}", last);
}

START_TEST(one_name_twice_is_found_among_a_hundred_thousand_in_good_time)
{
	struct strbuf b;
	struct json_fault fault;
	int64_t begun = clock_mono_ms();

	strbuf_init(&b);
	many_members(&b, 100000, "\"x\":0");
	ck_assert_int_eq(json_check(strbuf_str(&b), DEPTH, &fault), ERR_OK);
	strbuf_clear(&b, 0);
	many_members(&b, 100000, "\"7\":0");
	ck_assert_int_eq(json_check(strbuf_str(&b), DEPTH, &fault), ERR_MALFORMED);
	ck_assert_int_eq(fault.kind, JSON_DUPLICATE);
	ck_assert_uint_eq(fault.offset, b.len - 5);
	/* Compared pair by pair this takes minutes. */
	ck_assert_int_lt(clock_mono_ms() - begun, 3000);
	strbuf_release(&b);
}
END_TEST

Suite *
json_check_suite(void)
{
	Suite *s = suite_create("json_check");
	TCase *t = tcase_create("json_check"), *timed = tcase_create("timed");

	tcase_add_loop_test(t, json_with_one_meaning_passes, 0, COUNT(accepted));
	tcase_add_loop_test(t, what_passes_can_be_read, 0, COUNT(accepted));
	tcase_add_loop_test(t, anything_else_is_refused_with_its_kind_and_place, 0,
			    COUNT(refused));
	tcase_add_loop_test(t, no_text_is_read_beyond_its_end_wherever_it_is_cut, 0,
			    COUNT(accepted));
	tcase_add_test(t, the_name_seen_twice_is_given_as_it_stands_in_the_text);
	tcase_add_test(t, more_values_than_are_allowed_are_seen_before_a_tree_is_built);
	tcase_add_loop_test(t, numbers_beyond_a_double_are_seen_where_that_is_asked_for,
			    0, COUNT(numbers));
	tcase_add_test(t, a_flat_object_has_depth_one);
	tcase_add_test(t, depth_is_bounded_even_when_the_limit_is_not);
	suite_add_tcase(s, t);
	/* Not under valgrind: scripts/valgrind. */
	tcase_set_tags(timed, "time");
	tcase_add_test(timed,
		       one_name_twice_is_found_among_a_hundred_thousand_in_good_time);
	suite_add_tcase(s, timed);
	return s;
}
