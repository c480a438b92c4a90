/*
 * routes.c: the front door: the list of resources. Each is a file of this folder, with
 * its fields, its routes and their handlers; the other tables for the machinery
 * (app/serve) are here. Runs in every process, as constants.
 */
#include "serve/surface.h"

#include <stddef.h>

#include "api/called.h"
#include "api/things.h"
#include "api/values.h"
#include "model/config.h"
#include "serve/words.h"
#include "statements.h"

/* clang-format off */
/*
 * Constraints that a valid body can still break and what functions refuse by name, and the field it is about (NULL:
 * the whole). Without a code it has that of the error.
 */
static const struct refusal refusals[] = {
	{ "tasks_pkey",                 NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "completions_pkey",           NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "documents_pkey",             NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "residences_pkey",            NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "calendar_feeds_pkey",        NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "access_tokens_pkey",         NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "access_tokens_read_only",    NULL,             ERR_FORBIDDEN, "token_read_only",
	  "This access token may only read." },
	{ "access_tokens_narrowed",     NULL,             ERR_FORBIDDEN, "token_narrowed",
	  "This access token is for certain homes only and cannot make another." },
	{ "access_tokens_expires_past", "expires_at",     ERR_INVALID,  "too_small",
	  "must be in the future" },
	{ "access_tokens_expires_late", "expires_at",     ERR_INVALID,  "too_large",
	  "must be within five years" },
	{ "contractors_pkey",           NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "contractors_narrowed",       NULL,             ERR_FORBIDDEN, "token_narrowed",
	  "This access token is for certain homes only." },
	{ "plan_limit_contractors",     NULL,             ERR_PLAN_LIMIT, NULL,
	  "There are as many contractors as the plan allows." },
	{ "contractors_stays",          "residence_id",   ERR_INVALID,  "immutable",
	  "cannot be changed" },
	{ "contractors_specialties_fkey", "specialties",  ERR_INVALID,  "not_found",
	  "has one that is not known" },
	{ "contractors_do_not_use_reason_check", "do_not_use_reason", ERR_INVALID, "misplaced",
	  "is only for a contractor that is not to be used" },
	{ "tasks_contractor_id_fkey",   "contractor_id",  ERR_INVALID,  "not_found",
	  "is no contractor of this home" },
	{ "completions_contractor_id_fkey", "contractor_id", ERR_INVALID, "not_found",
	  "is no contractor of this home" },
	{ "webhooks_pkey",              NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "devices_pkey",               NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "device_disabled",            NULL,             ERR_CONFLICT, "device_disabled",
	  "This phone cannot be reached. Open the app on it, so that it registers again." },
	{ "device_tests",               NULL,             ERR_TOO_MANY, "too_many_requests",
	  "That was three tests in a minute. Wait a little." },
	{ "users_email_key",            NULL,             ERR_CONFLICT, "email_taken",
	  "There is an account with this mail address already." },
	{ "email_not_verified",         NULL,             ERR_CONFLICT, "email_not_verified",
	  "Confirm your own mail address first. The app sends a mail for it." },
	{ "share_codes_below_giver",    NULL,             ERR_FORBIDDEN, "role_too_high",
	  "A share code gives a role below your own." },
	{ "task_done",                  NULL,             ERR_CONFLICT, "task_done",
	  "This task is already done. Undo that first." },
	{ "task_cancelled",             NULL,             ERR_CONFLICT, "task_cancelled",
	  "This task is cancelled. Take the cancellation back first." },
	{ "task_deleted",               NULL,             ERR_CONFLICT, "task_deleted",
	  "This task is deleted." },
	{ "not_current_occurrence",     NULL,             ERR_CONFLICT, "not_current_occurrence",
	  "This task has moved on: another of its days is due now." },
	{ "not_recurring",              NULL,             ERR_CONFLICT, "not_recurring",
	  "Only a task that comes back can be skipped. Cancel this one instead." },
	{ "not_newest",                 NULL,             ERR_CONFLICT, "not_newest",
	  "This task was done again since. Undo the newest first." },
	{ "completion_id_taken",        NULL,             ERR_CONFLICT, "id_taken",
	  "Something else has this id." },
	{ "not_the_recorder",           NULL,             ERR_FORBIDDEN, "not_the_recorder",
	  "Only the one who recorded this, or a manager of the home, can take it back." },
	{ "history_of_others",          NULL,             ERR_FORBIDDEN, "history_of_others",
	  "Others have done this task: only a manager of the home can move it elsewhere." },
	{ "owner_must_transfer",        NULL,             ERR_CONFLICT, "owner_must_transfer",
	  "The owner of a home stays its owner. Hand the home over first." },
	{ "owns_shared_residences",     NULL,             ERR_CONFLICT, "owns_shared_residences",
	  "Others belong to homes of yours. Hand these homes over or delete them first." },
	{ "already_the_owner",          NULL,             ERR_CONFLICT, "already_the_owner",
	  "This home is yours already." },
	{ "already_a_member",           NULL,             ERR_CONFLICT, "already_a_member",
	  "You belong to this home already." },
	{ "member_disabled",            NULL,             ERR_CONFLICT, "member_disabled",
	  "The account of this member is disabled, or about to be deleted." },
	{ "share_code_not_valid",       NULL,             ERR_NOT_FOUND, "share_code_not_valid",
	  "This code opens no home. It may be mistyped, used up or too old." },
	{ "wrong_password",             NULL,             ERR_FORBIDDEN, "wrong_password",
	  "The password is wrong." },
	{ "sync_token_too_old",         NULL,             ERR_GONE,     "sync_token_too_old",
	  "This sync token is too old: sync again without one." },
	{ "plan_limit_residences",      NULL,             ERR_PLAN_LIMIT, NULL,
	  "You belong to as many homes as your plan allows." },
	{ "plan_limit_members",         NULL,             ERR_PLAN_LIMIT, NULL,
	  "This home has as many members as its plan allows." },
	{ "plan_limit_feeds",           NULL,             ERR_PLAN_LIMIT, NULL,
	  "You have as many calendar feeds as your plan allows." },
	{ "plan_limit_webhooks",        NULL,             ERR_PLAN_LIMIT, NULL,
	  "This home has as many webhooks as its plan allows." },
	{ "plan_limit_access_tokens",   NULL,             ERR_PLAN_LIMIT, NULL,
	  "You have as many access tokens as your plan allows." },
	{ "plan_limit_devices",         NULL,             ERR_PLAN_LIMIT, NULL,
	  "You have as many devices as your plan allows." },
	{ "plan_limit_share_codes",     NULL,             ERR_PLAN_LIMIT, NULL,
	  "This home has as many open share codes as its plan allows." },
	{ "plan_limit_invitations",     NULL,             ERR_PLAN_LIMIT, NULL,
	  "You have mailed as many invitations today as your plan allows." },
	{ "plan_limit_kept_tasks",      NULL,             ERR_PLAN_LIMIT, NULL,
	  "This home has as many tasks, the finished and the archived among them, as its plan allows." },
	{ "plan_limit_files",           NULL,             ERR_PLAN_LIMIT, NULL,
	  "As many files hang on it as its plan allows." },
	{ "plan_limit_file_mib",        NULL,             ERR_PLAN_LIMIT, NULL,
	  "The files of this home take as much room as its plan allows." },
	{ "plan_limit_staged_files",    NULL,             ERR_PLAN_LIMIT, NULL,
	  "You have sent as many files that hang on nothing yet as your plan allows." },
	{ "plan_limit_staged_mib",      NULL,             ERR_PLAN_LIMIT, NULL,
	  "Files of yours that hang on nothing yet take as much room as your plan allows." },
	{ "plan_limit_processing_files", NULL,            ERR_TOO_MANY, "too_many_requests",
	  "Files that you sent are still being worked on. Wait a little." },
	{ "plan_limit_leaving_mib",     NULL,             ERR_TOO_MANY, "too_many_requests",
	  "Files that you deleted are still being removed. Wait a little." },
	{ "files_narrowed",             NULL,             ERR_FORBIDDEN, "token_narrowed",
	  "This access token is for certain homes only: send the file to what it shall hang on." },
	{ "files_upload_id_fkey",       "upload_id",      ERR_INVALID,  "not_found",
	  "is not there, not yours, or used already" },
	{ "files_avatar_picture",       "upload_id",      ERR_INVALID,  "format",
	  "is no picture" },
	{ "files_upload_ids_fkey",      "upload_ids",     ERR_INVALID,  "not_found",
	  "has one that is not there, not yours, or used already" },
	{ "plan_limit_tasks",           NULL,             ERR_PLAN_LIMIT, NULL,
	  "This home has as many open tasks as its plan allows." },
	{ "plan_limit_documents",       NULL,             ERR_PLAN_LIMIT, NULL,
	  "This home has as many documents as its plan allows." },
	{ "documents_type_fkey",        "type",           ERR_INVALID,  "not_found",
	  "is not a known type" },
	{ "documents_category_fkey",    "category",       ERR_INVALID,  "not_found",
	  "is not a known category" },
	{ "documents_contractor_id_fkey", "contractor_id", ERR_INVALID, "not_found",
	  "is not a contractor of this residence" },
	{ "documents_task_id_fkey",     "task_id",        ERR_INVALID,  "not_found",
	  "is not a task of this residence" },
	{ "documents_covers_end",       "covers",         ERR_INVALID,  "required",
	  "must each have a last day or be for life" },
	{ "documents_covers_order",     "covers",         ERR_INVALID,  "too_small",
	  "must not end before they begin" },
	{ "residences_type_fkey",       "type",           ERR_INVALID,  "not_found",
	  "is not a known type" },
	{ "residences_time_zone_check", "time_zone",      ERR_INVALID,  "choice",
	  "is not a time zone known here" },
	{ "users_time_zone_check",      "time_zone",      ERR_INVALID,  "choice",
	  "is not a time zone known here" },
	{ "tasks_category_fkey",        "category",       ERR_INVALID,  "not_found",
	  "is not a known category" },
	{ "tasks_priority_fkey",        "priority",       ERR_INVALID,  "not_found",
	  "is not a known priority" },
	{ "tasks_starts_on_check",      "starts_on",      ERR_INVALID,  "too_large",
	  "must not be after the due day" },
	{ "current_occurrence_key",     NULL,             ERR_MALFORMED, "idempotency_key_required",
	  "Say which occurrence is meant, or send a key along, so that nothing is done twice." },
	{ "tasks_recurrence_check",     "due_on",         ERR_INVALID,  "required",
	  "must be there: what comes back needs a first day" },
	{ "tasks_due_time_check",       "due_on",         ERR_INVALID,  "required",
	  "must be there: a time needs a day" },
	{ "tasks_recurrence_ends",      "recurrence",     ERR_INVALID,  "no_next_date",
	  "leaves no second day" },
	{ "users_quiet_check",          "quiet_until",    ERR_INVALID,  "required",
	  "must be there: quiet hours have a beginning and an end" },
	{ "snooze_until_alone",         "until",          ERR_INVALID,  "misplaced",
	  "does not go with days" },
	{ "snooze_until_past",          "until",          ERR_INVALID,  "too_small",
	  "must not be in the past" },
	{ "move_after_fkey",            "after_id",       ERR_INVALID,  "not_found",
	  "is no other task of yours" },
	{ "completions_future",         "completed_at",   ERR_INVALID,  "too_large",
	  "must not be in the future" },
	{ "completions_completed_by_fkey", "completed_by_id", ERR_INVALID, "not_a_member",
	  "is not a member of this residence" },
	{ "task_templates_code",        "codes",          ERR_INVALID,  "not_found",
	  "has one that is no template" },
	{ "tasks_assigned_to_id_fkey",  "assigned_to_id", ERR_INVALID,  "not_a_member",
	  "is not a member of this residence" },
	{ "tasks_assigned_to_id_active", "assigned_to_id", ERR_INVALID, "disabled",
	  "has an account that is disabled" },
	{ "completions_completed_by_active", "completed_by_id", ERR_INVALID, "disabled",
	  "has an account that is disabled" },
	{ NULL, NULL, ERR_OK, NULL, NULL }
};

static const char *const values[] = {
	"new_password_hash", "new_token_hash", "session_id", "login_user_id", "network", "password_proof",
	"sync_mark", "sync_since", "sync_since_at", "sync_horizon", "sync_horizon_at", "sync_after", "sync_limit", "sync_own",
	"share_code", "share_code_hmac", "feed_hash", "feed_path", "import_ids",
	"access_token", "access_hint", "access_hash", "webhook_nonce",
	"webhook_secret", "unsubscribe_user_id", "unsubscribe_kind", "letter_token_hash", "letter_code_hash",
	"export_path", "export_file_id",
	"files_on", "files_on_id", "files_bytes", "files", "files_host",
	"link_file_id", "link_variant", "link_access_id", NULL
};
_Static_assert(sizeof(values) / sizeof(values[0]) == (int)VALUE_END - (int)VALUE_PROGRAM + 1, "each value has a name");
_Static_assert((int)VALUE_END <= (int)VALUES_MAX, "a request has room for each value");

static const struct scheme schemes[] = {
	[SCHEME_SESSION] = {
		"key", CREDENTIAL_HEADER, .form = CREDENTIAL_TOKEN, .value = VALUE_TOKEN_HASH,
		.enter = Q_ENTER, .rights = RIGHT_READ | RIGHT_WRITE,
		.says = "The token of register or login. The scheme may also be called Token." },
	[SCHEME_ACCESS] = {
		"accessToken", CREDENTIAL_HEADER, .form = CREDENTIAL_ACCESS, .domain = ACCESS_DOMAIN, .value = VALUE_TOKEN_HASH,
		.enter = Q_ENTER_ACCESS, .rights = RIGHT_READ | RIGHT_WRITE, .may_write = Q_REQUIRE_WRITE, .read_only = "token_read_only",
		.elsewhere = "An access token does not reach this: sign in with the password.",
		.says = "A personal access token, hob_pat_ and 49 characters. With the scope read it reads only; narrowed to some "
			"residences it sees no others." },
	[SCHEME_FEED] = {
		"feed", CREDENTIAL_PATH, .at = "feed", .suffix = ".ics", .form = CREDENTIAL_SECRET, .value = VALUE_FEED_HASH,
		.rights = RIGHT_READ, .rate = RATE_FEED },
	[SCHEME_COUNT] = { .name = NULL }
};

enum { MINUTE_S = 60, HOUR_S = 3600 };
static const struct rate_limit rates[] = {
	{ "share", offsetof(struct config, limits_share), HOUR_S },
	{ "feeds", offsetof(struct config, limits_feeds), MINUTE_S },
	{ "letters", offsetof(struct config, limits_letters), HOUR_S },
	{ "uploads", offsetof(struct config, limits_uploads), MINUTE_S },
	{ NULL, 0, 0 }
};

static const char *const media[] = {
	"image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf", "text/plain", NULL
};

extern const struct resource operations_resource, accounts_resource, leaving_resource, residences_resource,
	access_tokens_resource, letters_resource, sharing_resource, tasks_resource, transfer_resource,
	bulk_resource, boards_resource, occurrences_resource, search_resource,
	completions_resource, rules_resource, templates_resource, reports_resource,
	export_resource, import_resource, calendar_resource, webhooks_resource,
	notices_resource, devices_resource, sync_resource, lookups_resource,
	invitations_resource, exports_resource, contractors_resource, contractor_cards_resource,
	contractor_import_resource, documents_resource, uploads_resource, attachments_resource, downloads_resource, avatars_resource;
extern const struct words api_words;

static const struct resource *const resources[] = {
	&operations_resource,  &accounts_resource,  &leaving_resource,   &access_tokens_resource,
	&residences_resource,  &sharing_resource,   &tasks_resource,
	&transfer_resource,    &bulk_resource,	    &boards_resource,
	&occurrences_resource, &search_resource,    &completions_resource,
	&rules_resource,       &templates_resource, &reports_resource,
	&export_resource,      &import_resource,    &calendar_resource,
	&webhooks_resource,    &notices_resource,   &devices_resource,
	&sync_resource,	       &lookups_resource,   &letters_resource,
	&invitations_resource, &exports_resource,   &contractors_resource,
	&contractor_cards_resource, &contractor_import_resource, &documents_resource,
	&uploads_resource, &attachments_resource, &downloads_resource, &avatars_resource,
	NULL
};

/* clang-format on */

const struct surface surface = {
	.program = "hob-api",
	.resources = resources,
	.statements = statements,
	.statement_count = Q_COUNT,
	.orders = statement_orders,
	.schemes = schemes,
	.takes = TAKES(SCHEME_SESSION) | TAKES(SCHEME_ACCESS),
	.own = { .enter_known = Q_ENTER_KNOWN,
		 .me = Q_ME,
		 .once = Q_ONCE,
		 .once_whole = Q_ONCE_WHOLE,
		 .keep_key = Q_KEEP_KEY,
		 .rehearsed = Q_REHEARSED,
		 .startup_check = Q_STARTUP_CHECK,
		 .ready_check = Q_READY_CHECK },
	.roles = roles,
	.refusals = refusals,
	.rates = rates,
	.titles = called_titles,
	.called = called_fields,
	.media = media,
	.values = values,
	.words = &api_words,
};
