/*
 * verdict.c: the output of checks. Runs in every process that checks, the master too.
 */
#define HOB_MASTER
#include "model/verdict.h"

#include <errno.h>
#include <stdio.h>

#include "log/log.h"

bool
check_say(enum check_to to, const char *name, bool good, const char *why)
{
	if (to == CHECK_PRINT)
		printf("%-16s %s%s%s\n", name, good ? "ok" : "FAILED", why[0] ? ": " : "",
		       why);
	else if (to == CHECK_LOG && !good)
		log_say(LOG_ERROR, "reload_refused",
			"%s: %s; the old configuration stays", name, why);
	else if (!good)
		fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, name, why);
	return good;
}
