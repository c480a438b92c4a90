/*
 * wipe_heap_test.c: memory that was freed, reset or returned from holds nothing. Reads
 * freed memory, so it is left out of the sanitized build.
 */
#include "core/wipe.h"

#include <check.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/strbuf.h"

static const char canary[] = "a lamp in the 3rd window";

enum { PLACES = 4096 };

/* An address, without being a pointer to it. */
static volatile uintptr_t place;

static char *
filled(char *p, size_t len)
{
	for (size_t i = 0; i + sizeof(canary) <= len; i += sizeof(canary))
		memcpy(p + i, canary, sizeof(canary));
	place = (uintptr_t)p;
	return p;
}

/* A small block's first 16 bytes, or 32 of a large one, are the allocator's by now. */
static void
expect_nothing(size_t from, size_t len)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): that is what it is for. */
	const volatile char *p = (const volatile char *)place;

	for (size_t i = from; i + 6 <= len; i++)
		ck_assert_msg(p[i] != 'a' || p[i + 1] != ' ' || p[i + 2] != 'l' ||
				      p[i + 3] != 'a' || p[i + 4] != 'm' ||
				      p[i + 5] != 'p',
			      "found at %zu of %zu", i, len);
}

static const size_t sizes[] = { 25, 200, 1000, 8192, 100000 };

START_TEST(free_overwrites)
{
	/* One behind it, so that the block stays ours to look at. */
	char *p = filled(malloc(sizes[_i]), sizes[_i]), *behind = malloc(32);

	free(p);
	expect_nothing(0, sizes[_i]);
	free(behind);
}
END_TEST

START_TEST(realloc_overwrites_what_it_leaves)
{
	char *p = filled(malloc(sizes[_i]), sizes[_i]), *behind = malloc(32);

	p = realloc(p, 2 * sizes[_i] + PLACES);
	ck_assert_int_eq(memcmp(p, canary, sizeof(canary)), 0);
	if ((uintptr_t)p != place)
		expect_nothing(0, sizes[_i]);
	free(p);
	free(behind);
}
END_TEST

START_TEST(realloc_keeps_what_there_is)
{
	char *p = filled(malloc(100), 100);

	ck_assert_ptr_eq(realloc(p, 90), p);
	p = realloc(p, 25);
	ck_assert_str_eq(p, canary);
	ck_assert_ptr_null(realloc(p, 0));
	p = realloc(NULL, 10);
	ck_assert_ptr_nonnull(p);
	free(p);
}
END_TEST

START_TEST(an_arena_that_is_reset_holds_nothing)
{
	struct arena a;

	arena_init(&a, PLACES);
	filled(arena_alloc(&a, 1000), 1000);
	arena_reset(&a);
	expect_nothing(0, 1000);
	arena_release(&a);
}
END_TEST

START_TEST(a_buffer_that_is_emptied_holds_nothing)
{
	struct strbuf b;

	strbuf_init(&b);
	filled(strbuf_reserve(&b, 1000), 1000);
	b.len = 1000;
	strbuf_clear(&b, PLACES);
	expect_nothing(0, 1000);
	strbuf_release(&b);
}
END_TEST

__attribute__((noinline)) static void
leave_on_stack(void)
{
	char text[8192];

	filled(text, sizeof(text));
}

START_TEST(a_stack_that_is_wiped_holds_nothing)
{
	leave_on_stack();
	wipe_stack();
	expect_nothing(0, 8192);
}
END_TEST

Suite *wipe_heap_suite(void);

Suite *
wipe_heap_suite(void)
{
	Suite *s = suite_create("wipe_heap");
	TCase *t = tcase_create("wipe_heap");
	int count = sizeof(sizes) / sizeof(sizes[0]);

	tcase_add_loop_test(t, free_overwrites, 0, count);
	tcase_add_loop_test(t, realloc_overwrites_what_it_leaves, 0, count);
	tcase_add_test(t, realloc_keeps_what_there_is);
	tcase_add_test(t, an_arena_that_is_reset_holds_nothing);
	tcase_add_test(t, a_buffer_that_is_emptied_holds_nothing);
	tcase_add_test(t, a_stack_that_is_wiped_holds_nothing);
	suite_add_tcase(s, t);
	return s;
}
