/*
 * words_test.c: methods, status lines and the headers of a request that lib/http reads.
 */
#include <check.h>
#include <stdlib.h>

#include "http/http.h"

Suite *words_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *text;
	enum http_method method;
} method_cases[] = {
	{ "GET", HTTP_GET },   { "HEAD", HTTP_GET },	  { "POST", HTTP_POST },
	{ "PUT", HTTP_PUT },   { "PATCH", HTTP_PATCH },	  { "DELETE", HTTP_DELETE },
	{ "get", HTTP_OTHER }, { "OPTIONS", HTTP_OTHER }, { "GETS", HTTP_OTHER },
	{ "", HTTP_OTHER },    { "TRACE", HTTP_OTHER },
};

START_TEST(a_method_is_read_by_its_exact_name)
{
	ck_assert_int_eq(http_method_parse(str_of(method_cases[_i].text)),
			 method_cases[_i].method);
}
END_TEST

START_TEST(a_method_that_is_absent_is_another_method)
{
	ck_assert_int_eq(http_method_parse(STR_NONE), HTTP_OTHER);
}
END_TEST

START_TEST(every_method_has_a_name)
{
	for (int m = 0; m <= HTTP_METHOD_COUNT; m++)
		ck_assert_ptr_nonnull(http_method_name(m));
	ck_assert_str_eq(http_method_name(HTTP_PATCH), "PATCH");
}
END_TEST

/* --- headers of a request ------------------------------------------------ */

static const struct {
	const char *header;
	const char *key; /* NULL: none */
} authorization_cases[] = {
	{ "Token hob_abc", "hob_abc" },
	{ "Bearer hob_abc", "hob_abc" },
	{ "tOKEN hob_abc", "hob_abc" },
	{ "BEARER hob_abc", "hob_abc" },
	{ "  Bearer   hob_abc  ", "hob_abc" },
	{ NULL, NULL },
	{ "", NULL },
	{ "Token", NULL },
	{ "Token ", NULL },
	{ "Basic aG9iOmhvYg==", NULL },
	{ "Tokenhob_abc", NULL },
	{ "hob_abc", NULL },
	{ "Token a b", NULL },
	{ "Token a,b", NULL },
	{ "Token \"a\"", NULL },
	{ "Token caf\xc3\xa9", NULL },
};

START_TEST(both_schemes_carry_a_key_and_others_none)
{
	struct str key = http_authorization_key(str_of(authorization_cases[_i].header));

	if (authorization_cases[_i].key == NULL)
		ck_assert_ptr_null(key.ptr);
	else
		ck_assert(str_is(key, authorization_cases[_i].key));
}
END_TEST

/* clang-format off */
static const struct {
	const char *header;
	const char *value; /* of "staff"; NULL: none */
} cookie_cases[] = {
	{ "staff=abc", "abc" },
	{ " staff = abc ", "abc" },
	{ "theme=dark; staff=abc; zone=UTC", "abc" },
	{ "theme=dark;staff=a=b", "a=b" },
	{ "mystaff=x; staff=abc; staffer=y", "abc" },
	{ "theme=staff=x; staff=abc", "abc" },
	{ NULL, NULL },
	{ "", NULL },
	{ "staff", NULL },
	{ "staff=", NULL },
	{ "Staff=abc", NULL },
	{ "theme=dark", NULL },
	{ "staff=abc; staff=abc", NULL },
	{ "staff=; staff=abc", NULL },
	{ "staff=abc; theme=dark; staff", NULL },
};
/* clang-format on */

START_TEST(a_cookie_is_found_by_its_name_and_two_of_one_name_are_none)
{
	struct str value = http_cookie(str_of(cookie_cases[_i].header), "staff");

	ck_assert(str_eq(value, str_of(cookie_cases[_i].value)));
	ck_assert_int_eq(value.ptr != NULL, cookie_cases[_i].value != NULL);
}
END_TEST

static const struct {
	const char *header;
	bool json;
} media_type_cases[] = {
	{ "application/json", true },
	{ "Application/JSON", true },
	{ "application/json; charset=utf-8", true },
	{ " application/json ;x=y", true },
	{ "application/jsonp", false },
	{ "application/problem+json", false },
	{ "text/plain", false },
	{ "application/x-www-form-urlencoded; application/json", false },
	{ "", false },
	{ NULL, false },
};

/* clang-format off */
static const struct {
	const char *header;
	bool utf8;
} charset_cases[] = {
	{ NULL, true }, { "", true }, { "application/json", true }, { "application/json;", true },
	{ "application/json; charset=utf-8", true }, { "application/json;CHARSET=UTF-8", true },
	{ "application/json; charset=\"Utf-8\"", true }, { "application/json; x=y; charset=utf-8 ", true },
	{ "application/json; charsets=utf-16", true }, { "application/json; x=\"; charset=utf-16\"", true },
	{ "application/json; x=\"\\\"; charset=utf-16\"", true },
	{ "application/json; charset=utf-16", false }, { "application/json; charset=\"utf-16\"", false },
	{ "application/json; charset=utf8", false }, { "application/json; charset=latin1", false },
	{ "application/json; charset=us-ascii", false }, { "application/json; charset=", false },
	{ "application/json; charset", false }, { "application/json; charset='utf-8'", false },
	{ "application/json; charset=\"utf-8", false }, { "application/json; charset=utf-8x", false },
	{ "application/json; charset=utf-8; charset=utf-16", false },
	{ "application/json; x=y; Charset=UTF-16", false },
};
/* clang-format on */

START_TEST(no_charset_and_utf_8_are_utf_8_and_no_other_is)
{
	ck_assert_int_eq(http_charset_is_utf8(str_of(charset_cases[_i].header)),
			 charset_cases[_i].utf8);
}
END_TEST

START_TEST(a_media_type_is_compared_without_case_and_parameters)
{
	struct str header = str_of(media_type_cases[_i].header);

	ck_assert_int_eq(http_media_type_is(header, "application/json"),
			 media_type_cases[_i].json);
}
END_TEST

START_TEST(a_request_id_is_taken_only_in_its_own_alphabet_and_length)
{
	static const char sixty_five[] =
		"0123456789012345678901234567890123456789012345678901234567890123x";

	ck_assert(http_request_id_is(STR("abcDEF-_09")));
	ck_assert(http_request_id_is(STR("12345678")));
	ck_assert(http_request_id_is((struct str){ sixty_five, 64 }));
	ck_assert(!http_request_id_is((struct str){ sixty_five, 65 }));
	ck_assert(!http_request_id_is(STR("1234567")));
	ck_assert(!http_request_id_is(STR("12345678 ")));
	ck_assert(!http_request_id_is(STR("12345678\n")));
	ck_assert(!http_request_id_is(STR("abc\"def\\ghi")));
	ck_assert(!http_request_id_is(STR_NONE));
}
END_TEST

/* clang-format off */
static const char *const tags[] = { "en", "de", "pt-BR" };
static const struct {
	const char *header;
	int wanted;
} language_cases[] = {
	{ NULL, 0 },
	{ "", 0 },
	{ "de", 1 },
	{ "DE", 1 },
	{ "de-AT", 1 },
	{ "de-Latn-AT-1996", 1 },
	{ "den", 0 },
	{ "d", 0 },
	{ "en-GB,en;q=0.9,de;q=0.8", 0 },
	{ "de-DE,de;q=0.9,en;q=0.8", 1 },
	{ "en;q=0.8,de;q=0.9", 1 },
	{ "en;q=0.899 , de ; q=0.9", 1 },
	{ "de,en", 1 },
	{ "en,de", 0 },
	{ "fr", 0 },
	{ "fr-CA,fr;q=0.9,de;q=0.1", 1 },
	{ "pt-BR", 2 },
	{ "pt-br", 2 },
	{ "pt", 0 },
	{ "pt,de;q=0.5", 1 },
	{ "*", 0 },
	{ "fr,*;q=0.5", 0 },
	{ "en;q=0.1,*;q=0.5", 1 },
	{ "en;q=0,*", 1 },
	{ "en;q=0, de;q=0, *", 2 },
	{ "de;q=0,en;q=0.1", 0 },
	{ "de-AT,de;q=0", 0 },
	{ "de;q=0", 0 },
	{ "en;q=0,de;q=0", 0 },
	{ "de;q=1.000", 1 },
	{ "de;q=1.001", 0 },
	{ "de;q=2", 0 },
	{ "de;q=-1", 0 },
	{ "de;q=0.0001", 0 },
	{ "de;q=", 0 },
	{ "de;q", 0 },
	{ "de;level=1", 0 },
	{ ",,de,,", 1 },
	{ ";;;=,*;q=x,", 0 },
};
/* clang-format on */

START_TEST(a_language_is_chosen_by_weight_and_falls_back_from_its_region)
{
	ck_assert_int_eq(http_language(str_of(language_cases[_i].header), tags,
				       COUNT(tags)),
			 language_cases[_i].wanted);
}
END_TEST

#define TRACE "0af7651916cd43dd8448eb211c80319c"

/* clang-format off */
static const struct {
	const char *header, *trace;
} trace_cases[] = {
	{ "00-" TRACE "-b7ad6b7169203331-01", TRACE },
	{ "00-" TRACE "-b7ad6b7169203331-00", TRACE },
	{ "cc-" TRACE "-b7ad6b7169203331-01-what-comes-later", TRACE },
	{ "00-" TRACE "-b7ad6b7169203331-01-more", NULL },
	{ "ff-" TRACE "-b7ad6b7169203331-01", NULL },
	{ "00-" TRACE "-b7ad6b7169203331", NULL },
	{ "00-" TRACE "-b7ad6b7169203331-1", NULL },
	{ "00-" TRACE "-b7ad6b716920333-01", NULL },
	{ "00-" TRACE "-0000000000000000-01", NULL },
	{ "00-00000000000000000000000000000000-b7ad6b7169203331-01", NULL },
	{ "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", NULL },
	{ "00-0af7651916cd43dd8448eb211c80319\"-b7ad6b7169203331-01", NULL },
	{ "", NULL },
	{ NULL, NULL },
};
/* clang-format on */

START_TEST(a_trace_id_is_taken_from_a_whole_traceparent_only)
{
	struct str id = http_trace_id(str_of(trace_cases[_i].header));

	ck_assert(str_eq(id, str_of(trace_cases[_i].trace)));
	ck_assert_int_eq(id.ptr != NULL, trace_cases[_i].trace != NULL);
}
END_TEST

START_TEST(status_lines_carry_number_and_reason)
{
	static const int listed[] = {
		200, 201, 202, 204, 304, 400, 401, 402, 403, 404, 405, 409,
		410, 412, 413, 414, 415, 422, 429, 431, 500, 502, 503, 504,
	};

	for (int i = 0; i < COUNT(listed); i++) {
		const char *text = http_status_text(listed[i]);

		ck_assert_int_eq(strtol(text, NULL, 10), listed[i]);
	}
	ck_assert_str_eq(http_status_text(404), "404 Not Found");
}
END_TEST

Suite *
words_suite(void)
{
	Suite *s = suite_create("words");
	TCase *t = tcase_create("words");

	tcase_add_loop_test(t, a_method_is_read_by_its_exact_name, 0,
			    COUNT(method_cases));
	tcase_add_test(t, a_method_that_is_absent_is_another_method);
	tcase_add_test(t, every_method_has_a_name);
	tcase_add_loop_test(t, both_schemes_carry_a_key_and_others_none, 0,
			    COUNT(authorization_cases));
	tcase_add_loop_test(t, a_cookie_is_found_by_its_name_and_two_of_one_name_are_none,
			    0, COUNT(cookie_cases));
	tcase_add_loop_test(t, no_charset_and_utf_8_are_utf_8_and_no_other_is, 0,
			    COUNT(charset_cases));
	tcase_add_loop_test(t, a_media_type_is_compared_without_case_and_parameters, 0,
			    COUNT(media_type_cases));
	tcase_add_test(t, a_request_id_is_taken_only_in_its_own_alphabet_and_length);
	tcase_add_loop_test(t, a_trace_id_is_taken_from_a_whole_traceparent_only, 0,
			    COUNT(trace_cases));
	tcase_add_loop_test(t,
			    a_language_is_chosen_by_weight_and_falls_back_from_its_region,
			    0, COUNT(language_cases));
	tcase_add_test(t, status_lines_carry_number_and_reason);
	suite_add_tcase(s, t);
	return s;
}
