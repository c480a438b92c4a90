/*
 * file_name_test.c: names of files end as their media type has it, and are else as they came.
 */
#include "model/file_name.h"

#include <check.h>
#include <string.h>

Suite *file_name_suite(void);

/* clang-format off */
static const struct {
	const char *name, *media_type, *is;
} cases[] = {
	{ "IMG_1.HEIC", "image/jpeg", "IMG_1.jpg" },
	{ "IMG_1.jpeg", "image/jpeg", "IMG_1.jpeg" },
	{ "IMG_1.JPG", "image/jpeg", "IMG_1.JPG" },
	{ "IMG_1.jpg", "image/webp", "IMG_1.webp" },
	{ "bill.pdf.png", "application/pdf", "bill.pdf.pdf" },
	{ "bill", "application/pdf", "bill.pdf" },
	{ "bill v1.2", "application/pdf", "bill v1.2.pdf" },
	{ "bill.exe", "text/plain", "bill.exe.txt" },
	{ "notes.md", "text/plain", "notes.md" },
	{ ".png", "image/jpeg", ".png.jpg" },
	{ "Gr\u00fc\u00dfe.png", "image/jpeg", "Gr\u00fc\u00dfe.jpg" },
	{ "plan.dwg", "image/vnd.dwg", "plan.dwg" },
};
/* clang-format on */

START_TEST(a_name_ends_as_its_media_type_has_it)
{
	struct arena a;
	struct str is;

	arena_init(&a, 1024);
	is = file_name_fit(&a, str_of(cases[_i].name), cases[_i].media_type);
	ck_assert_str_eq(arena_cstr(&a, is), cases[_i].is);
	arena_release(&a);
}
END_TEST

/* clang-format off */
static const struct {
	const char *name, *is;
} unsafe[] = {
	{ "../../etc/passwd", "_._.._etc_passwd.jpg" },
	{ "C:\\a.png", "C__a.jpg" },
	{ "a\tb?.jpg", "a_b_.jpg" },
	{ ".jpg", "_jpg.jpg" },
	{ "Gr\u00fc\u00dfe.jpg", "Gr\u00fc\u00dfe.jpg" },
	{ NULL, "file.jpg" },
};
/* clang-format on */

START_TEST(a_safe_name_means_nothing_to_a_file_system)
{
	struct arena a;

	arena_init(&a, 1024);
	ck_assert_str_eq(file_name_safe(&a, str_of(unsafe[_i].name), "image/jpeg").ptr,
			 unsafe[_i].is);
	arena_release(&a);
}
END_TEST

START_TEST(a_long_name_is_cut_between_characters)
{
	char name[1024];
	struct arena a;
	struct str is;

	for (size_t i = 0; i < sizeof(name); i += 2)
		memcpy(name + i, "\u00fc", 2);
	arena_init(&a, 1024);
	is = file_name_safe(&a, (struct str){ name, sizeof(name) }, "image/jpeg");
	ck_assert_uint_le(is.len, FILE_NAME_BYTES);
	ck_assert(str_is_utf8(is));
	ck_assert_str_eq(is.ptr + is.len - 4, ".jpg");
	arena_release(&a);
}
END_TEST

START_TEST(no_name_stays_none)
{
	struct arena a;

	arena_init(&a, 1024);
	ck_assert_ptr_null(file_name_fit(&a, STR_NONE, "image/jpeg").ptr);
	arena_release(&a);
}
END_TEST

Suite *
file_name_suite(void)
{
	Suite *s = suite_create("file_name");
	TCase *c = tcase_create("file_name");

	tcase_add_loop_test(c, a_name_ends_as_its_media_type_has_it, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(c, a_safe_name_means_nothing_to_a_file_system, 0,
			    sizeof(unsafe) / sizeof(unsafe[0]));
	tcase_add_test(c, a_long_name_is_cut_between_characters);
	tcase_add_test(c, no_name_stays_none);
	suite_add_tcase(s, c);
	return s;
}
