/*
 * scoreboard_test.c: the shared file of the pool.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervise/scoreboard.h"

Suite *scoreboard_suite(void);

static char dir[32];
static char path[64];

static void
make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/hob-board-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/board", dir);
}

static void
remove_dir(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

START_TEST(board_is_seen_by_those_who_open_it)
{
	size_t size = sizeof(struct scoreboard) + 5000;
	const struct scoreboard *seen;
	struct scoreboard *b;
	struct stat st;

	ck_assert_int_eq(scoreboard_create(path, size, &b), ERR_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(scoreboard_open(path, size, &seen), ERR_OK);
	ck_assert_uint_eq(seen->size_bytes, size);
	ck_assert_uint_eq(seen->running, 0);
	b->running = 7;
	((char *)b)[size - 1] = 'x';
	ck_assert_uint_eq(seen->running, 7);
	ck_assert_int_eq(((const char *)seen)[size - 1], 'x');
	munmap(b, size);
}
END_TEST

START_TEST(board_made_anew_leaves_the_old_one_to_those_who_have_it)
{
	struct scoreboard *first, *second;
	const struct scoreboard *seen;

	ck_assert_int_eq(scoreboard_create(path, sizeof(*first), &first), ERR_OK);
	first->crashes = 3;
	ck_assert_int_eq(scoreboard_create(path, sizeof(*second), &second), ERR_OK);
	ck_assert_int_eq(scoreboard_open(path, sizeof(*seen), &seen), ERR_OK);
	ck_assert_uint_eq(seen->crashes, 0);
	ck_assert_uint_eq(first->crashes, 3);
	munmap(first, sizeof(*first));
	munmap(second, sizeof(*second));
}
END_TEST

START_TEST(board_of_another_kind_is_refused)
{
	const struct scoreboard *seen;
	struct scoreboard *b;
	FILE *f;

	ck_assert_int_eq(scoreboard_open(path, sizeof(*seen), &seen), ERR_IO);
	ck_assert_int_eq(scoreboard_create(path, sizeof(*b) - 1, &b), ERR_IO);
	ck_assert_int_eq(scoreboard_create(path, sizeof(*b), &b), ERR_OK);
	b->version++;
	ck_assert_int_eq(scoreboard_open(path, sizeof(*seen), &seen), ERR_INVALID);
	b->version--;
	b->magic[0] = 'X';
	ck_assert_int_eq(scoreboard_open(path, sizeof(*seen), &seen), ERR_INVALID);
	munmap(b, sizeof(*b));
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("short", f);
	fclose(f);
	ck_assert_int_eq(scoreboard_open(path, sizeof(*seen), &seen), ERR_INVALID);
}
END_TEST

START_TEST(board_with_another_block_behind_it_is_refused)
{
	size_t size = sizeof(struct scoreboard) + 5000;
	const struct scoreboard *seen;
	struct scoreboard *b, *joined;

	ck_assert_int_eq(scoreboard_create(path, size, &b), ERR_OK);
	for (int more = -1; more <= 1; more += 2) {
		ck_assert_int_eq(scoreboard_open(path, size + (size_t)more, &seen),
				 ERR_INVALID);
		ck_assert_int_eq(scoreboard_join(path, size + (size_t)more, &joined),
				 ERR_INVALID);
	}
	ck_assert_int_eq(scoreboard_join(path, size, &joined), ERR_OK);
	munmap(joined, size);
	munmap(b, size);
}
END_TEST

START_TEST(state_has_a_name)
{
	int i;

	for (i = 0; i < WORKER_STATE_COUNT; i++)
		ck_assert_ptr_nonnull(worker_state_name((enum worker_state)i));
	ck_assert_str_eq(worker_state_name(WORKER_DB_WAIT), "db wait");
	ck_assert_str_eq(worker_state_name((enum worker_state)99), "unknown");
}
END_TEST

Suite *
scoreboard_suite(void)
{
	Suite *s = suite_create("scoreboard");
	TCase *t = tcase_create("scoreboard");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_test(t, board_is_seen_by_those_who_open_it);
	tcase_add_test(t, board_made_anew_leaves_the_old_one_to_those_who_have_it);
	tcase_add_test(t, board_of_another_kind_is_refused);
	tcase_add_test(t, board_with_another_block_behind_it_is_refused);
	tcase_add_test(t, state_has_a_name);
	suite_add_tcase(s, t);
	return s;
}
