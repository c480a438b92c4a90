#ifndef HOB_CLI_TURN_H
#define HOB_CLI_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/pg.h"

/*
 * One at a time: whoever changes the schema or seeds holds an advisory lock of its session, so that
 * it ends with the session, however that ends. It is tried and not waited for: a statement that
 * waits has a snapshot, for which CREATE INDEX CONCURRENTLY in another session would wait.
 */

/* True once it is our turn; tries for `wait_ms` and says who has it. False: told why not. */
bool turn_take(struct pg *pg, int64_t wait_ms);

#endif
