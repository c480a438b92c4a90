#ifndef HOB_CLI_PROGRESS_H
#define HOB_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The progress of a long job. On a terminal a bar that is redrawn, else a line at every
 * tenth, so that logs stay short.
 */
struct progress {
	FILE *to;
	const char *what; /* "households" */
	int64_t total;
	int64_t start_ms;
	bool terminal;
	int tenths; /* lines printed so far */
};

void progress_begin(struct progress *p, FILE *to, const char *what, int64_t total);
/* `done` of total, not decreasing; done == total ends it. */
void progress_show(struct progress *p, int64_t done);

#endif
