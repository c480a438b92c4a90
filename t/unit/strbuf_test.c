/*
 * strbuf_test.c: lib/core/strbuf grows, ends in NUL, and gives back what is too big.
 */
#include <check.h>
#include <string.h>

#include "core/strbuf.h"

Suite *strbuf_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static struct strbuf b;

static void
set_up(void)
{
	strbuf_init(&b);
}

static void
tear_down(void)
{
	strbuf_release(&b);
}

START_TEST(an_empty_buffer_is_an_empty_c_string)
{
	ck_assert_str_eq(b.ptr, "");
	ck_assert_uint_eq(b.len, 0);
	strbuf_clear(&b, 0);
	ck_assert_str_eq(b.ptr, "");
	ck_assert_ptr_nonnull(strbuf_str(&b).ptr);
}
END_TEST

START_TEST(what_is_added_stands_in_order_and_ends_in_nul)
{
	strbuf_add(&b, STR("str "));
	strbuf_add_bytes(&b, "bytes!", 5);
	strbuf_add_char(&b, ' ');
	strbuf_add_cstr(&b, "cstr ");
	strbuf_add_i64(&b, -7);
	strbuf_addf(&b, " %s %d", "printf", 8);
	ck_assert_str_eq(b.ptr, "str bytes cstr -7 printf 8");
	ck_assert_uint_eq(b.len, strlen(b.ptr));
	ck_assert(str_is(strbuf_str(&b), b.ptr));
}
END_TEST

START_TEST(nothing_can_be_added)
{
	strbuf_add(&b, STR_NONE);
	strbuf_add(&b, STR(""));
	strbuf_add_bytes(&b, NULL, 0);
	strbuf_addf(&b, "%s", "");
	ck_assert_str_eq(b.ptr, "");
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

START_TEST(a_nul_is_a_byte_like_others)
{
	strbuf_add(&b, STR("a\0b"));
	strbuf_add_char(&b, '\0');
	ck_assert_uint_eq(b.len, 4);
	ck_assert_mem_eq(b.ptr, "a\0b\0\0", 5);
}
END_TEST

START_TEST(a_million_single_bytes_arrive)
{
	int wrong = 0;

	for (int i = 0; i < 1000000; i++)
		strbuf_add_char(&b, (char)('a' + i % 26));
	ck_assert_uint_eq(b.len, 1000000);
	for (int i = 0; i < 1000000; i++)
		wrong += b.ptr[i] != 'a' + i % 26;
	ck_assert_int_eq(wrong, 0);
	ck_assert_int_eq(b.ptr[1000000], '\0');
}
END_TEST

START_TEST(reserved_room_is_where_the_next_bytes_belong)
{
	char *p;

	strbuf_add_cstr(&b, "ab");
	p = strbuf_reserve(&b, 5000);
	ck_assert_ptr_eq(p, b.ptr + 2);
	ck_assert_uint_gt(b.cap, 5002);
	ck_assert_str_eq(b.ptr, "ab");
	memset(p, 'x', 5000);
	p[5000] = '\0';
	b.len += 5000;
	strbuf_add_char(&b, '.');
	ck_assert_uint_eq(strlen(b.ptr), 5003);
}
END_TEST

START_TEST(a_print_of_any_length_fits)
{
	char text[301];

	memset(text, 'y', sizeof(text));
	for (size_t len = 300; len > 0; len--) {
		text[len] = '\0';
		strbuf_release(&b);
		strbuf_init(&b);
		strbuf_add_char(&b, '<');
		strbuf_addf(&b, "%s>", text);
		ck_assert_uint_eq(b.len, len + 2);
		ck_assert_uint_eq(strlen(b.ptr), b.len);
		ck_assert_int_eq(b.ptr[b.len - 1], '>');
	}
}
END_TEST

/* clang-format off */
static const struct {
	int64_t n;
	const char *text;
} number_cases[] = {
	{ 0, "0" }, { 9, "9" }, { 10, "10" }, { -1, "-1" }, { 1234567890, "1234567890" },
	{ INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
};
/* clang-format on */

START_TEST(a_number_is_written_in_decimal)
{
	strbuf_add_i64(&b, number_cases[_i].n);
	ck_assert_str_eq(b.ptr, number_cases[_i].text);
}
END_TEST

START_TEST(clearing_keeps_a_small_buffer_and_gives_back_a_big_one)
{
	size_t cap;

	strbuf_reserve(&b, 1000);
	strbuf_add_cstr(&b, "text");
	cap = b.cap;
	strbuf_clear(&b, 4096);
	ck_assert_uint_eq(b.cap, cap);
	ck_assert_str_eq(b.ptr, "");
	strbuf_reserve(&b, 100000);
	strbuf_clear(&b, 0);
	ck_assert_uint_gt(b.cap, 100000);
	strbuf_clear(&b, 4096);
	ck_assert_uint_le(b.cap, 4096);
	ck_assert_str_eq(b.ptr, "");
	strbuf_add_cstr(&b, "again");
	ck_assert_str_eq(b.ptr, "again");
}
END_TEST

START_TEST(more_than_all_memory_ends_the_process)
{
	strbuf_reserve(&b, SIZE_MAX - 1);
}
END_TEST

Suite *
strbuf_suite(void)
{
	Suite *s = suite_create("strbuf");
	TCase *t = tcase_create("strbuf");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, an_empty_buffer_is_an_empty_c_string);
	tcase_add_test(t, what_is_added_stands_in_order_and_ends_in_nul);
	tcase_add_test(t, nothing_can_be_added);
	tcase_add_test(t, a_nul_is_a_byte_like_others);
	tcase_add_test(t, a_million_single_bytes_arrive);
	tcase_add_test(t, reserved_room_is_where_the_next_bytes_belong);
	tcase_add_test(t, a_print_of_any_length_fits);
	tcase_add_loop_test(t, a_number_is_written_in_decimal, 0, COUNT(number_cases));
	tcase_add_test(t, clearing_keeps_a_small_buffer_and_gives_back_a_big_one);
	tcase_add_exit_test(t, more_than_all_memory_ends_the_process, 70);
	suite_add_tcase(s, t);
	return s;
}
