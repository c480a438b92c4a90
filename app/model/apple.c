/*
 * apple.c: what the App Store signs: transactions, renewals and notifications, each a token by itself. Runs in workers,
 * and in runners of hob-jobs.
 */
#include "model/apple.h"

#include "core/clock.h"
#include "jws/unverified.h"
#include "model/stores.h"

/* Apple's marks: certificates for signing receipts, and the authority that issues them. */
#define LEAF_OID "1.2.840.113635.100.6.11.1"
#define ISSUER_OID "1.2.840.113635.100.6.2.1"

/*
 * Certificates must hold at the time of signing, which the signature covers: what was signed long ago is still good.
 * *out is NULL unless it is proven.
 */
static enum err
prove(struct arena *a, const struct jws_roots *roots, struct str token, const cJSON **out,
      const char **why)
{
	const struct jws_trust trust = { roots, LEAF_OID, ISSUER_OID };
	int64_t at_s = clock_now_us() / 1000000;
	struct jws_unverified claim;
	struct jws_result result;
	const cJSON *claimed;

	*out = NULL;
	claimed = jws_peek(a, token, &claim) ? stores_object(a, claim.payload) : NULL;
	if (claimed != NULL && stores_ms(claimed, "signedDate") > 0)
		at_s = stores_ms(claimed, "signedDate") / 1000;
	result = jws_verify_by_chain(a, token, &trust, at_s);
	*why = result.why;
	if (result.verdict != JWS_VERIFIED)
		return ERR_UNAUTHORIZED;
	*out = stores_object(a, result.payload);
	*why = "its payload is no object";
	return *out != NULL ? ERR_OK : ERR_FORBIDDEN;
}

/* Of which app and which environment. */
static enum err
place(const struct config *c, const cJSON *o, bool *is_sandbox, const char **why)
{
	const char *bundle = stores_text(o, "bundleId"),
		   *environment = stores_text(o, "environment");

	*why = "it is for another app";
	if (bundle == NULL || !str_is(str_of(bundle), c->stores_apple_bundle_id))
		return ERR_FORBIDDEN;
	*why = "it is of no environment that is taken";
	if (environment == NULL)
		return ERR_FORBIDDEN;
	*is_sandbox = str_is(str_of(environment), "Sandbox");
	return *is_sandbox || str_is(str_of(environment), "Production") ? ERR_OK
									: ERR_FORBIDDEN;
}

enum err
apple_read_transaction(struct arena *a, const struct config *c,
		       const struct jws_roots *roots, struct str token,
		       struct apple_transaction *out, const char **why)
{
	const cJSON *o;
	const char *revocation, *ownership;
	enum err e = prove(a, roots, token, &o, why);

	*out = (struct apple_transaction){ 0 };
	if (e == ERR_OK)
		e = place(c, o, &out->is_sandbox, why);
	if (e != ERR_OK)
		return e;
	revocation = stores_text(o, "revocationType");
	ownership = stores_text(o, "inAppOwnershipType");
	out->id = stores_text(o, "originalTransactionId");
	out->product = stores_text(o, "productId");
	out->named = stores_text(o, "appAccountToken");
	out->until_ms = stores_ms(o, "expiresDate");
	out->signed_ms = stores_ms(o, "signedDate");
	out->is_upgraded =
		cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "isUpgraded"));
	out->is_revoked = stores_ms(o, "revocationDate") > 0;
	out->is_refund =
		revocation != NULL && str_starts(str_of(revocation), STR("REFUND"));
	out->is_shared = ownership != NULL && str_is(str_of(ownership), "FAMILY_SHARED");
	*why = "it is no transaction of a subscription";
	return out->id != NULL && out->product != NULL && out->until_ms > 0 &&
			       out->signed_ms > 0
		       ? ERR_OK
		       : ERR_FORBIDDEN;
}

enum err
apple_read_renewal(struct arena *a, const struct jws_roots *roots, struct str token,
		   struct apple_renewal *out, const char **why)
{
	const cJSON *o;
	enum err e = prove(a, roots, token, &o, why);

	*out = (struct apple_renewal){ 0 };
	if (e != ERR_OK)
		return e;
	out->id = stores_text(o, "originalTransactionId");
	out->renews = stores_ms(o, "autoRenewStatus") == 1;
	out->grace_ms = stores_ms(o, "gracePeriodExpiresDate");
	out->signed_ms = stores_ms(o, "signedDate");
	return ERR_OK;
}

enum err
apple_read_event(struct arena *a, const struct config *c, const struct jws_roots *roots,
		 struct str token, struct apple_event *out, const char **why)
{
	const cJSON *o, *data;
	enum err e = prove(a, roots, token, &o, why);

	*out = (struct apple_event){ 0 };
	if (e != ERR_OK)
		return e;
	data = cJSON_GetObjectItemCaseSensitive(o, "data");
	e = place(c, data, &out->is_sandbox, why);
	if (e != ERR_OK)
		return e;
	*why = "it is for another app";
	if (!out->is_sandbox && c->stores_apple_app_id != 0 &&
	    stores_ms(data, "appAppleId") != c->stores_apple_app_id)
		return ERR_FORBIDDEN;
	out->id = stores_text(o, "notificationUUID");
	out->transaction = stores_text(data, "signedTransactionInfo");
	*why = "it has no identity";
	return out->id != NULL ? ERR_OK : ERR_FORBIDDEN;
}
