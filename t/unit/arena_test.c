/*
 * arena_test.c: memory that lib/core/arena hands out, keeps and frees.
 */
#include <check.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "core/arena.h"

Suite *arena_suite(void);

enum { BLOCK = 1024 };

static struct arena a;

static void
set_up(void)
{
	arena_init(&a, BLOCK);
}

static void
tear_down(void)
{
	arena_release(&a);
}

START_TEST(every_allocation_is_aligned_for_any_type_and_its_own)
{
	unsigned char *p[200];

	for (int i = 0; i < 200; i++) {
		p[i] = arena_alloc(&a, (size_t)i + 1);
		ck_assert_uint_eq((uintptr_t)p[i] % alignof(max_align_t), 0);
		memset(p[i], i, (size_t)i + 1);
	}
	for (int i = 0; i < 200; i++)
		for (int k = 0; k <= i; k++)
			ck_assert_uint_eq(p[i][k], i);
}
END_TEST

START_TEST(no_bytes_are_an_allocation_too)
{
	ck_assert_ptr_nonnull(arena_alloc(&a, 0));
	ck_assert_ptr_nonnull(arena_zalloc(&a, 0, 8));
}
END_TEST

START_TEST(zeroed_memory_is_zero_even_where_something_stood_before)
{
	unsigned char *p = arena_alloc(&a, 512);

	memset(p, 0xff, 512);
	arena_reset(&a);
	p = arena_zalloc(&a, 64, 8);
	for (int i = 0; i < 512; i++)
		ck_assert_uint_eq(p[i], 0);
}
END_TEST

START_TEST(a_reset_keeps_the_first_block_and_frees_the_others)
{
	void *first = arena_alloc(&a, 16);

	ck_assert_uint_eq(arena_held_bytes(&a), BLOCK);
	for (int i = 0; i < 100; i++)
		arena_alloc(&a, 512);
	arena_alloc(&a, 100000);
	ck_assert_uint_gt(arena_held_bytes(&a), 100 * 512 + 100000 - 1);
	arena_reset(&a);
	ck_assert_uint_eq(arena_held_bytes(&a), BLOCK);
	ck_assert_ptr_eq(arena_alloc(&a, 16), first);
}
END_TEST

START_TEST(a_big_piece_does_not_end_the_use_of_the_block_before)
{
	char *small = arena_alloc(&a, 16);

	memset(arena_alloc(&a, 50000), 1, 50000);
	ck_assert_ptr_eq(arena_alloc(&a, 16), small + 16);
	ck_assert_uint_eq(arena_held_bytes(&a), BLOCK + 50000);
}
END_TEST

START_TEST(a_copied_text_is_its_own_and_ends_in_nul)
{
	char text[] = "a\0b";
	struct str copy = arena_str(&a, (struct str){ text, 3 });

	text[0] = 'x';
	ck_assert_uint_eq(copy.len, 3);
	ck_assert_mem_eq(copy.ptr, "a\0b\0", 4);
	ck_assert_str_eq(arena_cstr(&a, STR("abc")), "abc");
}
END_TEST

START_TEST(absent_stays_absent_and_empty_stays_empty)
{
	ck_assert_ptr_null(arena_str(&a, STR_NONE).ptr);
	ck_assert_ptr_nonnull(arena_str(&a, STR("")).ptr);
	ck_assert_str_eq(arena_cstr(&a, STR_NONE), "");
}
END_TEST

START_TEST(a_print_takes_what_it_needs)
{
	char text[3001];

	memset(text, 'x', 3000);
	text[3000] = '\0';
	ck_assert_str_eq(arena_printf(&a, "%s=%d", "n", 42), "n=42");
	ck_assert_str_eq(arena_printf(&a, "%s", ""), "");
	ck_assert_uint_eq(strlen(arena_printf(&a, "%s", text)), 3000);
}
END_TEST

static char order[8];

static void
note(void *object)
{
	const char *letter = object;

	order[strlen(order)] = *letter;
}

/* A defer that uses the arena it is leaving. */
static void
note_from_arena(void *object)
{
	note(arena_printf(&a, "%s", (const char *)object));
}

START_TEST(defers_run_newest_first_and_once)
{
	char x[] = "x", y[] = "y", z[] = "z";

	memset(order, 0, sizeof(order));
	arena_defer(&a, note, x);
	arena_defer(&a, note_from_arena, y);
	arena_alloc(&a, 10000);
	arena_defer(&a, note, z);
	arena_reset(&a);
	ck_assert_str_eq(order, "zyx");
	arena_reset(&a);
	ck_assert_str_eq(order, "zyx");
}
END_TEST

START_TEST(defers_run_on_release_too)
{
	struct arena other;
	char x[] = "x";

	memset(order, 0, sizeof(order));
	arena_init(&other, 64);
	arena_defer(&other, note, x);
	arena_release(&other);
	ck_assert_str_eq(order, "x");
}
END_TEST

START_TEST(a_product_that_overflows_is_out_of_memory)
{
	arena_zalloc(&a, SIZE_MAX / 2, 3);
}
END_TEST

START_TEST(a_size_that_no_block_can_have_is_out_of_memory)
{
	arena_alloc(&a, SIZE_MAX - 20);
}
END_TEST

Suite *
arena_suite(void)
{
	Suite *s = suite_create("arena");
	TCase *t = tcase_create("arena");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, every_allocation_is_aligned_for_any_type_and_its_own);
	tcase_add_test(t, no_bytes_are_an_allocation_too);
	tcase_add_test(t, zeroed_memory_is_zero_even_where_something_stood_before);
	tcase_add_test(t, a_reset_keeps_the_first_block_and_frees_the_others);
	tcase_add_test(t, a_big_piece_does_not_end_the_use_of_the_block_before);
	tcase_add_test(t, a_copied_text_is_its_own_and_ends_in_nul);
	tcase_add_test(t, absent_stays_absent_and_empty_stays_empty);
	tcase_add_test(t, a_print_takes_what_it_needs);
	tcase_add_test(t, defers_run_newest_first_and_once);
	tcase_add_test(t, defers_run_on_release_too);
	tcase_add_exit_test(t, a_product_that_overflows_is_out_of_memory, 70);
	tcase_add_exit_test(t, a_size_that_no_block_can_have_is_out_of_memory, 70);
	suite_add_tcase(s, t);
	return s;
}
