/*
 * Included before every file (-include): functions that have a safer way here.
 * Copying and printing: strbuf, arena_printf, snprintf. Numbers: str_to_i64.
 * Time: core/clock.h and core/date.h. Chance: core/rand.h.
 */
#ifndef HOB_CORE_BANNED_H
#define HOB_CORE_BANNED_H

/* Their own declarations must come before the poison. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok
#pragma GCC poison atoi atol atoll atof gmtime localtime ctime asctime
#pragma GCC poison srand random srandom
/* OpenSSL's headers name parameters so; only the call is refused. clang wants that said earlier. */
#ifndef __clang__
int rand(void) __attribute__((error("use core/rand.h")));
#endif

#endif
