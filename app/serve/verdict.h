#ifndef HOB_SERVE_VERDICT_H
#define HOB_SERVE_VERDICT_H

#include <stdbool.h>

/* Where checks say what they found: all on stdout; or what failed, in the log of a reload or on stderr. */
enum check_to { CHECK_PRINT, CHECK_LOG, CHECK_COMPLAIN };
/* Says it of one check; returns `good`. */
bool check_say(enum check_to to, const char *name, bool good, const char *why);

#endif
