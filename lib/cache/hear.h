#ifndef HOB_CACHE_HEAR_H
#define HOB_CACHE_HEAR_H

#include <stdbool.h>

#include "cache/remote.h"
#include "redis/subscriber.h"

/*
 * Receives the changes of other hosts and invalidates the keys here. Each message names
 * its host and the keys that changed there; they are touched in the shared block. It
 * renews the host's lease (cache_heard). While the lease is not fresh, or nothing can be
 * received or published, no cached entry of this host is valid, and older ones stay
 * invalid afterwards. One process of a host.
 */
struct hearing {
	struct remote remote;
	struct subscriber *subscriber;
	bool on;		/* subscribed: messages are received */
	bool told;		/* HEARING_AWAY was returned */
	const char *advice;	/* returned with it; NULL: none */
};

enum hearing_news {
	HEARING_NOTHING,
	HEARING_BEGAN,		/* from now on changes are received */
	HEARING_AWAY		/* they are not, *why says why: once, and again when a
				 * sysadmin has something new to do (redis_advice) */
};

/* All strings must outlive it, `s` is this host's. Does not connect. */
void hearing_init(struct hearing *h, const struct redis_where *where, int timeout_ms,
		  struct cache_shared *s);
/*
 * Receives the next message, or waits 250 ms for one; connects first when there is no
 * link. Returns at once while it is not `on`: pause before the next call.
 */
enum hearing_news hearing_step(struct hearing *h, const char **why);

#endif
