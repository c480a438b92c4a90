#ifndef HOB_MODEL_VERDICT_H
#define HOB_MODEL_VERDICT_H

#include <stdbool.h>

/*
 * The output of checks: all on stdout, or failures in the log of a reload or on stderr.
 */
enum check_to { CHECK_PRINT, CHECK_LOG, CHECK_COMPLAIN };
/* Reports one check; returns `good`. */
bool check_say(enum check_to to, const char *name, bool good, const char *why);

#endif
