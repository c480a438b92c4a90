/*
 * advice.c: errors of Redis, and advice for each. The words are those of Redis 6 and 7.
 * Runs everywhere.
 */
#include <string.h>

#include "redis/where.h"

const char *
redis_advice(const char *text)
{
	/* clang-format off */
	static const struct {
		const char *sign, *advice;
	} known[] = {
		{ "WRONGPASS", "user or password are wrong: see redis.address and redis.password" },
		{ "invalid password", "the password is wrong: see redis.password" },
		{ "without any password", "it wants no password: take redis.password away" },
		{ "no password is set", "it wants no password: take redis.password away" },
		{ "NOAUTH", "it wants a password: set redis.password" },
		{ "NOPERM", "its user may not do that: doc/tuning.md names the rights" },
		{ "DENIED", "it is in protected mode: give it a password and set redis.password" },
		{ "READONLY", "it is a replica: redis.address must name the primary" },
		{ "MASTERDOWN", "it is a replica: redis.address must name the primary" },
		{ "MISCONF", "it cannot save to disk: mend that, or set stop-writes-on-bgsave-error no" },
		{ "NOREPLICAS", "it has too few replicas: see its min-replicas-to-write" },
		{ "OOM", "its memory is full: raise maxmemory, or set maxmemory-policy allkeys-lru" },
		{ "LOADING", "it is reading its data: it will be there soon" },
		{ "max number of clients", "raise its maxclients" },
		{ "DB index", "it has no database of that number: see redis.address" },
		{ "MOVED", "a cluster is not supported: name a single Redis" },
		{ "CLUSTERDOWN", "a cluster is not supported: name a single Redis" },
		{ "unknown command", "it does not know or forbids a command that Hob needs" },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(text, known[i].sign) != NULL)
			return known[i].advice;
	return NULL;
}
