#ifndef HOB_API_ACCOUNTS_H
#define HOB_API_ACCOUNTS_H

#include "serve/request.h"

/* Passwords, for the routes that prove or set one. */

/* Hashes `password` into VALUE_NEW_PASSWORD_HASH. ERR_BUSY when too many others do. */
enum err account_hash(struct req *r, const char *password);
/* A statement for which the caller gives their password once more. */
struct guarded {
	const char *password;		/* the field that has it */
	const char *new_password;	/* the field of one that takes its place; NULL: none */
	int statement;			/* binds password_proof, and new_password_hash where there is one */
	int index;			/* out: of its rows */
};

/* Proves the password and runs it. Wrong ones count, and are answered 403 wrong_password. */
enum err account_run_guarded(struct req *r, struct guarded *g);

#endif
