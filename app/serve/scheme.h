#ifndef HOB_SERVE_SCHEME_H
#define HOB_SERVE_SCHEME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

/*
 * Authentication. A program lists the schemes by which callers prove who they are
 * (surface.schemes), a route's row says which of them it takes; the credential of a
 * request becomes one principal, before any database is asked. Statements are bound to
 * it, limits count by it, and the API document has the same table.
 */

/* The place of the credential. */
enum credential_place {
	CREDENTIAL_HEADER,	/* Authorization: Token <key>, or Bearer <key> */
	CREDENTIAL_COOKIE,	/* with a header beside it: a form of another site can send the cookie, not that */
	CREDENTIAL_PATH		/* for programs that can send nothing else */
};

/* Its form; any other is refused without asking the database. */
enum credential_form {
	CREDENTIAL_TOKEN,	/* of a session: crypto/token.h */
	CREDENTIAL_ACCESS,	/* an access token: crypto/token.h */
	CREDENTIAL_SECRET	/* CREDENTIAL_SECRET_BYTES random bytes, as base64url */
};
enum { CREDENTIAL_SECRET_BYTES = 24, CREDENTIAL_SECRET_CHARS = 32 };

enum principal_kind {
	PRINCIPAL_NOBODY,	/* the row takes no scheme */
	PRINCIPAL_PERSON,	/* `enter` says who; counted by account, or by address until that is known */
	PRINCIPAL_HOLDER	/* counted by address, and with all holders by secret */
};

/* The rights of a scheme; the statements check ownership, and of which rows. */
enum right { RIGHT_READ = 1, RIGHT_WRITE = 2 };

struct scheme {
	const char *name;		/* in the document: "key"; NULL ends the table */
	enum credential_place place;
	const char *at;			/* the cookie, or the part of the path; NULL in Authorization */
	const char *proof;		/* the header beside a cookie: "X-Staff" */
	const char *reason;		/* the header that says why they ask, percent-encoded; NULL: none is asked for */
	enum credential_form form;
	const char *suffix;		/* behind it: ".ics"; NULL: nothing */
	/* Stands before the credential when it is hashed, so that no other scheme takes it, also not from a
	 * cache; NULL: nothing. */
	const char *domain;
	int value;			/* enum value that its hash becomes */
	/*
	 * :token_hash, :request_id, :address, :reason (in this order, the last two if they are wanted): whose it is, as
	 * _user_id, and what it is narrowed to, as _within; 0: the row's own statement looks at it.
	 */
	int enter;
	int rights;
	/* Behind `enter`, before anything is written: refuses a credential that may only read; 0: none is so. */
	int may_write;
	const char *read_only;		/* the code of refusals[] with which it does */
	const char *elsewhere;		/* to say where a row does not take it; NULL: as if there were none */
	int rate;			/* by which a secret is counted; RATE_BY_METHOD: by none */
	const char *says;		/* in the document; NULL in a path, where that shows none */
};

/*
 * A row takes the schemes of these bits; 0 are those of surface.takes, where a caller is
 * needed at all.
 */
#define TAKES(scheme) (1u << (scheme))

struct principal {
	enum principal_kind kind;
	const struct scheme *scheme;	/* NULL without one */
	int rights;
	const char *hash;		/* of the credential */
	const char *reason;		/* why they ask; NULL: they do not say */
	struct str user_id;		/* after the pipeline ran, or known before */
	struct str locale;		/* of the account, as user_id; STR_NONE when nobody has one */
	const char *within;		/* what it is narrowed to, for the statements; NULL: nothing; with user_id */
	bool known;			/* ... from memory: cached.h */
	uint64_t account;		/* by which a person is counted; 0: it is not known whose the credential is */
	bool unproven;			/* ... so the address was counted, until `enter` has looked at it */
};

#endif
