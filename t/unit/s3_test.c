/*
 * s3_test.c: buckets: their addresses, signed queries, and what their servers answer.
 */
#include "s3/presign.h"

#include <check.h>
#include <string.h>

#include "s3/answer.h"

Suite *s3_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

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

/* --- addresses --------------------------------------------------------------- */

/* Those of AWS's documentation. */
#define ID "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

static const struct {
	struct s3_place place;
	const char *setting; /* NULL: nothing is wrong */
} places[] = {
	{ { "https://s3.example.org", "eu-central-1", "hob", ID, SECRET }, NULL },
	{ { "http://127.0.0.1:9000", "garage", "hob.files-1", ID, SECRET }, NULL },
	{ { "https://[::1]:9000", "us-east-1", "hob", ID, SECRET }, NULL },
	{ { "", "eu-central-1", "hob", ID, SECRET }, "endpoint" },
	{ { "s3.example.org", "eu-central-1", "hob", ID, SECRET }, "endpoint" },
	{ { "https://s3.example.org/", "eu-central-1", "hob", ID, SECRET }, "endpoint" },
	{ { "https://S3.example.org", "eu-central-1", "hob", ID, SECRET }, "endpoint" },
	{ { "https://s3.example.org:443", "x", "hob", ID, SECRET }, "endpoint" },
	{ { "http://s3.example.org:80", "x", "hob", ID, SECRET }, "endpoint" },
	{ { "https://a@s3.example.org", "x", "hob", ID, SECRET }, "endpoint" },
	{ { "https://s3.example.org?x", "x", "hob", ID, SECRET }, "endpoint" },
	{ { "https://s3.example.org", "", "hob", ID, SECRET }, "region" },
	{ { "https://s3.example.org", "eu/central", "hob", ID, SECRET }, "region" },
	{ { "https://s3.example.org", "x", "ho", ID, SECRET }, "bucket" },
	{ { "https://s3.example.org", "x", "Hob", ID, SECRET }, "bucket" },
	{ { "https://s3.example.org", "x", "hob/files", ID, SECRET }, "bucket" },
	{ { "https://s3.example.org", "x", "hob", "", SECRET }, "key" },
	{ { "https://s3.example.org", "x", "hob", "a:b", SECRET }, "key" },
	{ { "https://s3.example.org", "x", "hob", ID, "" }, "secret" },
	{ { "https://s3.example.org", "x", "hob", ID, "two words" }, "secret" },
};

START_TEST(a_place_is_whole_or_its_fault_is_named)
{
	const char *setting, *fault = s3_place_fault(&places[_i].place, &setting);

	ck_assert_int_eq(fault == NULL, places[_i].setting == NULL);
	if (fault != NULL)
		ck_assert_str_eq(setting, places[_i].setting);
}
END_TEST

START_TEST(a_host_is_what_the_header_says)
{
	ck_assert(str_is(s3_host(&places[0].place), "s3.example.org"));
	ck_assert(str_is(s3_host(&places[1].place), "127.0.0.1:9000"));
	ck_assert(str_is(s3_host(&places[2].place), "[::1]:9000"));
}
END_TEST

/* --- signed queries ---------------------------------------------------------- */

/* "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)" of the API reference of Amazon S3. */
START_TEST(a_query_is_signed_as_aws_has_it)
{
	const struct s3_place place = { "https://s3.amazonaws.com", "us-east-1",
					"examplebucket", ID, SECRET };

	ck_assert_str_eq(
		s3_presign_query(&a, &place, STR("examplebucket.s3.amazonaws.com"),
				 "/test.txt", 1369353600, 86400),
		"X-Amz-Algorithm=AWS4-HMAC-SHA256"
		"&X-Amz-Credential=" ID "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders="
		"host"
		"&X-Amz-Signature="
		"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}
END_TEST

START_TEST(a_signed_path_is_of_one_key_for_some_time)
{
	const struct s3_place *p = &places[1].place;
	const char *one = s3_presign(&a, p, "ab/cd/0", 1369353600, 60);

	ck_assert(str_starts(str_of(one), STR("/hob.files-1/ab/cd/0?X-Amz-Algorithm=")));
	ck_assert_ptr_nonnull(strstr(one, "&X-Amz-Expires=60&"));
	ck_assert_str_ne(one, s3_presign(&a, p, "ab/cd/1", 1369353600, 60));
	ck_assert_str_eq(one, s3_presign(&a, p, "ab/cd/0", 1369353600, 60));
	ck_assert_ptr_null(strstr(one, SECRET));
}
END_TEST

/* --- answers ----------------------------------------------------------------- */

static const struct {
	int status;
	const char *body;
	enum err e;
	const char *code;
} answers[] = {
	{ 200, "", ERR_OK, "" },
	{ 204, "<Code>NoSuchKey</Code>", ERR_OK, "" },
	{ 404, "", ERR_NOT_FOUND, "" },
	{ 404, "<Error><Code>NoSuchKey</Code></Error>", ERR_NOT_FOUND, "NoSuchKey" },
	{ 404, "<Error><Code>NoSuchBucket</Code></Error>", ERR_FORBIDDEN,
	  "NoSuchBucket" },
	{ 403, "<?xml version=\"1.0\"?>\n<Error>\n <Code> SignatureDoesNotMatch\n</Code>",
	  ERR_FORBIDDEN, "SignatureDoesNotMatch" },
	{ 403, "", ERR_FORBIDDEN, "" },
	{ 301, "<Code>PermanentRedirect</Code>", ERR_FORBIDDEN, "PermanentRedirect" },
	{ 400, "<Code>BadDigest</Code>", ERR_BUSY, "BadDigest" },
	{ 400, "<Code>InvalidRequest</Code>", ERR_FORBIDDEN, "InvalidRequest" },
	{ 429, "", ERR_BUSY, "" },
	{ 500, "<Code>InternalError</Code>", ERR_BUSY, "InternalError" },
	{ 503, "<Code>SlowDown</Code>", ERR_BUSY, "SlowDown" },
	{ 502, "<html>", ERR_BUSY, "" },
	{ 507, "", ERR_FULL, "" },
	{ 400, "<Code>QuotaExceeded</Code>", ERR_FULL, "QuotaExceeded" },
	{ 500, "<Code>unfinished", ERR_BUSY, "" },
	{ 500, "<Code>two words</Code>", ERR_BUSY, "" },
	{ 0, "", ERR_BUSY, "" },
};

START_TEST(answers_can_be_told_apart)
{
	struct str code;

	ck_assert_int_eq(s3_answer(answers[_i].status, str_of(answers[_i].body), &code),
			 answers[_i].e);
	ck_assert(str_is(code, answers[_i].code));
}
END_TEST

static const char page[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult>"
	"<Name>hob</Name><IsTruncated>true</IsTruncated>"
	"<Contents><Key>ab/cd/0</Key><LastModified>2009-10-12T17:50:30.000Z</"
	"LastModified>"
	"<ETag>&quot;x&quot;</ETag><Size>434234</Size></Contents>"
	"<Contents><Key>none</Key></Contents>"
	"<Contents><Key>no "
	"time</Key><Size>1</Size><LastModified>now</LastModified></Contents>"
	"<Contents><Size>0</Size><Key>b</Key><LastModified>1970-01-01T00:00:01Z</"
	"LastModified>"
	"</Contents><Contents><Key>1/a+b&amp;c=&lt;</Key><Size>7</Size>"
	"<LastModified>1970-01-01T00:00:01Z</LastModified></Contents><Contents><Key>cut "
	"off</Key>";

START_TEST(a_page_lists_what_is_whole_and_says_where_it_goes_on)
{
	struct str rest = str_of(page), behind = s3_list_goes_on(&a, rest);
	struct s3_listed one;

	ck_assert(s3_listed_next(&rest, &one));
	ck_assert(str_is(one.key, "ab/cd/0"));
	ck_assert_int_eq(one.bytes, 434234);
	ck_assert_int_eq(one.modified_s, 1255369830);
	ck_assert(s3_listed_next(&rest, &one));
	ck_assert(str_is(one.key, "b"));
	ck_assert_int_eq(one.modified_s, 1);
	ck_assert(s3_listed_next(&rest, &one));
	ck_assert(!s3_listed_next(&rest, &one));
	ck_assert(str_is(behind, "1/a+b&c=<"));
	ck_assert_str_eq(s3_escape(&a, behind), "1%2Fa%2Bb%26c%3D%3C");
	ck_assert_ptr_null(
		s3_list_goes_on(&a, STR("<IsTruncated>true</IsTruncated>")).ptr);
	ck_assert_ptr_null(s3_list_goes_on(&a, STR("")).ptr);
}
END_TEST

Suite *
s3_suite(void)
{
	Suite *s = suite_create("s3");
	TCase *t = tcase_create("s3");

	tcase_add_checked_fixture(t, make, drop);
	tcase_add_loop_test(t, a_place_is_whole_or_its_fault_is_named, 0, COUNT(places));
	tcase_add_test(t, a_host_is_what_the_header_says);
	tcase_add_test(t, a_query_is_signed_as_aws_has_it);
	tcase_add_test(t, a_signed_path_is_of_one_key_for_some_time);
	tcase_add_loop_test(t, answers_can_be_told_apart, 0, COUNT(answers));
	tcase_add_test(t, a_page_lists_what_is_whole_and_says_where_it_goes_on);
	suite_add_tcase(s, t);
	return s;
}
