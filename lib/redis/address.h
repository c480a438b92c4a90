#ifndef HOB_REDIS_ADDRESS_H
#define HOB_REDIS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/strbuf.h"

/*
 * The address of a Redis and the login, from one of
 *   /run/redis.sock                                a unix socket's path
 *   unix://[user[:password]@]/run/redis.sock[?db=number]
 *   host:port, [v6]:port                           TCP
 *   redis://[user[:password]@]host[:port][/number] TCP, port 6379 when none is named
 *   rediss://...                                   the same inside TLS
 * User and password may hold %XX. The password of a user alone is set elsewhere.
 */
enum {
	REDIS_HOST_SIZE = 256,
	REDIS_PATH_SIZE = 108,		/* sun_path */
	REDIS_WORD_SIZE = 256,
	REDIS_PORT = 6379,
	REDIS_DATABASE_MAX = 1000000
};

struct redis_address {
	char host[REDIS_HOST_SIZE];	/* "" for a unix socket */
	char path[REDIS_PATH_SIZE];
	char user[REDIS_WORD_SIZE];	/* "": the default user */
	char password[REDIS_WORD_SIZE];	/* "": none */
	int port, database;
	bool tls;
};

/* False when `text` is of none of these forms. */
bool redis_address_parse(const char *text, struct redis_address *out);
/* The text without user and password, for logs; whatever form it has. */
void redis_address_show(const char *text, struct strbuf *out);

#endif
