#ifndef HOB_NET_NAMES_H
#define HOB_NET_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

/*
 * The addresses of host names, in memory that all processes of a host share. A lookup may take as
 * long as a name server likes, so only one process looks up (names_serve); the others read what it
 * found last. A name that was never asked for is looked up at once, all of them again every two
 * seconds; while a lookup fails the last addresses stay.
 */
enum {
	NAMES_MAX = 32,			/* a name stays until the block is made anew */
	NAME_SIZE = 256,
	NAME_ADDRESSES = 8,
	NAME_ADDRESS_SIZE = 64,		/* IPv6 with its zone */
	NAMES_EVERY_MS = 2000
};

struct name_addresses {
	char text[NAME_ADDRESSES][NAME_ADDRESS_SIZE];
	int count;
};

struct name {
	uint32_t state;			/* free, being taken, or asked for */
	/* Counts what was found. found[version & 1] is the newest, the other is written next. */
	uint32_t version;
	int32_t failure;		/* of the last lookup, as getaddrinfo tells it */
	char text[NAME_SIZE];
	struct name_addresses found[2];
};

struct names {
	uint32_t asked;			/* changes with every new name; the server waits for it */
	struct name list[NAMES_MAX];
};

/* Is `host` something to be looked up, and not an address already? */
bool names_is_name(struct str host);
/*
 * Fills *out and returns true when the name's addresses are known. Else *why says why not, and
 * the name is looked up from now on: ask again. Never waits.
 */
bool names_find(struct names *n, struct str host, struct name_addresses *out,
		const char **why);
/* Looks up, by getaddrinfo, here and now. *why as above. */
bool names_look_up(struct str host, struct name_addresses *out, const char **why);
/* Looks up for all others, for ever. One process at a time. */
_Noreturn void names_serve(struct names *n);

#endif
