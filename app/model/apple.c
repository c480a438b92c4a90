/*
 * apple.c: what the App Store signs: transactions, renewals and notifications, each a token by itself. Runs in workers,
 * and in runners of hob-jobs.
 */
#include "model/apple.h"

#include "core/clock.h"
#include "jws/chain.h"
#include "jws/unverified.h"
#include "model/stores.h"

/* Apple's marks: certificates for signing receipts, and the authority that issues them. */
#define LEAF_OID "1.2.840.113635.100.6.11.1"
#define ISSUER_OID "1.2.840.113635.100.6.2.1"

/* Of the settings that this process began with: others come with other processes. NULL: the file is gone. */
static const struct jws_roots *
load_roots(const struct config *c, const char **why)
{
	static struct jws_roots *roots;
	static char words[JWS_WHY_SIZE];

	if (roots == NULL)
		roots = jws_roots_load(c->stores_apple_root, words);
	*why = words;
	return roots;
}

/* When it claims to have been signed. */
static int64_t
signed_s(struct arena *a, struct str token)
{
	struct jws_unverified claim;

	return jws_peek(a, token, &claim)
		       ? stores_number(stores_object(a, claim.payload), "signedDate") /
				 1000
		       : 0;
}

/* *out is NULL unless it is proven. */
static enum err
prove(struct arena *a, const struct config *c, enum apple_when when, struct str token,
      const cJSON **out, const char **why)
{
	struct jws_trust trust = { load_roots(c, why), LEAF_OID, ISSUER_OID };
	struct jws_result result;
	int64_t at_s = when == APPLE_AS_SIGNED ? signed_s(a, token) : 0;

	*out = NULL;
	if (trust.roots == NULL)
		return ERR_INTERNAL;
	result = jws_verify_by_chain(a, token, &trust,
				     at_s > 0 ? at_s : clock_now_us() / 1000000);
	*why = result.why;
	if (result.verdict != JWS_VERIFIED)
		return ERR_UNAUTHORIZED;
	*out = stores_object(a, result.payload);
	*why = "its payload is no object";
	return *out != NULL ? ERR_OK : ERR_FORBIDDEN;
}

static enum err
check_app(const struct config *c, const cJSON *o, const char **why)
{
	const char *bundle = stores_text(o, "bundleId");

	*why = "it is for another app";
	return bundle != NULL && str_is(str_of(bundle), c->stores_apple_bundle_id)
		       ? ERR_OK
		       : ERR_FORBIDDEN;
}

static enum err
read_environment(const cJSON *o, bool *is_sandbox, const char **why)
{
	const char *environment = stores_text(o, "environment");

	*why = "it is of no environment that is taken";
	if (environment == NULL)
		return ERR_FORBIDDEN;
	*is_sandbox = str_is(str_of(environment), "Sandbox");
	return *is_sandbox || str_is(str_of(environment), "Production") ? ERR_OK
									: ERR_FORBIDDEN;
}

enum err
apple_read_transaction(struct arena *a, const struct config *c, enum apple_when when,
		       struct str token, struct apple_transaction *out, const char **why)
{
	const cJSON *o;
	const char *revocation, *ownership;
	enum err e = prove(a, c, when, token, &o, why);

	*out = (struct apple_transaction){ 0 };
	if (e == ERR_OK)
		e = check_app(c, o, why);
	if (e == ERR_OK)
		e = read_environment(o, &out->is_sandbox, why);
	if (e != ERR_OK)
		return e;
	revocation = stores_text(o, "revocationType");
	ownership = stores_text(o, "inAppOwnershipType");
	out->id = stores_text(o, "originalTransactionId");
	out->product = stores_text(o, "productId");
	out->named = stores_text(o, "appAccountToken");
	out->until_ms = stores_number(o, "expiresDate");
	out->signed_ms = stores_number(o, "signedDate");
	out->is_upgraded = cJSON_IsTrue(stores_member(o, "isUpgraded"));
	out->is_revoked = stores_number(o, "revocationDate") > 0;
	out->is_refund =
		revocation != NULL && str_starts(str_of(revocation), STR("REFUND"));
	out->is_shared = ownership != NULL && str_is(str_of(ownership), "FAMILY_SHARED");
	*why = "it is no transaction of a subscription";
	return out->id != NULL && out->product != NULL && out->until_ms > 0 &&
			       out->signed_ms > 0
		       ? ERR_OK
		       : ERR_NOT_FOUND;
}

enum err
apple_read_renewal(struct arena *a, const struct config *c, struct str token,
		   struct apple_renewal *out, const char **why)
{
	const cJSON *o;
	enum err e = prove(a, c, APPLE_NOW, token, &o, why);

	*out = (struct apple_renewal){ 0 };
	if (e != ERR_OK)
		return e;
	out->id = stores_text(o, "originalTransactionId");
	out->renews = stores_number(o, "autoRenewStatus") == 1;
	out->grace_ms = stores_number(o, "gracePeriodExpiresDate");
	out->signed_ms = stores_number(o, "signedDate");
	return ERR_OK;
}

/* What notifications are about; of the first alone there are transactions. */
static const struct {
	const char *name;
	bool has_environment;
} subjects[] = { { "data", true },
		 { "summary", true },
		 { "appData", true },
		 { "externalPurchaseToken", false } };

static enum err
read_subject(const struct config *c, const cJSON *event, struct apple_event *out,
	     const char **why)
{
	const size_t count = sizeof(subjects) / sizeof(subjects[0]);
	const cJSON *o = NULL;
	size_t i = 0;
	enum err e;

	while (i < count && (o = stores_member(event, subjects[i].name)) == NULL)
		i++;
	e = check_app(c, o, why);
	if (e == ERR_OK && subjects[i].has_environment)
		e = read_environment(o, &out->is_sandbox, why);
	if (e != ERR_OK)
		return e;
	out->transaction = stores_text(o, "signedTransactionInfo");
	*why = "it is for another app";
	return out->is_sandbox || c->stores_apple_app_id == 0 ||
			       stores_number(o, "appAppleId") == c->stores_apple_app_id
		       ? ERR_OK
		       : ERR_FORBIDDEN;
}

enum err
apple_read_event(struct arena *a, const struct config *c, struct str token,
		 struct apple_event *out, const char **why)
{
	const cJSON *o;
	enum err e = prove(a, c, APPLE_NOW, token, &o, why);

	*out = (struct apple_event){ 0 };
	if (e == ERR_OK)
		e = read_subject(c, o, out, why);
	if (e != ERR_OK)
		return e;
	out->id = stores_text(o, "notificationUUID");
	*why = "it has no identity";
	return out->id != NULL ? ERR_OK : ERR_FORBIDDEN;
}
