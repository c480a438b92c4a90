/*
 * routes.c: the front door. One row is one endpoint; the router, the parameter
 * binding, the access checks, `hob routes`, the logs and the tests read this table.
 * To add an endpoint start here: doc/HACKING.md has the six steps.
 */
#include "serve/surface.h"

#include <stddef.h>

#include "api/fields.h"
#include "api/handlers.h"
#include "api/things.h"
#include "api/values.h"
#include "model/config.h"
#include "serve/health.h"
#include "serve/words.h"
#include "statements.h"

#define ME "/api/auth/me"
#define RESIDENCE "/api/residences/{residence_id}"
#define MEMBER RESIDENCE "/members/{user_id}"
#define TASK "/api/tasks/{task_id}"
#define COMPLETION "/api/completions/{completion_id}"
#define FEED "/api/calendar-feeds/{feed_id}"

/* Lookups change with a release or by staff; ten minutes late is soon enough. */
enum { LOOKUPS_MAX_AGE_S = 600 };

/* clang-format off */
/* Something that is done with a task: the same again changes nothing, and shows it. */
#define ACT(name, fields, statement) \
	{ HTTP_POST, TASK "/" name, SCOPE(&thing_task, ROLE_EDIT), fields, NULL, statement, ONE, \
	  .shown_by = Q_TASK_GET, .made = "task_id" }

static const struct route routes[] = {
	/* method     path                          access                   body                    query            statement            reply */
	{ HTTP_GET,    "/livez",                     ANYONE,                  NULL,                   NULL,            Q_NONE,              HANDLER,
	  .handler = health_live, .rate = RATE_NONE, .is_probe = true },
	{ HTTP_GET,    "/readyz",                    INTERNAL,                NULL,                   NULL,            Q_READY_CHECK,       HANDLER,
	  .handler = health_ready, .rate = RATE_NONE, .is_probe = true },

	{ HTTP_GET,    "/api/openapi.json",         ANYONE,                  NULL,                   NULL,            Q_NONE,              HANDLER,
	  .handler = openapi_show, .max_age_s = LOOKUPS_MAX_AGE_S },

	{ HTTP_POST,   "/api/auth/register",         ANYONE,                  register_fields,        NULL,            Q_REGISTER,          HANDLER,
	  .handler = account_register, .rate = RATE_AUTH },
	{ HTTP_POST,   "/api/auth/login",            ANYONE,                  login_fields,           NULL,            Q_LOGIN_FIND,        HANDLER,
	  .handler = account_login, .rate = RATE_AUTH, .uses = { Q_LOGIN_FINISH, Q_LOGIN_RENEW } },
	{ HTTP_POST,   "/api/auth/logout",           SIGNED,                  NULL,                   NULL,            Q_LOGOUT,            NO_CONTENT },
	{ HTTP_POST,   "/api/auth/logout-all",       SIGNED,                  logout_all_fields,      NULL,            Q_LOGOUT_ALL,        ONE },
	{ HTTP_GET,    ME,                           SIGNED,                  NULL,                   NULL,            Q_ME,                ONE,
	  .recalled = true },
	{ HTTP_PATCH,  ME,                           SIGNED,                  me_fields,              NULL,            Q_ME_UPDATE,         ONE,
	  .shown_by = Q_ME },
	{ HTTP_POST,   "/api/auth/change-password",  SIGNED,                  change_password_fields, NULL,            Q_PASSWORD_SALT,     ONE,
	  .handler = account_change_password, .uses = { Q_PASSWORD_CHANGE } },
	{ HTTP_GET,    "/api/auth/sessions",         SIGNED,                  NULL,                   NULL,            Q_SESSION_LIST,      PAGE },
	{ HTTP_DELETE, "/api/auth/sessions/{session_id}", SIGNED,             NULL,                   NULL,            Q_SESSION_REVOKE,    NO_CONTENT },

	{ HTTP_GET,    "/api/residences",            SIGNED,                  NULL,                   residence_query, Q_RESIDENCE_LIST,    PAGE,
	  .recalled = true },
	{ HTTP_POST,   "/api/residences",            SIGNED,                  residence_fields,       NULL,            Q_RESIDENCE_CREATE,  CREATED,
	  .location = "/api/residences/", .shown_by = Q_RESIDENCE_GET, .made = "residence_id", .limited = true },
	{ HTTP_GET,    "/api/residences/summary",    SIGNED,                  NULL,                   days_query,      Q_RESIDENCE_SUMMARY, PAGE,
	  .dear = true },
	{ HTTP_GET,    RESIDENCE,                    SCOPE(&thing_residence, ROLE_VIEW),  NULL,                   NULL,            Q_RESIDENCE_GET,     ONE },
	{ HTTP_PATCH,  RESIDENCE,                    SCOPE(&thing_residence, ROLE_MANAGE), residence_fields,      NULL,            Q_RESIDENCE_UPDATE,  ONE,
	  .shown_by = Q_RESIDENCE_GET },
	{ HTTP_DELETE, RESIDENCE,                    SCOPE(&thing_residence, ROLE_OWN),   NULL,                   NULL,            Q_RESIDENCE_DELETE,  NO_CONTENT,
	  .shown_by = Q_RESIDENCE_GET },
	{ HTTP_GET,    RESIDENCE "/activity",        SCOPE(&thing_residence, ROLE_VIEW),  NULL,                   activity_query,  Q_ACTIVITY_LIST,     PAGE },
	{ HTTP_GET,    RESIDENCE "/members",         SCOPE(&thing_residence, ROLE_VIEW),  NULL,                   NULL,            Q_MEMBER_LIST,       PAGE },
	{ HTTP_PATCH,  MEMBER,                       SCOPE(&thing_residence, ROLE_OWN),   member_fields,          NULL,            Q_MEMBER_SET_ROLE,   ONE },
	{ HTTP_DELETE, MEMBER,                       SCOPE(&thing_residence, ROLE_OWN),   NULL,                   NULL,            Q_MEMBER_REMOVE,     NO_CONTENT },
	{ HTTP_POST,   RESIDENCE "/leave",           SCOPE(&thing_residence, ROLE_VIEW),  NULL,                   NULL,            Q_RESIDENCE_LEAVE,   NO_CONTENT },
	{ HTTP_POST,   RESIDENCE "/transfer",        SCOPE(&thing_residence, ROLE_OWN),   transfer_fields,        NULL,            Q_RESIDENCE_TRANSFER, ONE },
	{ HTTP_GET,    RESIDENCE "/share-codes",     SCOPE(&thing_residence, ROLE_MANAGE), NULL,                  NULL,            Q_SHARE_CODE_LIST,   PAGE },
	{ HTTP_POST,   RESIDENCE "/share-codes",     SCOPE(&thing_residence, ROLE_MANAGE), share_code_fields,     NULL,            Q_SHARE_CODE_CREATE, CREATED,
	  .handler = share_code_make, .limited = true },
	{ HTTP_DELETE, RESIDENCE "/share-codes/{share_code_id}", SCOPE(&thing_residence, ROLE_MANAGE), NULL,      NULL,            Q_SHARE_CODE_REVOKE, NO_CONTENT },
	{ HTTP_POST,   "/api/share-codes/preview",   SIGNED,                  code_fields,            NULL,            Q_SHARE_CODE_PREVIEW, ONE,
	  .handler = share_code_use, .rate = RATE_SHARE },
	{ HTTP_POST,   "/api/residences/join",       SIGNED,                  code_fields,            NULL,            Q_RESIDENCE_JOIN,    ONE,
	  .handler = share_code_use, .rate = RATE_SHARE, .limited = true },

	{ HTTP_GET,    "/api/tasks",                 SIGNED,                  NULL,                   task_query,      Q_TASK_LIST,         PAGE },
	{ HTTP_POST,   "/api/tasks",                 SCOPE(&thing_residence, ROLE_EDIT),  task_fields,            NULL,            Q_TASK_CREATE,       CREATED,
	  .location = "/api/tasks/", .shown_by = Q_TASK_GET, .made = "task_id", .limited = true },
	{ HTTP_POST,   "/api/tasks/bulk",            SIGNED,                  NULL,                   NULL,            Q_NONE,              HANDLER,
	  .handler = bulk_tasks, .reads_body = true },
	{ HTTP_GET,    "/api/tasks/kanban",          SIGNED,                  NULL,                   board_query,     Q_TASK_BOARD,        HANDLER,
	  .handler = board_show, .uses = { Q_TASK_BOARD_LARGE } },
	{ HTTP_GET,    TASK,                         SCOPE(&thing_task, ROLE_VIEW),       NULL,                   NULL,            Q_TASK_GET,          ONE },
	{ HTTP_PATCH,  TASK,                         SCOPE(&thing_task, ROLE_EDIT),       task_fields,            NULL,            Q_TASK_UPDATE,       ONE,
	  .shown_by = Q_TASK_GET },
	{ HTTP_DELETE, TASK,                         SCOPE(&thing_task, ROLE_EDIT),       NULL,                   NULL,            Q_TASK_DELETE,       NO_CONTENT,
	  .shown_by = Q_TASK_GET },

	ACT("start", NULL, Q_TASK_START),
	ACT("stop", NULL, Q_TASK_STOP),
	ACT("cancel", NULL, Q_TASK_CANCEL),
	ACT("uncancel", NULL, Q_TASK_UNCANCEL),
	ACT("archive", NULL, Q_TASK_ARCHIVE),
	ACT("unarchive", NULL, Q_TASK_UNARCHIVE),
	ACT("snooze", snooze_fields, Q_TASK_SNOOZE),
	ACT("assign", assign_fields, Q_TASK_ASSIGN),
	ACT("move", move_fields, Q_TASK_MOVE),
	{ HTTP_POST,   TASK "/complete",             SCOPE(&thing_task, ROLE_EDIT),       complete_fields,        NULL,            Q_TASK_COMPLETE,     CREATED,
	  .location = "/api/completions/", .shown_by = Q_COMPLETION_GET, .made = "completion_id" },
	{ HTTP_POST,   TASK "/skip",                 SCOPE(&thing_task, ROLE_EDIT),       skip_fields,            NULL,            Q_TASK_SKIP,         CREATED,
	  .location = "/api/completions/", .shown_by = Q_COMPLETION_GET, .made = "completion_id" },
	{ HTTP_GET,    TASK "/completions",          SCOPE(&thing_task, ROLE_VIEW),       NULL,                   task_completions_query, Q_TASK_COMPLETIONS, PAGE },
	{ HTTP_GET,    "/api/completions",           SIGNED,                  NULL,                   completion_query, Q_COMPLETION_LIST,  PAGE },
	{ HTTP_GET,    COMPLETION,                   SCOPE(&thing_completion, ROLE_VIEW), NULL,                   NULL,            Q_COMPLETION_GET,    ONE },
	{ HTTP_PATCH,  COMPLETION,                   SCOPE(&thing_completion, ROLE_EDIT), completion_fields,      NULL,            Q_COMPLETION_UPDATE, ONE,
	  .shown_by = Q_COMPLETION_GET },
	{ HTTP_DELETE, COMPLETION,                   SCOPE(&thing_completion, ROLE_EDIT), NULL,                   NULL,            Q_COMPLETION_DELETE, NO_CONTENT,
	  .shown_by = Q_COMPLETION_GET },
	{ HTTP_POST,   COMPLETION "/undo",           SCOPE(&thing_completion, ROLE_EDIT), NULL,                   NULL,            Q_COMPLETION_UNDO,   ONE,
	  .shown_by = Q_COMPLETION_TASK, .made = "completion_id" },
	{ HTTP_POST,   "/api/recurrence/preview",    SIGNED,                  preview_fields,         NULL,            Q_NONE,              HANDLER,
	  .handler = recurrence_preview },

	{ HTTP_GET,    "/api/task-templates",        SIGNED,                  NULL,                   template_query,  Q_TEMPLATE_LIST,     PAGE },
	{ HTTP_POST,   "/api/task-templates/apply",  SCOPE(&thing_residence, ROLE_EDIT),  apply_fields,           NULL,            Q_TEMPLATE_APPLY,    HANDLER,
	  .handler = templates_apply, .limited = true },

	{ HTTP_GET,    RESIDENCE "/report",          SCOPE(&thing_residence, ROLE_VIEW),  NULL,                   report_query,    Q_RESIDENCE_REPORT,  HANDLER,
	  .handler = report_show, .dear = true },
	{ HTTP_GET,    RESIDENCE "/tasks/export",    SCOPE(&thing_residence, ROLE_VIEW),  NULL,                   export_query,    Q_TASK_EXPORT,       HANDLER,
	  .handler = tasks_export, .dear = true },
	{ HTTP_POST,   RESIDENCE "/tasks/import",    SCOPE(&thing_residence, ROLE_EDIT),  NULL,                   import_query,    Q_TASK_IMPORT,       HANDLER,
	  .handler = tasks_import, .reads_body = true },
	{ HTTP_GET,    "/api/calendar-feeds",        SIGNED,                  NULL,                   NULL,            Q_FEED_LIST,         PAGE },
	{ HTTP_POST,   "/api/calendar-feeds",        SIGNED,                  feed_fields,            NULL,            Q_FEED_CREATE,       CREATED,
	  .handler = calendar_feed_make, .limited = true },
	{ HTTP_GET,    FEED,                         SIGNED,                  NULL,                   NULL,            Q_FEED_GET,          ONE },
	{ HTTP_PATCH,  FEED,                         SIGNED,                  feed_fields,            NULL,            Q_FEED_UPDATE,       ONE,
	  .shown_by = Q_FEED_GET },
	{ HTTP_DELETE, FEED,                         SIGNED,                  NULL,                   NULL,            Q_FEED_REVOKE,       NO_CONTENT,
	  .shown_by = Q_FEED_GET },
	{ HTTP_GET,    "/api/calendar/{feed}",       ANYONE,                  NULL,                   calendar_query,  Q_CALENDAR_SHOW,     HANDLER,
	  .handler = calendar_show, .any_query = true },

	{ HTTP_GET,    "/api/sync",                  SIGNED,                  NULL,                   sync_query,      Q_SYNC_BEGIN,        HANDLER,
	  .handler = sync_show,
	  .uses = { Q_SYNC_DELETIONS, Q_SYNC_RESIDENCES, Q_SYNC_MEMBERS, Q_SYNC_TASKS, Q_SYNC_COMPLETIONS } },

	{ HTTP_GET,    "/api/static-data",           ANYONE,                  NULL,                   NULL,            Q_STATIC_DATA,       ONE,
	  .max_age_s = LOOKUPS_MAX_AGE_S },
	{ HTTP_GET,    "/api/static-data/{list}",    ANYONE,                  NULL,                   NULL,            Q_STATIC_LIST,       ONE,
	  .max_age_s = LOOKUPS_MAX_AGE_S },
};
/* clang-format on */

/* clang-format off */
/* Constraints that a valid body can still break, and the field it is about (NULL: the whole). */
static const struct refusal refusals[] = {
	{ "tasks_pkey",                 NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "completions_pkey",           NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	{ "residences_pkey",            NULL,             ERR_DONE,     "id_taken",
	  "Something else has this id." },
	/* Its secret was shown once: there is nothing to answer again. */
	{ "calendar_feeds_pkey",        NULL,             ERR_CONFLICT, "id_taken",
	  "Something else has this id." },
	{ "users_email_key",            NULL,             ERR_CONFLICT, "email_taken",
	  "There is an account with this mail address already." },
	{ "share_codes_below_giver",    NULL,             ERR_FORBIDDEN, "role_too_high",
	  "A share code gives a role below your own." },
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
	{ "tasks_recurrence_check",     "due_on",         ERR_INVALID,  "required",
	  "must be there: what comes back needs a first day" },
	{ "tasks_recurrence_ends",      "recurrence",     ERR_INVALID,  "no_next_date",
	  "leaves no second day" },
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
	"sync_mark", "sync_since", "sync_since_at", "sync_horizon", "sync_horizon_at", "sync_after", "sync_limit",
	"share_code", "share_code_hmac", "feed_hash", "feed_path", "import_ids", NULL
};
_Static_assert(sizeof(values) / sizeof(values[0]) == (int)VALUE_END - (int)VALUE_PROGRAM + 1, "each value has a name");
_Static_assert((int)VALUE_END <= (int)VALUES_MAX, "a request has room for each value");

enum { MINUTE_S = 60, HOUR_S = 3600 };
static const struct rate_limit rates[] = {
	{ "share", offsetof(struct config, limits_share), HOUR_S },
	{ "feeds", offsetof(struct config, limits_feeds), MINUTE_S },
	{ NULL, 0, 0 }
};
/* clang-format on */

static const struct resource all = { "all", routes, sizeof(routes) / sizeof(routes[0]) };
static const struct resource *const resources[] = { &all, NULL };

const struct surface surface = {
	.program = "hob-api",
	.resources = resources,
	.statements = statements,
	.statement_count = Q_COUNT,
	.orders = statement_orders,
	.own = { .enter = Q_ENTER,
		 .enter_known = Q_ENTER_KNOWN,
		 .me = Q_ME,
		 .once = Q_ONCE,
		 .rehearsed = Q_REHEARSED,
		 .startup_check = Q_STARTUP_CHECK,
		 .ready_check = Q_READY_CHECK },
	.roles = roles,
	.refusals = refusals,
	.rates = rates,
	.values = values,
	.words = &api_words,
};
