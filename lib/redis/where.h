#ifndef HOB_REDIS_WHERE_H
#define HOB_REDIS_WHERE_H

#include "core/strbuf.h"
#include "net/names.h"

/* The address of a Redis and the login. All pointers must outlive its users. */
struct redis_where {
	const char *address;		/* address.h says in which forms; "" is none */
	const char *password;		/* if the address has none; NULL or "": none */
	const char *ca_file;		/* CAs trusted for TLS; NULL, "": the system's */
	struct names *names;		/* knows the addresses of names; NULL: looks them up itself */
};

/*
 * Advice for a sysadmin on an error that Redis answered, found anywhere in `text`; NULL
 * when there is none. The result is the same pointer for the same kind of error.
 */
const char *redis_advice(const char *text);

#endif
