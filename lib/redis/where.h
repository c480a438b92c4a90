#ifndef HOB_REDIS_WHERE_H
#define HOB_REDIS_WHERE_H

#include "core/strbuf.h"
#include "net/names.h"

/* Which Redis, and how to get in. All that is pointed to must outlive its users. */
struct redis_where {
	const char *address;		/* address.h says in which forms; "" is none */
	const char *password;		/* if the address has none; NULL or "": none */
	const char *ca_file;		/* who may vouch for a server by TLS; NULL or "": whom the system trusts */
	struct names *names;		/* knows the addresses of names; NULL: looks them up itself */
};

/*
 * What a sysadmin can do about an error that Redis answered, found anywhere in `text`; NULL
 * when nothing is known. The result is the same pointer for the same kind of error.
 */
const char *redis_advice(const char *text);

#endif
