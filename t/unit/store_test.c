/*
 * store_test.c: stores, of the kind that is a directory.
 */
#include "storage/store.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/directory.h"

Suite *store_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static char folder[] = "/tmp/hob-store.XXXXXX";
static struct store *store;

static void
set_up(void)
{
	snprintf(folder, sizeof(folder), "/tmp/hob-store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	store = store_directory(folder);
}

static void
tear_down(void)
{
	char command[64];

	store_free(store);
	snprintf(command, sizeof(command), "rm -r %s*", folder);
	ck_assert_int_eq(system(command), 0);
}

static int
file_with(const char *text)
{
	int fd;

	ck_assert_int_eq(store_make(store, &fd), ERR_OK);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static void
put(const char *text, const char *key)
{
	int fd = file_with(text);

	ck_assert_int_eq(store_put(store, fd, key), ERR_OK);
	close(fd);
}

/* --- keys -------------------------------------------------------------------- */

START_TEST(each_key_is_another_and_has_folders)
{
	char one[STORE_KEY_SIZE], other[STORE_KEY_SIZE];

	store_key(one);
	store_key(other);
	ck_assert(store_key_is(str_of(one)) && store_key_is(str_of(other)));
	ck_assert_str_ne(one, other);
	ck_assert_uint_eq(strspn(one, "0123456789abcdef"), 2);
	ck_assert_uint_eq(strspn(one + 3, "0123456789abcdef"), 2);
	ck_assert_uint_eq(strspn(one + 6, "0123456789abcdef"), 28);
}
END_TEST

static const char *const strange[] = {
	"",
	"ab/cd/0123456789abcdef0123456789a",
	"ab/cd/0123456789abcdef0123456789abc",
	"AB/cd/0123456789abcdef0123456789ab",
	"../cd/0123456789abcdef0123456789ab",
	"ab/cd/../../../../../etc/passwd123",
	"abccd/0123456789abcdef0123456789ab",
	"ab/cd/0123456789abcdef/123456789ab",
	"ab/cd/0123456789abcdef0123456789a\n",
};

START_TEST(what_is_no_key_is_touched_nowhere)
{
	const char *key = strange[_i];
	int64_t bytes;
	int fd;

	fd = file_with("abc");
	ck_assert(!store_key_is(str_of(key)));
	ck_assert_int_eq(store_put(store, fd, key), ERR_INVALID);
	close(fd);
	ck_assert_int_eq(store_open(store, key, &fd), ERR_INVALID);
	ck_assert_int_eq(store_size(store, key, &bytes), ERR_INVALID);
	ck_assert_int_eq(store_remove(store, key), ERR_INVALID);
}
END_TEST

/* --- a directory ------------------------------------------------------------- */

#define KEY "ab/cd/0123456789abcdef0123456789ab"

START_TEST(what_was_put_is_there_until_it_is_removed)
{
	char text[8] = "";
	int64_t bytes = 0;
	int fd;

	ck_assert_int_eq(store_size(store, KEY, &bytes), ERR_NOT_FOUND);
	ck_assert_int_eq(store_open(store, KEY, &fd), ERR_NOT_FOUND);
	put("abc", KEY);
	ck_assert_int_eq(store_size(store, KEY, &bytes), ERR_OK);
	ck_assert_int_eq(bytes, 3);
	ck_assert_int_eq(store_open(store, KEY, &fd), ERR_OK);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 3);
	ck_assert_str_eq(text, "abc");
	close(fd);
	ck_assert_int_eq(store_remove(store, KEY), ERR_OK);
	ck_assert_int_eq(store_size(store, KEY, &bytes), ERR_NOT_FOUND);
	ck_assert_int_eq(store_remove(store, KEY), ERR_OK);
}
END_TEST

START_TEST(what_has_a_key_is_never_replaced)
{
	int64_t bytes;
	int fd = file_with("other");

	put("abc", KEY);
	ck_assert_int_eq(store_put(store, fd, KEY), ERR_CONFLICT);
	close(fd);
	ck_assert_int_eq(store_size(store, KEY, &bytes), ERR_OK);
	ck_assert_int_eq(bytes, 3);
}
END_TEST

START_TEST(folders_are_readable_for_the_group_whatever_the_umask)
{
	mode_t before = umask(0777);
	char path[64];
	struct stat s;

	put("abc", KEY);
	umask(before);
	snprintf(path, sizeof(path), "%s/ab/cd", folder);
	ck_assert_int_eq(stat(path, &s), 0);
	ck_assert_int_eq(s.st_mode & 07777, 0750);
	snprintf(path, sizeof(path), "%s/" KEY, folder);
	ck_assert_int_eq(stat(path, &s), 0);
	ck_assert_int_eq(s.st_mode & 07777, 0640);
}
END_TEST

struct seen {
	int count, stop_behind;
	char keys[8][STORE_KEY_SIZE];
	bool removes;
};

static enum err
see(void *arg, const struct store_item *item)
{
	struct seen *s = arg;

	snprintf(s->keys[s->count++], STORE_KEY_SIZE, "%s", item->key);
	ck_assert_int_eq(item->bytes, 3);
	ck_assert_int_gt(item->modified_s, 1600000000);
	if (s->removes)
		ck_assert_int_eq(store_remove(store, item->key), ERR_OK);
	return s->count == s->stop_behind ? ERR_GONE : ERR_OK;
}

START_TEST(all_that_has_a_key_is_listed_and_nothing_else)
{
	static const char *const keys[] = {
		"00/ff/0123456789abcdef0123456789ab",
		"ab/cd/0000000000000000000000000000",
		"ab/cd/ffffffffffffffffffffffffffff",
		"ff/00/0123456789abcdef0123456789ab",
	};
	struct seen seen = { 0 }, rest = { 0 }, stopped = { .stop_behind = 2 };
	char command[128];

	for (int i = COUNT(keys) - 1; i >= 0; i--)
		put("abc", keys[i]);
	snprintf(command, sizeof(command),
		 "cd %s && mkdir exports zz && touch exports/a.zip ab/cd/.hidden ab/x",
		 folder);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(store_each(store, "", see, &stopped), ERR_GONE);
	ck_assert_int_eq(stopped.count, 2);
	seen.removes = true;
	ck_assert_int_eq(store_each(store, "", see, &seen), ERR_OK);
	ck_assert_int_eq(seen.count, COUNT(keys));
	for (int i = 0; i < COUNT(keys); i++)
		ck_assert_str_eq(seen.keys[i], keys[i]);
	ck_assert_int_eq(store_each(store, "", see, &rest), ERR_OK);
	ck_assert_int_eq(rest.count, 0);
}
END_TEST

START_TEST(a_directory_that_is_away_says_nothing_about_its_files)
{
	char away[64];
	struct seen seen = { 0 };
	int64_t bytes;
	int fd;

	put("abc", KEY);
	snprintf(away, sizeof(away), "%s.away", folder);
	ck_assert_int_eq(rename(folder, away), 0);
	ck_assert_int_eq(store_make(store, &fd), ERR_BUSY);
	ck_assert_str_eq(strrchr(store_why(store), ' '), " there");
	ck_assert_int_eq(store_size(store, KEY, &bytes), ERR_BUSY);
	ck_assert_int_eq(store_open(store, KEY, &fd), ERR_BUSY);
	ck_assert_int_eq(store_remove(store, KEY), ERR_BUSY);
	ck_assert_int_eq(store_each(store, "", see, &seen), ERR_BUSY);
	ck_assert_int_eq(rename(away, folder), 0);
}
END_TEST

static const struct {
	int error;
	enum err e;
} meanings[] = {
	{ ENOSPC, ERR_FULL },	   { EDQUOT, ERR_FULL },      { EFBIG, ERR_FULL },
	{ ENOENT, ERR_NOT_FOUND }, { EACCES, ERR_FORBIDDEN }, { EROFS, ERR_FORBIDDEN },
	{ EIO, ERR_BUSY },	   { EMFILE, ERR_BUSY },
};

START_TEST(errors_of_files_can_be_told_apart)
{
	ck_assert_int_eq(store_errno(meanings[_i].error), meanings[_i].e);
}
END_TEST

Suite *
store_suite(void)
{
	Suite *s = suite_create("store");
	TCase *c = tcase_create("store");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, each_key_is_another_and_has_folders);
	tcase_add_loop_test(c, what_is_no_key_is_touched_nowhere, 0, COUNT(strange));
	tcase_add_test(c, what_was_put_is_there_until_it_is_removed);
	tcase_add_test(c, what_has_a_key_is_never_replaced);
	tcase_add_test(c, folders_are_readable_for_the_group_whatever_the_umask);
	tcase_add_test(c, all_that_has_a_key_is_listed_and_nothing_else);
	tcase_add_test(c, a_directory_that_is_away_says_nothing_about_its_files);
	tcase_add_loop_test(c, errors_of_files_can_be_told_apart, 0, COUNT(meanings));
	suite_add_tcase(s, c);
	return s;
}
