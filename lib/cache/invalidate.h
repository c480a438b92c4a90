#ifndef HOB_CACHE_INVALIDATE_H
#define HOB_CACHE_INVALIDATE_H

#include "cache/remote.h"
#include "cache/touched.h"
#include "core/err.h"

/*
 * A change was committed: keys in; Redis, stamps and other hosts done, in the order that makes it safe
 * (remote.h, t/model). For workers, and for any program beside them: `r` needs a connection to Redis,
 * and the shared block of this host's pool if there is one that may be written. A program without it
 * names itself in r->host; the relay of this host hears it like one of another host.
 *
 * Call it after the commit and before anybody is told. Who may die in between has a master that says
 * cache_doubt then (shared.h), or runs again.
 */

/*
 *   ERR_OK    whoever asks on this host now learns of the change; other hosts within a second
 *   ERR_BUSY  Redis did not take it. With a shared block all of it is done here, and this host is in
 *             doubt: it will make all others forget everything, redis_why(r->redis) says what was
 *             wrong. Without one nobody knows yet: call it again.
 * Where there is no other host, nobody is in doubt.
 */
enum err cache_invalidate(struct remote *r, const struct touched *t);
/* The same of everything: nothing that anybody remembers counts. */
enum err cache_invalidate_all(struct remote *r);

#endif
