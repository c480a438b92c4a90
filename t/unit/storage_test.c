/*
 * storage_test.c: files that are there whole or not at all.
 */
#include "storage/storage.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *storage_suite(void);

static char folder[] = "/tmp/hob-storage.XXXXXX";

static void
set_up(void)
{
	snprintf(folder, sizeof(folder), "/tmp/hob-storage.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
tear_down(void)
{
	storage_remove(folder, "one");
	ck_assert_int_eq(rmdir(folder), 0);
}

static int
file_with(const char *text, size_t len)
{
	int fd = storage_make(folder);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	return fd;
}

static int
names(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int n = 0;

	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

START_TEST(storage_has_no_name_before_it_is_kept)
{
	int fd = file_with("abc", 3);

	ck_assert_int_eq(names(), 0);
	ck_assert_int_eq(storage_size(folder, "one"), -1);
	ck_assert_int_eq(storage_keep(folder, fd, "one"), ERR_OK);
	ck_assert_int_eq(storage_size(folder, "one"), 3);
	close(fd);
	fd = file_with("abcd", 4);
	close(fd);
	ck_assert_int_eq(names(), 1);
}
END_TEST

START_TEST(storage_is_read_by_its_group_and_nobody_else)
{
	int fd = file_with("abc", 3);
	struct stat s;

	ck_assert_int_eq(fstat(fd, &s), 0);
	ck_assert_int_eq(s.st_mode & 07777, 0640);
	close(fd);
}
END_TEST

static mode_t
mode_below(mode_t mode)
{
	char below[64];
	struct stat s;

	ck_assert_int_eq(chmod(folder, mode), 0);
	snprintf(below, sizeof(below), "%s/below", folder);
	ck_assert_int_eq(storage_directory(below), ERR_OK);
	ck_assert_int_eq(storage_directory(below), ERR_OK);
	ck_assert_int_eq(stat(below, &s), 0);
	ck_assert_int_eq(rmdir(below), 0);
	return s.st_mode & 07777;
}

START_TEST(storage_is_written_by_the_group_of_a_directory_that_users_share)
{
	struct stat s;
	int fd;

	ck_assert_int_eq(mode_below(02750), 02750);
	ck_assert_int_eq(mode_below(02775), 02775);
	fd = file_with("abc", 3);
	ck_assert_int_eq(fstat(fd, &s), 0);
	ck_assert_int_eq(s.st_mode & 07777, 0644);
	close(fd);
}
END_TEST

START_TEST(storage_keeps_the_first_of_a_name)
{
	int first = file_with("abc", 3), second = file_with("abcd", 4);

	ck_assert_int_eq(storage_keep(folder, first, "one"), ERR_OK);
	ck_assert_int_eq(storage_keep(folder, second, "one"), ERR_CONFLICT);
	ck_assert_int_eq(storage_size(folder, "one"), 3);
	close(first);
	close(second);
}
END_TEST

START_TEST(storage_says_why_it_failed)
{
	ck_assert_int_eq(storage_make("/nowhere"), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(storage_remove(folder, "none"), ERR_OK);
	ck_assert_int_eq(storage_remove("/proc", "version"), ERR_INTERNAL);
}
END_TEST

Suite *
storage_suite(void)
{
	Suite *s = suite_create("storage");
	TCase *c = tcase_create("storage");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, storage_has_no_name_before_it_is_kept);
	tcase_add_test(c, storage_is_read_by_its_group_and_nobody_else);
	tcase_add_test(c,
		       storage_is_written_by_the_group_of_a_directory_that_users_share);
	tcase_add_test(c, storage_keeps_the_first_of_a_name);
	tcase_add_test(c, storage_says_why_it_failed);
	suite_add_tcase(s, c);
	return s;
}
