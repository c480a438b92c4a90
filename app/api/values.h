#ifndef HOB_API_VALUES_H
#define HOB_API_VALUES_H

#include "serve/request.h"

/* What handlers set for parameters of statements; routes.c has their names. */
enum {
	VALUE_NEW_PASSWORD_HASH = VALUE_PROGRAM,
	VALUE_NEW_TOKEN_HASH,
	VALUE_SESSION_ID,
	VALUE_LOGIN_USER_ID,
	VALUE_NETWORK,		/* HMAC of the caller's; see accounts.c */
	VALUE_PASSWORD_PROOF,	/* what the password given comes to under the account's salt */
	VALUE_SYNC_MARK,	/* what a sync token says; see sync.c */
	VALUE_SYNC_SINCE,
	VALUE_SYNC_SINCE_AT,
	VALUE_SYNC_HORIZON,
	VALUE_SYNC_HORIZON_AT,
	VALUE_SYNC_AFTER,
	VALUE_SYNC_LIMIT,
	VALUE_SHARE_CODE,
	VALUE_SHARE_CODE_HMAC,
	VALUE_FEED_HASH,	/* of the secret in a feed's address */
	VALUE_FEED_PATH,
	VALUE_IMPORT_IDS,	/* uuid[]: those that a file has */
	VALUE_END
};

/* How callers prove who they are; routes.c has the table. The first is the one of a row that says none. */
enum { SCHEME_SESSION, SCHEME_FEED, SCHEME_COUNT };

/* Limits of Hob's own. */
enum {
	RATE_SHARE = RATE_PROGRAM,	/* wrong codes, by address and by account */
	RATE_FEED			/* by calendar feed, whoever asks */
};

#endif
