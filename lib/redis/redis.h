#ifndef HOB_REDIS_REDIS_H
#define HOB_REDIS_REDIS_H

#ifdef HOB_MASTER
#error "the master holds no Redis connection: see app/serve/heritage.h"
#endif

#include <stdbool.h>

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "redis/where.h"

/*
 * One Redis connection of one process, for commands. Redis may be away, slow or empty at
 * any time: after a failure it is left alone for a second, and every call returns
 * ERR_BUSY at once. No request may fail because of that.
 */
struct redis;

/* Does not connect. Logging in and every pipeline have `timeout_ms` each. */
struct redis *redis_new(const struct redis_where *where, int timeout_ms);
void redis_free(struct redis *r);
/*
 * A silent link that had no reply for `idle_ms` counts as dropped by a router, and is
 * made anew; a silent link that was used since counts as a server that hangs. 30 s unless
 * a test sets it.
 */
void redis_set_idle(struct redis *r, int idle_ms);

/*
 * A pipeline: begin, queue commands (the words are copied), run. After the first failure
 * no further commands are sent. An error among the replies (out of memory, loading,
 * read-only) counts as away too: the command was not done.
 */
enum { REDIS_QUEUE_MAX = 128, REDIS_WORDS_MAX = 128 };
void redis_begin(struct redis *r);
void redis_queue(struct redis *r, int count, const struct str *words);
/*
 * One round trip.
 *   ERR_OK      every command was done
 *   ERR_CLOSED  the link had been in use before and has broken, perhaps while idle.
 *               Some may be done. Begin and queue again commands that may be done twice:
 *               they have a new link, perhaps to another server. REDIS_TRIES in all
 *   ERR_BUSY    it is away. Some may be done
 */
enum { REDIS_TRIES = 2 };
enum err redis_run(struct redis *r);
/*
 * The reply to the command queued as number `index` (0..) of a run that was ERR_OK, or an
 * item of it when it is a list; STR_NONE for null and for numbers. Lives until redis_begin.
 */
struct str redis_text(const struct redis *r, int index);
struct str redis_item(const struct redis *r, int index, size_t item);

/* PING. ERR_OK or ERR_BUSY. */
enum err redis_ping(struct redis *r);
/*
 * Counts connections: a fact about the server of an earlier one may be untrue of this
 * one.
 */
unsigned redis_links(const struct redis *r);
/*
 * Was the last failure an error from the server (a wrong password, a replica), and not
 * silence?
 */
bool redis_refused(const struct redis *r);
/* The last failure in words, and what helps. Never NULL, and without secrets. */
const char *redis_why(const struct redis *r);

#endif
