/* kinds.c: the kinds of jobs, a row for each. Runs in runners. */
#include "jobs/runner.h"

/* clang-format off */
const struct kind kinds[] = {
	{ "probe",   200,  30, probe_run },
	{ "sweep",     1, 300, sweep_run },
	{ "webhook",   1, 600, webhook_run },
};
/* clang-format on */

const int kind_count = sizeof(kinds) / sizeof(kinds[0]);
