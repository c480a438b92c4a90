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
/* The title of that problem, or of a code that has another in surface.titles. `code` may be NULL. */
const char *problem_title(const struct problem *p, const char *code);

#endif
