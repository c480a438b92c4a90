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

	/* Instead of 4 s, which a test may take on a busy machine: the limit is there to end a hang. */
	setenv("CK_DEFAULT_TIMEOUT", "60", 0);
	add_suites(r);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
