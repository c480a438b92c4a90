#ifndef HOB_CACHE_INVALIDATION_H
#define HOB_CACHE_INVALIDATION_H

#include "cache/remote.h"
#include "cache/touched.h"
#include "core/err.h"

/*
 * Invalidates the keys of a committed change in Redis, in the stamps and on other hosts,
 * in the safe order (remote.h, t/model). For workers, and for other programs: `r` needs a
 * connection to Redis, and the shared block of this host's pool if there is one that it
 * may write. A program without it names itself in r->host; the relay of this host hears
 * it like another host.
 *
 * Call it after the commit and before the reply. A caller that may die in between has a
 * master that calls cache_doubt then (shared.h), or runs again.
 */

/*
 *   ERR_OK    reads see the change: on this host from now on, on others within a second
 *   ERR_BUSY  Redis did not take it, see redis_why(r->redis). With a shared block it is
 *             done here, and this host is in doubt: it will make all others invalidate
 *             everything. Without one no host knows yet: call it again.
 * A host that is alone is never in doubt.
 */
enum err cache_invalidate(struct remote *r, const struct touched *t);
/* The same for everything: every cached entry of every host. */
enum err cache_invalidate_all(struct remote *r);

#endif
