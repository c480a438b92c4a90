#ifndef HOB_SERVE_HERITAGE_H
#define HOB_SERVE_HERITAGE_H

#include "confine/confine.h"
#include "core/str.h"
#include "model/config.h"
#include "model/settings.h"
#include "model/shared_block.h"
#include "redis/where.h"
#include "supervise/supervise.h"

/*
 * All that crosses the fork from the master to a worker. Connections do not: each
 * process opens its own after it was forked.
 */

enum {
	CURSOR_SECRET_SIZE = 32,
	REDIS_TIMEOUT_MS = 200,
	/* A turn of the relay waits for a second, or for Redis some REDIS_TIMEOUT_MS. */
	RELAY_BEAT_MS = 30000,
	EXIT_CONFIG = 78	/* EX_CONFIG: starting again will not help by itself */
};

struct gate;

struct heritage {
	struct config config;
	struct settings settings;	/* of which `config` is what is in force */
	struct shared *shared;
	struct gate *gate;		/* what brings the workers their requests */
	unsigned char cursor_secret[CURSOR_SECRET_SIZE];
};

/* What cursor.secret was made into; keys and seals are made of it. */
static inline struct str
heritage_secret(const struct heritage *h)
{
	return (struct str){ (const char *)h->cursor_secret, sizeof(h->cursor_secret) };
}

/* The Redis of the configuration, its name looked up by the relay's child. */
static inline struct redis_where
heritage_redis(const struct heritage *h)
{
	return (struct redis_where){ .address = h->config.redis_address,
				     .password = h->config.redis_password,
				     .ca_file = h->config.redis_ca,
				     .names = &h->shared->names };
}

struct child;
struct aide_self;

/* "hob-api" (surface.c). */
const char *program_name(void);
/* What the keys of its own settings begin with: "api". */
const char *program_keys(void);
/* These, of a configuration. */
const struct pool *program_pool(const struct config *c);
/* Writes the routes' labels into the shared block, for logs and `hob status` (surface.c). */
void routes_name(struct gate_board *board);
/* May a request of this route (-1: not known yet) have changed something? (surface.c) */
bool route_writes(int32_t index);
/* Its name in the SQL (surface.c). */
const char *route_statement_name(int32_t statement);
/* What the master shows on its status socket, given its heritage (pages.c). */
extern const struct status_page pool_pages[];
/* Runs a worker (loop.c). The result is its exit code. */
int worker_main(struct child *c, void *heritage);
/* Drops a child's rights before it serves (confine/confine.h), or dies (loop.c). */
void worker_confine(const struct heritage *h, enum confine_kept kept);
/* The relay, which receives the changes of other hosts (relay.c). Does not return. */
int relay_main(struct aide_self *self, void *heritage);

#endif
