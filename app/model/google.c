/* google.c: what Pub/Sub pushes of Google Play. Runs in workers, and in runners of hob-jobs. */
#include "model/google.h"

#include "core/clock.h"
#include "crypto/base64url.h"
#include "jws/unverified.h"
#include "model/stores.h"

enum { SKEW_S = 300, ID_MAX = 100, PURCHASE_MAX = 1000 };

static const char *const issuers[] = { "https://accounts.google.com",
				       "accounts.google.com" };

/* What notifications may be about: a subscription, or a purchase that was taken back. */
static const char *const subjects[] = { "subscriptionNotification",
					"voidedPurchaseNotification" };

static bool
fits(const char *text, size_t max)
{
	return text != NULL && text[0] != '\0' && str_of(text).len <= max;
}

static enum err
read_notification(const struct config *c, const cJSON *o, struct google_push *out)
{
	const char *package = stores_text(o, "packageName");

	if (package == NULL || !str_is(str_of(package), c->stores_google_package))
		return ERR_FORBIDDEN;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		const char *token =
			stores_text(stores_member(o, subjects[i]), "purchaseToken");

		if (fits(token, PURCHASE_MAX))
			out->purchase = token;
	}
	return ERR_OK;
}

enum err
google_read_push(struct arena *a, const struct config *c, struct str body,
		 struct google_push *out)
{
	const cJSON *message = stores_member(stores_object(a, body), "message"),
		    *notification;
	const char *data = stores_text(message, "data");
	struct str text;

	*out = (struct google_push){ .id = stores_text(message, "messageId") };
	if (!fits(out->id, ID_MAX) || data == NULL ||
	    !base64_decode(a, str_of(data), &text))
		return ERR_MALFORMED;
	notification = stores_object(a, text);
	return notification == NULL ? ERR_MALFORMED
				    : read_notification(c, notification, out);
}

static bool
is(const cJSON *claims, const char *name, const char *wanted)
{
	const char *text = stores_text(claims, name);

	return text != NULL && str_is(str_of(text), wanted);
}

static bool
is_now(const cJSON *claims)
{
	int64_t now_s = clock_now_us() / 1000000, begun_s = stores_number(claims, "iat"),
		end_s = stores_number(claims, "exp");

	return begun_s > 0 && begun_s <= now_s + SKEW_S && end_s > now_s - SKEW_S;
}

const char *
google_claims_fault(struct arena *a, const struct config *c, struct str token)
{
	struct jws_unverified claim;
	const cJSON *claims;

	if (token.ptr == NULL || !jws_peek(a, token, &claim) || claim.alg != JWS_RS256 ||
	    claim.kid.len == 0)
		return "no token by RS256 that names its key";
	claims = stores_object(a, claim.payload);
	if (!is(claims, "iss", issuers[0]) && !is(claims, "iss", issuers[1]))
		return "another issuer";
	if (!is(claims, "aud", c->stores_google_audience))
		return "another audience";
	if (!is(claims, "email", c->stores_google_push_email) ||
	    !cJSON_IsTrue(stores_member(claims, "email_verified")))
		return "another sender";
	return is_now(claims) ? NULL : "it is not of now";
}
