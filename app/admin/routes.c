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
static const struct called titles[] = {
	{ "password_needed", "Give your password again" },
	{ "reason_needed", "A reason is needed" },
	{ "in_use", "Something still uses this" },
	{ NULL, NULL }
};

static const char *const values[] = {
	"address", "agent", "request_id", "login_staff_id", "password_proof", "totp_step", "recovery_hmac",
	"session_id", "new_token_hash", "offset", "after", "piece", "filters",
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
	{ "days",     "The number of days" },
	{ "email",    "The mail address" },
	{ "message",  "The message" },
	{ "password", "The password" },
	{ NULL, NULL }
};

static const struct rate_limit rates[] = { { NULL, 0, 0 } };

const struct thing staff_thing = { "staff", NULL, Q_SCOPE_STAFF, NO_STATEMENT };

extern const struct resource operations_resource, auth_resource, mode_resource, schema_resource, staff_resource,
	stats_resource, entities_resource;

static const struct resource *const resources[] = {
	&operations_resource, &auth_resource, &mode_resource, &schema_resource, &staff_resource, &stats_resource,
	&entities_resource, NULL
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
	.refusals = admin_refusals,
	.rates = rates,
	.titles = titles,
	.called = called_fields,
	.values = values,
	.words = &admin_words,
};
