#ifndef HOB_T_SERVE_LAMPS_H
#define HOB_T_SERVE_LAMPS_H

#include <check.h>

#include "serve/request.h"

/* The schemes of lamps.c: surface.schemes. */
enum { KEY, STAFF, SPARK, ACCESS, SCHEMES };
enum { VALUE_SPARK_HASH = VALUE_PROGRAM };

/* callers.c */
TCase *callers_case(void);
/* neighbour.c */
TCase *neighbour_case(void);
/* lists.c */
TCase *lists_case(void);

#endif
