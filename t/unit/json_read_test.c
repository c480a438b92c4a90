/*
 * json_read_test.c: the tree and the spans of lib/json, and faults in words.
 */
#include <check.h>
#include <string.h>

#include "json/json.h"

Suite *json_read_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define T(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static struct arena a;
static struct json_doc doc;
static struct json_fault fault;

static void
set_up(void)
{
	arena_init(&a, 512);
}

static void
tear_down(void)
{
	arena_release(&a);
}

START_TEST(an_object_becomes_a_tree_with_its_strings_unescaped)
{
	struct str text =
		STR("{\"title\":\"G\\u00e4rten \\ud83c\\udfe0\\n\",\"n\":3,\"on\":true}");

	ck_assert_int_eq(json_read(&a, text, (struct json_limits){ 16, SIZE_MAX }, &doc,
				   &fault),
			 ERR_OK);
	ck_assert(cJSON_IsObject(doc.root));
	ck_assert_str_eq(cJSON_GetObjectItem(doc.root, "title")->valuestring,
			 "G\xc3\xa4rten \xf0\x9f\x8f\xa0\n");
	ck_assert_int_eq(cJSON_GetObjectItem(doc.root, "n")->valueint, 3);
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItem(doc.root, "on")));
}
END_TEST

/* clang-format off */
static const struct {
	struct str text;
	int count;
	const char *raw[5];
} span_cases[] = {
	{ T("{\"a\":1,\"b\":\"x\",\"c\":null}"), 3, { "1", "\"x\"", "null" } },
	{ T(" { \"a\" : -1.50e3 , \"b\" : [ 1 , 2 ] } "), 2, { "-1.50e3", "[ 1 , 2 ]" } },
	{ T("[1, {\"a\": [true]}, \"]\", 9007199254740993]"), 4,
	  { "1", "{\"a\": [true]}", "\"]\"", "9007199254740993" } },
	{ T("{\"a\":{\"b\":{\"c\":1}},\"d\":{}}"), 2, { "{\"b\":{\"c\":1}}", "{}" } },
	{ T("{\"a\":\"\\\"}\",\"b\":false}"), 2, { "\"\\\"}\"", "false" } },
	{ T("{}"), 0, { NULL } },
	{ T("[]"), 0, { NULL } },
	{ T("\"alone\""), 0, { NULL } },
	{ T("12"), 0, { NULL } },
};
/* clang-format on */

START_TEST(raw_is_the_source_text_of_each_value_of_the_root)
{
	struct str text = span_cases[_i].text;

	ck_assert_int_eq(json_read(&a, text, (struct json_limits){ 16, SIZE_MAX }, &doc,
				   &fault),
			 ERR_OK);
	ck_assert_uint_eq(doc.count, (size_t)span_cases[_i].count);
	for (size_t i = 0; i < doc.count; i++) {
		ck_assert(str_is(doc.raw[i], span_cases[_i].raw[i]));
		ck_assert(doc.raw[i].ptr > text.ptr &&
			  doc.raw[i].ptr < text.ptr + text.len);
	}
}
END_TEST

START_TEST(spans_and_children_are_in_one_order_however_many_there_are)
{
	struct strbuf b;
	size_t i = 0;

	strbuf_init(&b);
	for (int n = 0; n < 1000; n++)
		strbuf_addf(&b, "%s\"m%d\":{\"v\":[%d]}", n > 0 ? "," : "{", n, n);
	strbuf_add_char(&b, '}');
	ck_assert_int_eq(json_read(&a, strbuf_str(&b),
				   (struct json_limits){ 16, SIZE_MAX }, &doc, &fault),
			 ERR_OK);
	ck_assert_uint_eq(doc.count, 1000);
	for (cJSON *child = doc.root->child; child != NULL; child = child->next, i++) {
		ck_assert_str_eq(child->string, arena_printf(&a, "m%zu", i));
		ck_assert(str_is(doc.raw[i], arena_printf(&a, "{\"v\":[%zu]}", i)));
	}
	ck_assert_uint_eq(i, 1000);
	strbuf_release(&b);
}
END_TEST

START_TEST(text_that_goes_on_behind_its_length_is_not_looked_at)
{
	ck_assert_int_eq(json_read(&a, (struct str){ "[12]34]", 4 },
				   (struct json_limits){ 16, SIZE_MAX }, &doc, &fault),
			 ERR_OK);
	ck_assert_uint_eq(doc.count, 1);
	ck_assert_int_eq(doc.root->child->valueint, 12);
}
END_TEST

START_TEST(refused_text_leaves_no_document)
{
	struct json_doc untouched = { 0 };

	ck_assert_int_eq(json_read(&a, STR("{\"a\":1,\"a\":2}"),
				   (struct json_limits){ 16, SIZE_MAX }, &untouched,
				   &fault),
			 ERR_MALFORMED);
	ck_assert_int_eq(fault.kind, JSON_DUPLICATE);
	ck_assert_ptr_null(untouched.root);
	ck_assert_int_eq(json_read(&a, STR("[[]]"), (struct json_limits){ 1, SIZE_MAX },
				   &untouched, &fault),
			 ERR_MALFORMED);
	ck_assert_int_eq(fault.kind, JSON_DEPTH);
}
END_TEST

/* A text that passes the check must never fail in cJSON, which would end the process. */
START_TEST(the_deepest_and_longest_that_pass_the_check_are_read)
{
	enum { DEEP = CJSON_NESTING_LIMIT };
	char text[2 * DEEP + 1];

	memset(text, '[', DEEP);
	memset(text + DEEP, ']', DEEP);
	ck_assert_int_eq(json_read(&a, (struct str){ text, 2 * DEEP },
				   (struct json_limits){ DEEP, SIZE_MAX }, &doc, &fault),
			 ERR_OK);
	memset(text, '9', 63);
	ck_assert_int_eq(json_read(&a, (struct str){ text, 63 },
				   (struct json_limits){ 1, SIZE_MAX }, &doc, &fault),
			 ERR_OK);
	memset(text, ' ', sizeof(text));
	text[DEEP] = '1';
	ck_assert_int_eq(json_read(&a, (struct str){ text, sizeof(text) },
				   (struct json_limits){ 1, SIZE_MAX }, &doc, &fault),
			 ERR_OK);
}
END_TEST

START_TEST(an_outline_names_members_and_shows_what_they_hold)
{
	const struct json_limits max = { 4, 8 };
	struct json_outline o;

	ck_assert_int_eq(json_outline(&a,
				      STR(" {\"b\": [1, {\"x\":2}], "
					  "\"\\u0061\\\"\\ud83c\\udfe0\" : 1.50 }"),
				      max, &o, &fault),
			 ERR_OK);
	ck_assert_int_eq(o.first, '{');
	ck_assert_uint_eq(o.count, 2);
	ck_assert(str_is(o.names[0], "b"));
	ck_assert(str_is(o.raw[0], "[1, {\"x\":2}]"));
	ck_assert(str_is(o.names[1], "a\"\xf0\x9f\x8f\xa0"));
	ck_assert(str_is(o.raw[1], "1.50"));
	ck_assert_int_eq(json_outline(&a, STR("[[], null]"), max, &o, &fault), ERR_OK);
	ck_assert_int_eq(o.first, '[');
	ck_assert_uint_eq(o.count, 2);
	ck_assert_ptr_null(o.names[1].ptr);
	ck_assert(str_is(o.raw[1], "null"));
	ck_assert_int_eq(json_outline(&a, STR("7"), max, &o, &fault), ERR_OK);
	ck_assert_int_eq(o.first, '7');
	ck_assert_uint_eq(o.count, 0);
	ck_assert_int_eq(json_outline(&a, STR("[0,0,0,0,0,0,0,0]"), max, &o, &fault),
			 ERR_MALFORMED);
	ck_assert_int_eq(fault.kind, JSON_VALUES);
}
END_TEST

Suite *
json_read_suite(void)
{
	Suite *s = suite_create("json_read");
	TCase *t = tcase_create("json_read");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, an_outline_names_members_and_shows_what_they_hold);
	tcase_add_test(t, an_object_becomes_a_tree_with_its_strings_unescaped);
	tcase_add_loop_test(t, raw_is_the_source_text_of_each_value_of_the_root, 0,
			    COUNT(span_cases));
	tcase_add_test(t, spans_and_children_are_in_one_order_however_many_there_are);
	tcase_add_test(t, text_that_goes_on_behind_its_length_is_not_looked_at);
	tcase_add_test(t, refused_text_leaves_no_document);
	tcase_add_test(t, the_deepest_and_longest_that_pass_the_check_are_read);
	suite_add_tcase(s, t);
	return s;
}
