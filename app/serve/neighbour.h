#ifndef HOB_SERVE_NEIGHBOUR_H
#define HOB_SERVE_NEIGHBOUR_H

#include "cache/touched.h"
#include "model/config.h"

/*
 * For a program that changes what another pool of this host remembers: that of api.run_dir. Other hosts, and this one
 * again, hear of it by Redis; here it is true at once, and where there is no Redis at all. Nothing when the program is
 * that pool itself, or it does not run here.
 */

/* Behind a commit and before the reply: it forgets what hangs on these keys. */
void neighbour_touched(const struct config *c, const struct touched *t);
/* An unknown change may have been committed: it forgets everything. Also in the master. */
void neighbour_doubt(const struct config *c);

#endif
