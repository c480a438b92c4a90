#ifndef HOB_CLI_TURN_H
#define HOB_CLI_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/pg.h"

/*
 * One at a time: a command that changes the schema or seeds holds an advisory lock of its
 * session, which ends with the session in any case. It is tried and not waited for: a
 * statement that waits has a snapshot, for which CREATE INDEX CONCURRENTLY in another
 * session would wait.
 */

/*
 * True once the lock is ours; tries for `wait_ms` and tells who has it. False: told why
 * not.
 */
bool turn_take(struct pg *pg, int64_t wait_ms);

#endif
