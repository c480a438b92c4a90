#ifndef HOB_NET_REACH_H
#define HOB_NET_REACH_H

#include <stdbool.h>
#include <sys/socket.h>

#include "core/str.h"

/*
 * Which addresses are of the public internet. What a stranger's URL leads to is held
 * against this twice: a literal address when the URL is stored, and the resolved peer
 * when it is called.
 */

/*
 * True for a global unicast address of either family, by the special-purpose registries
 * of IANA (RFC 6890): false for private, local, shared, documentation, benchmark,
 * translated and multicast ones, for IPv4 inside of IPv6, and for any other family.
 */
bool reach_is_public(const struct sockaddr *address);
/*
 * Reads an address as text: an IPv4 of four decimal parts, or an IPv6 without brackets and zone.
 * False when it is none.
 */
bool reach_parse(struct str text, struct sockaddr_storage *out);

#endif
