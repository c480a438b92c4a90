#ifndef HOB_T_SERVE_LAMPS_H
#define HOB_T_SERVE_LAMPS_H

#include <check.h>

#include "serve/request.h"

/* How callers of the program of lamps.c prove who they are: surface.schemes. */
enum { KEY, STAFF, SPARK, SCHEMES };
enum { VALUE_SPARK_HASH = VALUE_PROGRAM };

/* callers.c */
TCase *callers_case(void);

#endif
