/* parts_test.c: more parts of a request than there is room for. */
#include "serve/parts.h"

#include <check.h>

Suite *parts_suite(void);

START_TEST(a_part_without_room_ends_the_process)
{
	struct req whole = { 0 };
	struct parts parts;
	struct arena a;

	arena_init(&a, 4096);
	whole.arena = &a;
	parts_init(&whole, &parts, 0);
	part_begin(&whole, &parts, HTTP_POST, "/api/tasks");
}
END_TEST

Suite *
parts_suite(void)
{
	Suite *s = suite_create("parts");
	TCase *t = tcase_create("room");

	tcase_add_exit_test(t, a_part_without_room_ends_the_process, 70);
	suite_add_tcase(s, t);
	return s;
}
