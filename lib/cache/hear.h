#ifndef HOB_CACHE_HEAR_H
#define HOB_CACHE_HEAR_H

#include <stdbool.h>

#include "cache/remote.h"
#include "redis/subscriber.h"

/*
 * Hears what other hosts have changed, and has it forgotten here. Each message names who speaks and the
 * keys that changed there; they are touched in the shared block. It renews the host's lease
 * (cache_heard); while that is not fresh, or nothing can be heard or said, nothing that is remembered
 * here counts, and whatever was remembered before is void afterwards. One process of a host.
 */
struct hearing {
	struct remote remote;
	struct subscriber *subscriber;
	bool on;		/* what is said now is heard */
	bool told;		/* HEARING_AWAY was returned */
	const char *advice;	/* that belonged to it; NULL: none */
};

enum hearing_news {
	HEARING_NOTHING,
	HEARING_BEGAN,		/* from now on changes are heard */
	HEARING_AWAY		/* they are not, *why says why: once, and again when it wants something
				 * of a sysadmin (redis_advice) that it had not wanted before */
};

/* All strings must outlive it, `s` is this host's. Does not connect. */
void hearing_init(struct hearing *h, const struct redis_where *where, int timeout_ms,
		  struct cache_shared *s);
/*
 * Hears the next message, or waits for one, a quarter of a second at most; connects first when there is
 * no link. While it is not `on` it returns at once: pause before the next.
 */
enum hearing_news hearing_step(struct hearing *h, const char **why);

#endif
