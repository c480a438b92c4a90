#ifndef HOB_CLI_APPLY_H
#define HOB_CLI_APPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/pg.h"
#include "cli/watch.h"
#include "schema.h"

/* One run of `hob migrate`, and the state of the database. */
struct run {
	struct pg *pg;
	struct watch watch;
	int64_t wait_ms;	/* so long it goes on trying to get a lock */
	int applied;		/* migrations that are done */
	int good_for;
	bool begun;		/* the one behind them is begun and not done */
	bool stale[FUNCTIONS_MOST];	/* files of sql/functions that differ from what was applied */
	int stale_count;
	int functions_version;	/* of the newest program that applied some; 0: none did */
};

/*
 * Applies a migration that is not noted as done, in one transaction or, when it says so,
 * outside of any. False: it failed; the failure and its remains are on stderr.
 */
bool apply_migration(struct run *r, const struct migration *m);
/*
 * Applies the stale files of sql/functions, all in one transaction, and notes that all of
 * them are those of this program. False: nothing was changed; the reason is on stderr.
 */
bool apply_functions(struct run *r);

#endif
