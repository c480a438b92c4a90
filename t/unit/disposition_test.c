/*
 * disposition_test.c: names of files in headers, as browsers and curl write them and as we do.
 */
#include "http/disposition.h"

#include <check.h>

Suite *disposition_suite(void);

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* clang-format off */
static const struct {
	const char *header, *name;
} read[] = {
	{ "attachment; filename=plan.pdf", "plan.pdf" },
	{ "attachment; filename=\"the plan.pdf\"", "the plan.pdf" },
	{ "form-data; name=\"file\"; filename=\"a;b.jpg\"", "a;b.jpg" },
	{ "form-data; name=\"file\"; filename=\"a%22b%0D%0A%41.jpg\"", "a\"b\r\n%41.jpg" },
	{ "form-data; filename=\"a\\\"b.jpg\"", "a\"b.jpg" },
	{ "form-data; filename=\"C:\\photos\\b.jpg\"", "C:\\photos\\b.jpg" },
	{ "form-data; filename=\"K\xc3\xbc""che.jpg\"", "K\xc3\xbc""che.jpg" },
	{ "attachment; filename=\"x\"; filename*=UTF-8''K%C3%BCche.jpg", "K\xc3\xbc""che.jpg" },
	{ "attachment; filename*=utf-8'de'a%20b", "a b" },
	{ "attachment; filename=\"\"", "" },
	{ "attachment", NULL },
	{ "attachment; filename", NULL },
	{ "attachment; filename=a; filename=b", NULL },
	{ "attachment; filename*=ISO-8859-1''a%FC", NULL },
	{ "attachment; filename*=UTF-8''a%FC", NULL },
	{ "attachment; filename*=UTF-8''a%00", NULL },
	{ "attachment; filename=\"\xfc\"", NULL },
};

static const struct {
	const char *name, *header;
} written[] = {
	{ "plan.pdf", "inline; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf" },
	{ "K\xc3\xbc""che 1.jpg", "inline; filename=\"K_che 1.jpg\"; filename*=UTF-8''K%C3%BCche%201.jpg" },
	{ "a\"\\b%.txt", "inline; filename=\"a__b_.txt\"; filename*=UTF-8''a%22%5Cb%25.txt" },
	{ "a\r\nb", "inline; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab" },
	{ NULL, "inline" },
};
/* clang-format on */

START_TEST(a_name_is_read_as_it_was_meant)
{
	struct arena a;

	arena_init(&a, 1024);
	for (int i = 0; i < COUNT(read); i++) {
		struct str name = http_filename(&a, str_of(read[i].header));

		ck_assert_msg(str_eq(name, str_of(read[i].name)) &&
				      (name.ptr == NULL) == (read[i].name == NULL),
			      "%s: %s", read[i].header, name.ptr);
	}
	ck_assert(str_is(http_disposition_param(&a, STR("form-data; name=\"file\""),
						"name"),
			 "file"));
	ck_assert_ptr_null(http_filename(&a, STR_NONE).ptr);
	arena_release(&a);
}
END_TEST

START_TEST(a_name_is_written_in_both_forms_and_comes_back)
{
	struct arena a;

	arena_init(&a, 1024);
	for (int i = 0; i < COUNT(written); i++) {
		const char *header =
			http_disposition(&a, "inline", str_of(written[i].name));

		ck_assert_str_eq(header, written[i].header);
		ck_assert(str_eq(http_filename(&a, str_of(header)),
				 str_of(written[i].name)));
	}
	arena_release(&a);
}
END_TEST

Suite *
disposition_suite(void)
{
	Suite *s = suite_create("disposition");
	TCase *t = tcase_create("disposition");

	tcase_add_test(t, a_name_is_read_as_it_was_meant);
	tcase_add_test(t, a_name_is_written_in_both_forms_and_comes_back);
	suite_add_tcase(s, t);
	return s;
}
