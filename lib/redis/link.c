/*
 * link.c: from an address to a connection. Runs in workers and in the relay.
 */
#include "redis/link.h"

#include <string.h>
#include <sys/time.h>

#include "core/str.h"

enum { HOST_SIZE = 256 };

/* "host:port" or "[v6]:port"; NULL when it is neither. */
static redisContext *
connect_tcp(const char *address, struct timeval timeout)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - address);
	char host[HOST_SIZE];
	int64_t port;

	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(host) || !str_to_i64(str_of(colon + 1), &port) ||
	    port < 1 || port > 65535)
		return NULL;
	memcpy(host, address, len);
	host[len] = '\0';
	return redisConnectWithTimeout(host, (int)port, timeout);
}

redisContext *
redis_connect(const char *address, int timeout_ms)
{
	struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	redisContext *link = address[0] == '/'
				     ? redisConnectUnixWithTimeout(address, timeout)
				     : connect_tcp(address, timeout);

	if (link != NULL && link->err == 0)
		redisSetTimeout(link, timeout);
	return link;
}
