#ifndef HOB_CLI_SWEEP_H
#define HOB_CLI_SWEEP_H

#include <stdbool.h>

#include "cli/pg.h"

/*
 * Makes missing future partitions; the last step of `hob migrate`. Each is a transaction
 * of its own that gives up rather than let requests wait (told on stderr, and left to the
 * next run). False: some were left.
 */
bool sweep_ahead(struct pg *pg);

#endif
