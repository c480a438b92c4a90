/* files_settings_test.c: what files.* may say of a bucket, and what is told of the rest. */
#include "model/files_settings.h"

#include <check.h>

Suite *files_settings_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static const struct {
	struct s3_place place;
	bool is_needed;
	const char *why; /* "": nothing is wrong */
} settings[] = {
	{ { "", "us-east-1", "", "", "" }, false, "" },
	{ { "", "us-east-1", "", "", "" }, true, "files.s3_endpoint must be an origin" },
	{ { "https://s3.example.org", "us-east-1", "hob", "A", "s" }, true, "" },
	{ { "https://s3.example.org", "us-east-1", "hob", "A", "s" }, false, "" },
	{ { "https://s3.example.org", "us-east-1", "hob", "A", "" },
	  false,
	  "files.s3_secret must be the secret" },
	{ { "https://s3.example.org", "us-east-1", "", "A", "s" },
	  true,
	  "files.s3_bucket must be 3 to 63" },
};

START_TEST(a_bucket_is_whole_where_there_is_one)
{
	struct strbuf why;

	strbuf_init(&why);
	files_settings_check(&settings[_i].place, settings[_i].is_needed, &why);
	ck_assert_msg(str_starts(strbuf_str(&why), str_of(settings[_i].why)), "%s",
		      why.ptr);
	ck_assert_int_eq(why.len == 0, settings[_i].why[0] == '\0');
	strbuf_release(&why);
}
END_TEST

Suite *
files_settings_suite(void)
{
	Suite *s = suite_create("files_settings");
	TCase *t = tcase_create("files_settings");

	tcase_add_loop_test(t, a_bucket_is_whole_where_there_is_one, 0, COUNT(settings));
	suite_add_tcase(s, t);
	return s;
}
