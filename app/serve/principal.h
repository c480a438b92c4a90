#ifndef HOB_SERVE_PRINCIPAL_H
#define HOB_SERVE_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "http/http.h"

/*
 * Who asks. A program lists the schemes by which callers prove who they are (surface.schemes), a row of a
 * route says which of them it takes; what the request brings becomes one principal, before any database is
 * asked. Statements are bound to it, limits count by it, and the API document has the same table.
 */

struct req;
struct route;

/* Where the credential stands. */
enum credential_place {
	CREDENTIAL_HEADER,	/* Authorization: Token <key>, or Bearer <key> */
	CREDENTIAL_COOKIE,	/* with a header beside it: a form of another site can send the cookie, not that */
	CREDENTIAL_PATH		/* for programs that can send nothing else */
};

/* What it looks like; anything else is refused without asking anybody. */
enum credential_form {
	CREDENTIAL_TOKEN,	/* crypto/token.h */
	CREDENTIAL_SECRET	/* CREDENTIAL_SECRET_BYTES of chance, as base64url */
};
enum { CREDENTIAL_SECRET_BYTES = 24, CREDENTIAL_SECRET_CHARS = 32 };

enum principal_kind {
	PRINCIPAL_NOBODY,	/* the row takes no scheme */
	PRINCIPAL_PERSON,	/* `enter` says who; counted by account, or by address until that is known */
	PRINCIPAL_HOLDER	/* who has the secret; counted by address, and all who have it by the secret */
};

/* What it may do at all; what of it is theirs, the statements know. */
enum right { RIGHT_READ = 1, RIGHT_WRITE = 2 };

struct scheme {
	const char *name;		/* in the document: "key"; NULL ends the table */
	enum credential_place place;
	const char *at;			/* the cookie, or the part of the path; NULL in Authorization */
	const char *proof;		/* the header beside a cookie: "X-Staff" */
	enum credential_form form;
	const char *suffix;		/* behind it: ".ics"; NULL: nothing */
	int value;			/* enum value that its hash becomes */
	/* :token_hash, :request_id: whose it is, as _user_id; 0: the row's own statement looks at it. */
	int enter;
	int rights;
	int rate;			/* by which a secret is counted; RATE_BY_METHOD: by none */
	const char *says;		/* in the document; NULL in a path, where that shows none */
};

/* A row takes the schemes of these bits; none said is the first, where somebody is to be known at all. */
#define TAKES(scheme) (1u << (scheme))

struct principal {
	enum principal_kind kind;
	const struct scheme *scheme;	/* NULL for nobody */
	int rights;
	const char *hash;		/* of the credential */
	struct str user_id;		/* after the pipeline ran, or known before */
	bool known;			/* ... from memory: cached.h */
	uint64_t account;		/* by which a person is counted; 0: it is not known whose the credential is */
	bool unproven;			/* ... so the address was counted, until `enter` has looked at it */
};

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
