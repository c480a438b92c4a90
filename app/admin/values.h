#ifndef HOB_ADMIN_VALUES_H
#define HOB_ADMIN_VALUES_H

#include "serve/request.h"

/* Values that handlers set for parameters of statements; routes.c has their names. */
enum {
	VALUE_ADDRESS = VALUE_PROGRAM,	/* of the caller, as text */
	VALUE_AGENT,			/* what they call their browser */
	VALUE_REQUEST_ID,
	VALUE_LOGIN_STAFF_ID,
	VALUE_PASSWORD_PROOF,		/* the given password hashed with the account's salt */
	VALUE_TOTP_STEP,		/* of the code that was given; NULL: it is none */
	VALUE_RECOVERY_HMAC,		/* of the recovery code; NULL likewise */
	VALUE_SESSION_ID,
	VALUE_NEW_TOKEN_HASH,
	VALUE_OFFSET,			/* of a page: rows before it */
	VALUE_AFTER,			/* the id behind which a piece of an export begins */
	VALUE_PIECE,			/* how many rows it has */
	VALUE_FILTERS,			/* names of those by which it was chosen */
	VALUE_PASSWORD_HASH,		/* of new credentials */
	VALUE_TOTP_NONCE,
	VALUE_RECOVERY_HMACS,
	VALUE_END
};

/* Schemes of authentication; routes.c has the table. */
enum { SCHEME_STAFF, SCHEME_COUNT };

/* Stands before the cookie's token when it is hashed. */
#define STAFF_DOMAIN "staff"
#define STAFF_COOKIE "__Host-hob_staff"

/* Roles, lowest first; routes.c has their names. */
enum role_of_staff { ROLE_SUPPORT = 1, ROLE_EDITOR, ROLE_ADMIN };

#endif
