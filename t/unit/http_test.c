/*
 * http_test.c: query strings, replies and problems of lib/http.
 */
#include <check.h>
#include <string.h>

#include "core/arena.h"
#include "http/http.h"
#include "json/json.h"

Suite *http_suite(void);

static struct arena arena;
static struct http_response response;

static void
set_up(void)
{
	arena_init(&arena, 4096);
	http_response_init(&response);
}

static void
tear_down(void)
{
	http_response_release(&response);
	arena_release(&arena);
}

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

/* --- query --------------------------------------------------------------- */

static const struct {
	const char *raw;
	const char *decoded; /* NULL: malformed */
} decode_cases[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a%20b", "a b" },
	{ "a+b", "a+b" },
	{ "%2f%2F", "//" },
	{ "Caf%C3%A9", "Caf\xc3\xa9" },
	{ "Caf\xc3\xa9", "Caf\xc3\xa9" },
	{ "%25", "%" },
	{ "%", NULL },
	{ "%2", NULL },
	{ "a%", NULL },
	{ "%zz", NULL },
	{ "%2g", NULL },
	{ "% 1", NULL },
	{ "%00", NULL },
	{ "%C3", NULL },
	{ "%C3%28", NULL },
	{ "%ff", NULL },
	{ "%C0%80", NULL },
	{ "%ED%A0%80", NULL },
	{ "\xff", NULL },
};

START_TEST(percent_decoding_yields_utf8_or_refuses)
{
	struct str out = STR_NONE;
	enum err e = http_percent_decode(&arena, str_of(decode_cases[_i].raw), &out);

	if (decode_cases[_i].decoded == NULL) {
		ck_assert_int_eq(e, ERR_MALFORMED);
		return;
	}
	ck_assert_int_eq(e, ERR_OK);
	ck_assert_str_eq(out.ptr, decode_cases[_i].decoded);
	ck_assert_uint_eq(out.len, strlen(decode_cases[_i].decoded));
}
END_TEST

START_TEST(a_raw_nul_is_malformed)
{
	struct http_pair *pairs;
	struct str out;
	size_t count;

	ck_assert_int_eq(http_percent_decode(&arena, STR("a\0b"), &out), ERR_MALFORMED);
	ck_assert_int_eq(http_query_parse(&arena, STR("a=\0"), &pairs, &count),
			 ERR_MALFORMED);
}
END_TEST

static const struct {
	const char *query;
	size_t count;
	const char *names[4];
	const char *values[4];
} query_cases[] = {
	{ "", 0, { NULL }, { NULL } },
	{ "&", 0, { NULL }, { NULL } },
	{ "a=1", 1, { "a" }, { "1" } },
	{ "a=1&b=x%20y", 2, { "a", "b" }, { "1", "x y" } },
	{ "b=2&a=1&b=3", 3, { "b", "a", "b" }, { "2", "1", "3" } },
	{ "&&a=1&&", 1, { "a" }, { "1" } },
	{ "a", 1, { "a" }, { "" } },
	{ "a=", 1, { "a" }, { "" } },
	{ "=x", 1, { "" }, { "x" } },
	{ "a=b=c", 1, { "a" }, { "b=c" } },
	{ "q=two+words%2Bplus", 1, { "q" }, { "two words+plus" } },
	{ "%61=%26%3d", 1, { "a" }, { "&=" } },
	{ "due_on__gte=2026-01-01&ordering=-due_on",
	  2,
	  { "due_on__gte", "ordering" },
	  { "2026-01-01", "-due_on" } },
};

START_TEST(a_query_becomes_pairs_in_the_order_they_came)
{
	struct http_pair *pairs;
	size_t count;

	ck_assert_int_eq(http_query_parse(&arena, str_of(query_cases[_i].query), &pairs,
					  &count),
			 ERR_OK);
	ck_assert_uint_eq(count, query_cases[_i].count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_str_eq(pairs[i].name.ptr, query_cases[_i].names[i]);
		ck_assert_str_eq(pairs[i].value.ptr, query_cases[_i].values[i]);
	}
}
END_TEST

START_TEST(an_absent_query_has_no_pairs)
{
	struct http_pair *pairs;
	size_t count = 7;

	ck_assert_int_eq(http_query_parse(&arena, STR_NONE, &pairs, &count), ERR_OK);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(a_bad_escape_in_name_or_value_is_malformed)
{
	static const char *const bad[] = { "%=1", "a=%", "a=1&b=%f", "%00=1", "a=%ff" };
	struct http_pair *pairs;
	size_t count;

	for (int i = 0; i < COUNT(bad); i++)
		ck_assert_int_eq(http_query_parse(&arena, str_of(bad[i]), &pairs, &count),
				 ERR_MALFORMED);
}
END_TEST

/* --- replies ------------------------------------------------------------- */

START_TEST(a_reply_has_status_type_headers_and_length)
{
	response.status = 201;
	response.content_type = "application/json";
	strbuf_add(&response.body, STR("{\"a\":1}"));
	ck_assert_int_eq(http_response_header(&response, "Location", STR("/api/auth/me")),
			 ERR_OK);
	ck_assert_str_eq(http_response_head(&response).ptr,
			 "Status: 201 Created\r\n"
			 "Content-Type: application/json\r\n"
			 "Location: /api/auth/me\r\n"
			 "Content-Length: 7\r\n\r\n");
}
END_TEST

START_TEST(an_empty_reply_still_says_its_length)
{
	ck_assert_str_eq(http_response_head(&response).ptr,
			 "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");
}
END_TEST

START_TEST(no_content_and_not_modified_have_neither_type_nor_length)
{
	response.content_type = "application/json";
	response.status = 204;
	ck_assert_str_eq(http_response_head(&response).ptr,
			 "Status: 204 No Content\r\n\r\n");
	response.status = 304;
	ck_assert_str_eq(http_response_head(&response).ptr,
			 "Status: 304 Not Modified\r\n\r\n");
}
END_TEST

START_TEST(a_head_can_be_built_twice)
{
	struct str first = http_response_head(&response);
	size_t len = first.len;

	ck_assert_uint_eq(http_response_head(&response).len, len);
}
END_TEST

START_TEST(a_header_value_that_would_break_the_line_is_left_out)
{
	const struct str bad[] = {
		STR("a\r\nX-B: b"), STR("a\nb"), STR("a\rb"), STR("a\0b"), STR("a\n"),
	};

	for (int i = 0; i < COUNT(bad); i++)
		ck_assert_int_eq(http_response_header(&response, "X-A", bad[i]),
				 ERR_INVALID);
	ck_assert_uint_eq(response.headers.len, 0);
}
END_TEST

START_TEST(a_cleared_reply_is_an_empty_200)
{
	response.status = 404;
	response.content_type = "text/plain";
	strbuf_add(&response.body, STR("gone"));
	http_response_header(&response, "X-A", STR("a"));
	http_response_head(&response);
	http_response_clear(&response);
	ck_assert_int_eq(response.status, 200);
	ck_assert_ptr_null(response.content_type);
	ck_assert_uint_eq(response.body.len, 0);
	ck_assert_uint_eq(response.headers.len, 0);
	ck_assert_uint_eq(response.head.len, 0);
}
END_TEST

/* --- problems ------------------------------------------------------------ */

START_TEST(a_problem_has_its_members_in_order)
{
	struct http_problem p = {
		.status = 404,
		.code = "not_found",
		.title = "There is no such thing",
		.detail = "No \"task\" here",
		.request_id = STR("req-12345"),
	};

	strbuf_add(&response.body, STR("half a page"));
	http_problem_write(&response, &p);
	ck_assert_int_eq(response.status, 404);
	ck_assert_str_eq(response.content_type, "application/problem+json");
	ck_assert_str_eq(response.body.ptr,
			 "{\"type\":\"/api/docs/errors#not_found\","
			 "\"title\":\"There is no such thing\",\"status\":404,"
			 "\"detail\":\"No \\\"task\\\" here\",\"code\":\"not_found\","
			 "\"request_id\":\"req-12345\"}");
}
END_TEST

START_TEST(a_problem_without_detail_leaves_it_out)
{
	struct http_problem p = { .status = 503, .code = "try_later", .title = "Away" };

	http_problem_write(&response, &p);
	ck_assert_str_eq(response.body.ptr,
			 "{\"type\":\"/api/docs/errors#try_later\",\"title\":\"Away\","
			 "\"status\":503,\"code\":\"try_later\",\"request_id\":null}");
}
END_TEST

START_TEST(a_problem_lists_field_errors_and_ends_with_further_members)
{
	static const struct http_field_error errors[] = {
		{ "title", "/title", "too_long", "At most 200 characters" },
		{ "limit", NULL, "too_small", "At least 1" },
	};
	struct http_problem p = {
		.status = 400,
		.code = "validation_error",
		.title = "The request is not valid",
		.request_id = STR("req-12345"),
		.errors = errors,
		.error_count = 2,
		.extra = STR("\"limit\":3,\"used\":4"),
	};
	struct json_fault fault;
	const char *tail = "\"errors\":[{\"field\":\"title\",\"pointer\":\"/title\","
			   "\"code\":\"too_long\",\"detail\":\"At most 200 characters\"},"
			   "{\"field\":\"limit\",\"pointer\":null,\"code\":\"too_small\","
			   "\"detail\":\"At least 1\"}],\"limit\":3,\"used\":4}";

	http_problem_write(&response, &p);
	ck_assert_int_eq(json_check(strbuf_str(&response.body), 4, &fault), ERR_OK);
	ck_assert(str_ends(strbuf_str(&response.body), str_of(tail)));
}
END_TEST

Suite *
http_suite(void)
{
	Suite *s = suite_create("http");
	TCase *t = tcase_create("http");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, percent_decoding_yields_utf8_or_refuses, 0,
			    COUNT(decode_cases));
	tcase_add_test(t, a_raw_nul_is_malformed);
	tcase_add_loop_test(t, a_query_becomes_pairs_in_the_order_they_came, 0,
			    COUNT(query_cases));
	tcase_add_test(t, an_absent_query_has_no_pairs);
	tcase_add_test(t, a_bad_escape_in_name_or_value_is_malformed);
	tcase_add_test(t, a_reply_has_status_type_headers_and_length);
	tcase_add_test(t, an_empty_reply_still_says_its_length);
	tcase_add_test(t, no_content_and_not_modified_have_neither_type_nor_length);
	tcase_add_test(t, a_head_can_be_built_twice);
	tcase_add_test(t, a_header_value_that_would_break_the_line_is_left_out);
	tcase_add_test(t, a_cleared_reply_is_an_empty_200);
	tcase_add_test(t, a_problem_has_its_members_in_order);
	tcase_add_test(t, a_problem_without_detail_leaves_it_out);
	tcase_add_test(t, a_problem_lists_field_errors_and_ends_with_further_members);
	suite_add_tcase(s, t);
	return s;
}
