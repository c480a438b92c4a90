#ifndef HOB_API_VALUES_H
#define HOB_API_VALUES_H

#include "serve/request.h"

/* Values that handlers set for parameters of statements; routes.c has their names. */
enum {
	VALUE_NEW_PASSWORD_HASH = VALUE_PROGRAM,
	VALUE_NEW_TOKEN_HASH,
	VALUE_SESSION_ID,
	VALUE_LOGIN_USER_ID,
	VALUE_NETWORK,		/* HMAC of the caller's; see accounts.c */
	VALUE_PASSWORD_PROOF,	/* the given password hashed with the account's salt */
	VALUE_SYNC_MARK,	/* from a sync token; see sync.c */
	VALUE_SYNC_SINCE,
	VALUE_SYNC_SINCE_AT,
	VALUE_SYNC_HORIZON,
	VALUE_SYNC_HORIZON_AT,
	VALUE_SYNC_AFTER,
	VALUE_SYNC_LIMIT,
	VALUE_SYNC_OWN,
	VALUE_SHARE_CODE,
	VALUE_SHARE_CODE_HMAC,
	VALUE_FEED_HASH,	/* of the secret in a feed's address */
	VALUE_FEED_PATH,
	VALUE_IMPORT_IDS,	/* uuid[]: those that a file has */
	VALUE_ACCESS_TOKEN,	/* what stands in for a new access token: reply.h */
	VALUE_ACCESS_HINT,	/* its last characters */
	VALUE_ACCESS_HASH,
	VALUE_WEBHOOK_NONCE,
	VALUE_WEBHOOK_SECRET,	/* what stands in for it */
	VALUE_UNSUBSCRIBE_USER_ID,	/* of the token in a link of a mail */
	VALUE_UNSUBSCRIBE_KIND,
	VALUE_LETTER_TOKEN_HASH,	/* see letters.c */
	VALUE_LETTER_CODE_HASH,
	VALUE_EXPORT_PATH,	/* see exports.c */
	VALUE_EXPORT_FILE_ID,
	VALUE_FILES_ON,		/* what files hang on, "task"; see uploads.h */
	VALUE_FILES_ON_ID,
	VALUE_FILES_BYTES,	/* that are to come */
	VALUE_FILES,		/* those that came, as JSON */
	VALUE_FILES_HOST,
	VALUE_LINK_FILE_ID,	/* see downloads.c */
	VALUE_LINK_VARIANT,
	VALUE_LINK_ACCESS_ID,
	VALUE_PURCHASE_SUBSCRIPTION,	/* see purchases.c */
	VALUE_PURCHASE_ENVIRONMENT,
	VALUE_PURCHASE_LIFTS,
	VALUE_PURCHASE_NAMED,
	VALUE_PURCHASE_SEEN,
	VALUE_PURCHASE_EVENT,
	VALUE_PURCHASE_PROOF,
	VALUE_PURCHASE_PUSH,
	VALUE_END
};

/*
 * Schemes of authentication; routes.c has the table. A row that names none takes a session
 * and an access token.
 */
enum { SCHEME_SESSION, SCHEME_ACCESS, SCHEME_FEED, SCHEME_COUNT };

/* Stands before an access token when it is hashed. */
#define ACCESS_DOMAIN "access token"

/* Limits of Hob's own. */
enum {
	RATE_SHARE = RATE_PROGRAM,	/* wrong codes, by address and by account */
	RATE_FEED,			/* by calendar feed, for any caller */
	RATE_LETTER,			/* mails asked for, and wrong codes of them, by address and by account */
	RATE_UPLOAD,			/* bodies that are files, by account */
	RATE_PURCHASE			/* proofs of what the store has not spoken of, by address and by account */
};

#endif
