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
	{ "in_use", NULL, ERR_CONFLICT, "in_use",
	  "Something still uses this." },
	{ "task_categories_pkey",         "id",          ERR_INVALID, "duplicate", "is taken already" },
	{ "task_categories_color_check",  "color",       ERR_INVALID, "format", "must be # and six digits, 0 to 9 and a to f" },
	{ "task_priorities_pkey",         "id",          ERR_INVALID, "duplicate", "is taken already" },
	{ "specialties_pkey",             "id",          ERR_INVALID, "duplicate", "is taken already" },
	{ "task_templates_pkey",          "id",          ERR_INVALID, "duplicate", "is taken already" },
	{ "task_templates_category_fkey", "category",    ERR_INVALID, "not_found", "is not a known category" },
	{ "task_templates_priority_fkey", "priority",    ERR_INVALID, "not_found", "is not a known priority" },
	{ "task_templates_month_goes",    "month",       ERR_INVALID, "misplaced", "goes with a season, and a season with a month" },
	{ "rule_object",                  "recurrence",  ERR_INVALID, "type", "must be an object" },
	{ "rule_members",                 "recurrence",  ERR_INVALID, "unknown_field", "has a member that a template's rule has not" },
	{ "rule_unit",                    "recurrence.unit", ERR_INVALID, "choice", "must be day, week, month or year" },
	{ "rule_every",                   "recurrence.every", ERR_INVALID, "format", "must be a whole number from 1 to 999" },
	{ "rule_weekdays",                "recurrence.weekdays", ERR_INVALID, "choice", "must be a list of mon to sun, each once" },
	{ "rule_month_day",               "recurrence.month_day", ERR_INVALID, "format", "must be a whole number from 1 to 31, or -1" },
	{ "rule_nth_weekday",             "recurrence.nth_weekday", ERR_INVALID, "format", "must be a whole number from 1 to 4, or -1" },
	{ "rule_anchor",                  "recurrence.anchor", ERR_INVALID, "choice", "must be due or completion" },
	{ "rule_count",                   "recurrence.count", ERR_INVALID, "format", "must be a whole number from 2 to 9999" },
	{ "rule_weekdays_misplaced",      "recurrence.weekdays", ERR_INVALID, "misplaced",
	  "goes with weeks, or with nth_weekday in months and years" },
	{ "rule_month_day_misplaced",     "recurrence.month_day", ERR_INVALID, "misplaced",
	  "goes with months and years, and not beside nth_weekday" },
	{ "rule_nth_weekday_misplaced",   "recurrence.nth_weekday", ERR_INVALID, "misplaced",
	  "goes with months and years, and with one weekday" },
	{ "rule_ends",                    "recurrence",  ERR_INVALID, "no_next_date", "leaves no second day before 2201" },
	{ "texts_object",                 "texts",       ERR_INVALID, "type", "must be an object" },
	{ "texts_language",               "texts",       ERR_INVALID, "format", "has a language that is no tag such as de or pt-BR, or is there twice" },
	{ "texts_members",                "texts",       ERR_INVALID, "format", "must have both texts of each language, and nothing else" },
	{ "texts_text",                   "texts",       ERR_INVALID, "format", "has a text that is empty, too long, or not in one line" },
	{ "texts_english",                "texts",       ERR_INVALID, "misplaced", "has English, which is that of the template itself" },
	{ "texts_no_english",             "texts",       ERR_INVALID, "required", "must have English" },
	{ "tiers_pkey",                   "id",          ERR_INVALID, "duplicate", "is taken already" },
	{ "tiers_rank_key",               "rank",        ERR_INVALID, "duplicate", "is taken already" },
	{ "limits_object",                "limits",      ERR_INVALID, "type", "must be an object" },
	{ "limits_name",                  "limits",      ERR_INVALID, "unknown_field", "has a limit that there is not" },
	{ "limits_number",                "limits",      ERR_INVALID, "format", "has a number that is not whole, or below -1" },
	{ "limits_lowest",                "limits",      ERR_INVALID, "required", "must name every limit, for it would be the lowest tier" },
	{ "products_object",              "products",    ERR_INVALID, "type", "must be an object" },
	{ "products_store",               "products",    ERR_INVALID, "choice", "has a store that is not apple or google" },
	{ "products_period",              "products",    ERR_INVALID, "format", "must have product ids of a store, each with month or year" },
	{ "products_sold",                "products",    ERR_INVALID, "immutable", "leaves out what somebody has paid for" },
	{ "tier_products_pkey",           "products",    ERR_INVALID, "duplicate", "has one of another tier" },
	{ "settings_value_check",         "value",       ERR_INVALID, "too_small", "must be -1, or at least the lowest that it may be" },
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
	{ "in_use", "Something still uses this" },
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
	.refusals = refusals,
	.rates = rates,
	.titles = titles,
	.called = called_fields,
	.values = values,
	.words = &admin_words,
};
