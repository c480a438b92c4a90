#ifndef HOB_SERVE_PROBLEMS_H
#define HOB_SERVE_PROBLEMS_H

#include "core/err.h"

/* How an error is answered. */
struct problem {
	int status;
	const char *code, *title, *detail; /* English; language.c has the others */
	int retry_after_s;
};

/* The one of `e`; all zero for what is no failure. */
const struct problem *problem_of(enum err e);
/* The title of `e`, or the one that `code` (NULL: none) has of its own. English. */
const char *problem_title(enum err e, const char *code);

#endif
