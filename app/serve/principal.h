#ifndef HOB_SERVE_PRINCIPAL_H
#define HOB_SERVE_PRINCIPAL_H

#include "core/err.h"
#include "core/str.h"
#include "serve/scheme.h"

/* Finding the principal of a request, by the schemes that its row takes: scheme.h. */

struct req;
struct route;

/* Does the route need a session? */
bool route_is_signed(const struct route *route);
/* The schemes that a row takes, as bits of TAKES. */
unsigned route_schemes(const struct route *route);
/* The right that a caller needs. */
enum right route_right(const struct route *route);
/*
 * Fills r->principal, after r->match. ERR_UNAUTHORIZED when no well-formed credential is
 * there, ERR_NOT_FOUND when it belongs in the path; ERR_FORBIDDEN when it does not allow
 * the method, or, explained on `r`, when its scheme has words for a row that does not take it.
 */
enum err principal_identify(struct req *r);
/*
 * Has a page of our own sent this, as far as a browser can tell? For what begins a session by a cookie: the header beside it is
 * there, and no Origin but ours. Else ERR_FORBIDDEN, explained; with a cookie principal_identify has asked.
 */
enum err principal_own_page(struct req *r, const struct scheme *s);
/* What it says then: codes header_needed and foreign_origin. */
extern const char principal_header_needed[], principal_foreign_origin[];
/* The reason why a row and its schemes do not fit, as a sentence's end; NULL: they do. */
const char *principal_misfit(const struct route *route);

/* The caller's network: an IPv4 address, or the /64 of an IPv6 one, as bytes. */
struct str principal_network(struct req *r);
/* The account, as bytes; only while that is known. */
struct str principal_account(const struct req *r);
/* The key under which the request is counted: the account, or else the network. */
struct str principal_counted(struct req *r);
/*
 * The payer of the database's work: the account, or the holder of the secret; STR_NONE:
 * unknown.
 */
struct str principal_payer(const struct req *r);

/* Adds the challenges of a 401; and the request headers that an answer varies with. */
void principal_challenge(struct req *r);
const char *principal_vary(struct req *r);

#endif
