#ifndef HOB_CLI_STATUS_JOBS_H
#define HOB_CLI_STATUS_JOBS_H

#include "cli/cli.h"
#include "json/json.h"

/* What hob-jobs does on this host, and what waits for it on any, as its planner counted last. */
void status_jobs_print(const struct config *c);
/* The same as a value; null when it never ran here. */
void status_jobs_add(const struct config *c, struct json_writer *w);

#endif
