/* image_test.c: what hob-image reports, of which nobody trusts a word. */
#include "model/image.h"

#include <check.h>
#include <string.h>

START_TEST(a_report_is_read_as_it_was_written)
{
	const struct image_report ready = {
		IMAGE_READY, { { 4032, 3024 }, { 1600, 1200 }, { 256, 192 } }
	};
	struct image_report read;
	char line[IMAGE_REPORT_SIZE];
	int len = image_report_write(&ready, line);

	ck_assert_str_eq(line, "ready 4032x3024 1600x1200 256x192\n");
	ck_assert(image_report_read((struct str){ line, (size_t)len - 1 }, &read));
	ck_assert(memcmp(&read, &ready, sizeof(ready)) == 0);
}
END_TEST

START_TEST(every_reason_is_read_by_its_name)
{
	for (int i = IMAGE_READY + 1; i < IMAGE_VERDICTS; i++) {
		const struct image_report refused = { .verdict = (enum image_verdict)i };
		struct image_report read;
		char line[IMAGE_REPORT_SIZE];
		int len = image_report_write(&refused, line);

		ck_assert(
			image_report_read((struct str){ line, (size_t)len - 1 }, &read));
		ck_assert_int_eq(read.verdict, i);
	}
}
END_TEST

static const char *const lies[] = {
	"",
	"ready",
	"ready ",
	"ready 1x1",
	"ready 1x1 1x1",
	"ready 1x1 1x1 1x1 1x1",
	"ready 1x1 1x1 1x1 ",
	"ready 1x1 1x1 1",
	"ready 1x1 1x1 1x",
	"ready 1x1 1x1 -1x1",
	"ready 1x1 1x1 1x1048577",
	"ready 1x1 1x1 99999999999999999999x1",
	"ready  1x1 1x1 1x1",
	"READY 1x1 1x1 1x1",
	"damaged 1x1",
	"damaged ",
	"beautiful",
};

START_TEST(what_is_no_report_is_not_read)
{
	struct image_report read;

	ck_assert_msg(!image_report_read(str_of(lies[_i]), &read), "%s", lies[_i]);
}
END_TEST

START_TEST(a_heic_becomes_a_jpeg_and_small_pictures_webp)
{
	ck_assert_str_eq(image_media_type(IMAGE_MAIN, "image/heic"), "image/jpeg");
	ck_assert_str_eq(image_media_type(IMAGE_MAIN, "image/heif"), "image/jpeg");
	ck_assert_str_eq(image_media_type(IMAGE_MAIN, "image/png"), "image/png");
	ck_assert_str_eq(image_media_type(IMAGE_MAIN, "text/plain"), "text/plain");
	ck_assert_str_eq(image_media_type(IMAGE_THUMB, "application/pdf"), "image/webp");
}
END_TEST

Suite *image_suite(void);

Suite *
image_suite(void)
{
	Suite *s = suite_create("image");
	TCase *t = tcase_create("image");

	tcase_add_test(t, a_report_is_read_as_it_was_written);
	tcase_add_test(t, every_reason_is_read_by_its_name);
	tcase_add_loop_test(t, what_is_no_report_is_not_read, 0,
			    sizeof(lies) / sizeof(lies[0]));
	tcase_add_test(t, a_heic_becomes_a_jpeg_and_small_pictures_webp);
	suite_add_tcase(s, t);
	return s;
}
