/*
 * subscription.c: what can be subscribed to, and what the caller has. Runs in workers.
 */
#include "api/resources.h"

#include "statements.h"

/* --- the table ---------------------------------------------------------------- */

/* Tiers change by staff; ten minutes late is soon enough. */
enum { TIERS_MAX_AGE_S = 600 };

/* clang-format off */
static const struct route routes[] = {
	{ HTTP_GET, "/api/subscription", SIGNED, NULL, NULL, Q_SUBSCRIPTION_GET, ONE,
	  SESSION_ONLY,
	  DOC("getSubscription", "Subscription", "Subscription", "Show the caller's plan, and how much of it is used") },
	{ HTTP_GET, "/api/subscription/tiers", ANYONE, NULL, NULL, Q_TIER_LIST, ONE,
	  .max_age_s = TIERS_MAX_AGE_S,
	  DOC("listTiers", "Subscription", "Tiers", "List what can be subscribed to") },
};
/* clang-format on */

RESOURCE(subscription);
