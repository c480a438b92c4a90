/*
 * routes.c: the front door of hob-admin: the list of its resources. Each is a file of this
 * folder, with its fields, its routes and their handlers; the other tables for the machinery
 * (app/serve) are here. Runs in every process, as constants.
 */
#include "serve/surface.h"

#include <stddef.h>

#include "admin/doc.h"
#include "admin/resources.h"
#include "model/config.h"
#include "statements.h"

/* clang-format off */
/* By the names with which functions refuse; NULL: about the request. */
static const struct refusal refusals[] = {
	{ "password_needed", NULL, ERR_FORBIDDEN, "password_needed",
	  "Give your password again first." },
	{ "own_account", NULL, ERR_CONFLICT, "own_account",
	  "Another admin has to do this with your account." },
	{ "email_taken", NULL, ERR_CONFLICT, "email_taken",
	  "Somebody has this mail address." },
	{ "reason_needed", NULL, ERR_REUSED, "reason_needed",
	  "Say why, in the header X-Hob-Reason." },
	{ "account_erased", NULL, ERR_CONFLICT, "account_erased",
	  "This account is erased." },
	{ "account_disabled", NULL, ERR_CONFLICT, "account_disabled",
	  "This account is disabled." },
	{ "email_not_verified", NULL, ERR_CONFLICT, "email_not_verified",
	  "The mail address of this account is not confirmed." },
	{ "owns_shared_residences", NULL, ERR_CONFLICT, "owns_shared_residences",
	  "Others belong to homes of this account. Hand these homes over first." },
	{ "no_device", NULL, ERR_CONFLICT, "no_device",
	  "No phone of this account can be reached." },
	{ "device_tests", NULL, ERR_TOO_MANY, "too_many_requests",
	  "That was three tests in a minute. Wait a little." },
	{ "users_email_key", "email", ERR_INVALID, "duplicate",
	  "is that of another account" },
	{ "users_time_zone_check", "time_zone", ERR_INVALID, "choice",
	  "is not a time zone known here" },
	{ "grant_no_tier", "tier", ERR_INVALID, "choice",
	  "is not known here" },
	{ "grant_past", "until", ERR_INVALID, "too_small",
	  "must not be in the past" },
	{ "home_deleted", NULL, ERR_CONFLICT, "home_deleted",
	  "This home is deleted. Restore it first." },
	{ "home_gone", NULL, ERR_CONFLICT, "home_gone",
	  "This home was deleted too long ago." },
	{ "owner_leaving", NULL, ERR_CONFLICT, "owner_leaving",
	  "The account of its owner is about to be deleted." },
	{ "owner_full", NULL, ERR_CONFLICT, "owner_full",
	  "Its owner owns as many homes as their plan allows." },
	{ "owner_changed", NULL, ERR_CONFLICT, "owner_changed",
	  "Somebody else owns this home by now." },
	{ "not_a_member", NULL, ERR_CONFLICT, "not_a_member",
	  "They do not belong to this home." },
	{ "already_the_owner", NULL, ERR_CONFLICT, "already_the_owner",
	  "They own this home already." },
	{ "owner_must_transfer", NULL, ERR_CONFLICT, "owner_must_transfer",
	  "The owner of a home stays its owner. Hand the home over first." },
	{ "member_disabled", NULL, ERR_CONFLICT, "member_disabled",
	  "The account of this member is disabled, or about to be deleted." },
	{ "new_owner_full", NULL, ERR_CONFLICT, "new_owner_full",
	  "They own as many homes as their plan allows." },
	{ "job_over", NULL, ERR_CONFLICT, "job_over",
	  "This job is over." },
	{ "job_leased", NULL, ERR_CONFLICT, "job_leased",
	  "This job is being done at this moment." },
	{ "delivery_sent", NULL, ERR_CONFLICT, "delivery_sent",
	  "This was accepted, or goes with others or when quiet hours end." },
	{ "delivery_moot", NULL, ERR_CONFLICT, "delivery_moot",
	  "This would not be sent: it is no longer so, too old, or cannot arrive." },
	{ "delivery_over", NULL, ERR_CONFLICT, "delivery_over",
	  "This does not wait any more." },
	{ "event_over", NULL, ERR_CONFLICT, "event_over",
	  "There is nothing left to do with this event." },
	{ NULL, NULL, ERR_OK, NULL, NULL }
};

static const struct called titles[] = {
	{ "password_needed", "Give your password again" },
	{ "reason_needed", "A reason is needed" },
	{ NULL, NULL }
};

static const char *const values[] = {
	"address", "agent", "request_id", "login_staff_id", "password_proof", "totp_step", "recovery_hmac",
	"session_id", "new_token_hash", "offset", "after", "piece",
	"password_hash", "totp_nonce", "recovery_hmacs", NULL
};
_Static_assert(sizeof(values) / sizeof(values[0]) == (int)VALUE_END - (int)VALUE_PROGRAM + 1, "each value has a name");
_Static_assert((int)VALUE_END <= (int)VALUES_MAX, "a request has room for each value");

static const struct scheme schemes[] = {
	[SCHEME_STAFF] = {
		"staff", CREDENTIAL_COOKIE, .at = STAFF_COOKIE, .proof = "X-Hob-Admin", .reason = "X-Hob-Reason", .form = CREDENTIAL_TOKEN,
		.domain = STAFF_DOMAIN, .value = VALUE_TOKEN_HASH, .enter = Q_ENTER,
		.rights = RIGHT_READ | RIGHT_WRITE, .says = "The session of a login." },
	[SCHEME_COUNT] = { .name = NULL }
};

static const struct role roles[] = {
	[0] = { "", NULL },
	[ROLE_SUPPORT] = { "support", "support" },
	[ROLE_EDITOR] = { "editor", "editor" },
	[ROLE_ADMIN] = { "admin", "admin" },
};

/* In words that languages/de.txt has for the fields of households, too. */
static const struct called called_fields[] = {
	{ "code",     "The code" },
	{ "email",    "The mail address" },
	{ "password", "The password" },
	{ NULL, NULL }
};

static const struct rate_limit rates[] = { { NULL, 0, 0 } };

const struct thing staff_thing = { "staff", NULL, Q_SCOPE_STAFF, NO_STATEMENT };

extern const struct resource operations_resource, auth_resource, schema_resource, staff_resource, entities_resource;

static const struct resource *const resources[] = {
	&operations_resource, &auth_resource, &schema_resource, &staff_resource, &entities_resource, NULL
};
/* clang-format on */

const struct surface surface = {
	.program = "hob-admin",
	.keys = "admin",
	.pool = offsetof(struct config, admin),
	.db_key = "db.staff_url",
	.db_role = "hob_staff",
	.resources = resources,
	.statements = statements,
	.statement_count = Q_COUNT,
	.orders = statement_orders,
	.schemes = schemes,
	.own = { .startup_check = Q_STARTUP_CHECK, .ready_check = Q_READY_CHECK },
	.roles = roles,
	.refusals = refusals,
	.rates = rates,
	.titles = titles,
	.called = called_fields,
	.values = values,
	.words = &admin_words,
};
