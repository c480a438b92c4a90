/*
 * unit_tests.c: runs every unit suite. The list is made by the Makefile from the files
 * in this folder: t/unit/NAME_test.c defines NAME_suite(). CK_RUN_SUITE=NAME runs one.
 */
#include <check.h>
#include <stdlib.h>

void add_suites(SRunner *r);

int
main(void)
{
	SRunner *r = srunner_create(NULL);
	int failed;

	add_suites(r);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
