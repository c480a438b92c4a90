#ifndef HOB_SERVE_PRINCIPAL_H
#define HOB_SERVE_PRINCIPAL_H

#include "core/err.h"
#include "core/str.h"
#include "serve/scheme.h"

/* Finding the principal of a request, by the schemes that its row takes: scheme.h. */

struct req;
struct route;

/* Is it only for a person who is known? */
bool route_is_signed(const struct route *route);
/* Those that a row takes, as bits of TAKES. */
unsigned route_schemes(const struct route *route);
/*
 * Fills r->principal, after r->match. ERR_UNAUTHORIZED when no credential is there in its form, ERR_NOT_FOUND when
 * it were to stand in the path; ERR_FORBIDDEN when it is not good for the method.
 */
enum err principal_identify(struct req *r);
/* Why a row and the schemes it takes do not go together, as a sentence's end; NULL: they do. */
const char *principal_misfit(const struct route *route);

/* The caller's network: an IPv4 address, or the /64 of an IPv6 one, as bytes. */
struct str principal_network(struct req *r);
/* The account, as bytes; only while that is known. */
struct str principal_account(const struct req *r);
/* By whom what is asked for is counted: the account, or else the network. */
struct str principal_counted(struct req *r);
/* For whom the database works: the account, or who has the secret; STR_NONE: nobody known. */
struct str principal_payer(const struct req *r);

/* The challenges of a 401, and what of the request an answer varies with. */
void principal_challenge(struct req *r);
const char *principal_vary(struct req *r);

#endif
