#ifndef HOB_MODEL_APPLE_H
#define HOB_MODEL_APPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "json/json.h"
#include "model/config.h"

/* What the App Store signs, proven by its root alone. Texts live in the arena; NULL: it has none. */
struct apple_transaction {
	const char *id;			/* of the subscription: originalTransactionId */
	const char *product, *named;	/* named: the account, appAccountToken */
	bool is_sandbox, is_upgraded, is_revoked, is_refund;
	bool is_shared;			/* by somebody of the family who has paid: it lifts nobody */
	int64_t until_ms, signed_ms;
};
struct apple_renewal {
	const char *id;
	bool renews;
	int64_t grace_ms, signed_ms;	/* grace_ms: 0 is none */
};
struct apple_event {
	const char *id;			/* notificationUUID */
	bool is_sandbox;
	const char *transaction;	/* signed by itself; NULL: it is about none */
};

/*
 * When the certificates must hold: now, for what Apple has just signed, or at the time of signing, which the signature
 * covers, for what phones have kept.
 */
enum apple_when { APPLE_NOW, APPLE_AS_SIGNED };

/*
 * ERR_OK, or *why says in words of ours why not:
 *   ERR_UNAUTHORIZED  Apple has not signed it
 *   ERR_FORBIDDEN     Apple has, for another app, or for no environment that is taken
 *   ERR_NOT_FOUND     Apple has, of a purchase that is no subscription
 *   ERR_INTERNAL      the root (stores.apple_root) cannot be read
 */
enum err apple_read_transaction(struct arena *a, const struct config *c, enum apple_when when, struct str token,
				struct apple_transaction *out, const char **why);
/* These two are as of now. */
enum err apple_read_renewal(struct arena *a, const struct config *c, struct str token, struct apple_renewal *out,
			    const char **why);
enum err apple_read_event(struct arena *a, const struct config *c, struct str token, struct apple_event *out,
			  const char **why);

#endif
