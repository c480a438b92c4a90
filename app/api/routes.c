/*
 * routes.c: the front door. One row is one endpoint; the router, the parameter
 * binding, the access checks, `hob routes`, the logs and the tests read this table.
 * To add an endpoint start here: doc/HACKING.md has the six steps.
 */
#include "api/routes.h"

#include <stdio.h>

#include "api/handlers.h"
#include "api/heritage.h"

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
	{ HTTP_POST, TASK "/" name, SCOPE(TASK, EDIT), fields, NULL, statement, ONE, \
	  .shown_by = Q_TASK_GET, .made = "task_id" }

const struct route routes[] = {
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
	{ HTTP_GET,    RESIDENCE,                    SCOPE(RESIDENCE, VIEW),  NULL,                   NULL,            Q_RESIDENCE_GET,     ONE },
	{ HTTP_PATCH,  RESIDENCE,                    SCOPE(RESIDENCE, MANAGE), residence_fields,      NULL,            Q_RESIDENCE_UPDATE,  ONE,
	  .shown_by = Q_RESIDENCE_GET },
	{ HTTP_DELETE, RESIDENCE,                    SCOPE(RESIDENCE, OWN),   NULL,                   NULL,            Q_RESIDENCE_DELETE,  NO_CONTENT,
	  .shown_by = Q_RESIDENCE_GET },
	{ HTTP_GET,    RESIDENCE "/activity",        SCOPE(RESIDENCE, VIEW),  NULL,                   activity_query,  Q_ACTIVITY_LIST,     PAGE },
	{ HTTP_GET,    RESIDENCE "/members",         SCOPE(RESIDENCE, VIEW),  NULL,                   NULL,            Q_MEMBER_LIST,       PAGE },
	{ HTTP_PATCH,  MEMBER,                       SCOPE(RESIDENCE, OWN),   member_fields,          NULL,            Q_MEMBER_SET_ROLE,   ONE },
	{ HTTP_DELETE, MEMBER,                       SCOPE(RESIDENCE, OWN),   NULL,                   NULL,            Q_MEMBER_REMOVE,     NO_CONTENT },
	{ HTTP_POST,   RESIDENCE "/leave",           SCOPE(RESIDENCE, VIEW),  NULL,                   NULL,            Q_RESIDENCE_LEAVE,   NO_CONTENT },
	{ HTTP_POST,   RESIDENCE "/transfer",        SCOPE(RESIDENCE, OWN),   transfer_fields,        NULL,            Q_RESIDENCE_TRANSFER, ONE },
	{ HTTP_GET,    RESIDENCE "/share-codes",     SCOPE(RESIDENCE, MANAGE), NULL,                  NULL,            Q_SHARE_CODE_LIST,   PAGE },
	{ HTTP_POST,   RESIDENCE "/share-codes",     SCOPE(RESIDENCE, MANAGE), share_code_fields,     NULL,            Q_SHARE_CODE_CREATE, CREATED,
	  .handler = share_code_make, .limited = true },
	{ HTTP_DELETE, RESIDENCE "/share-codes/{share_code_id}", SCOPE(RESIDENCE, MANAGE), NULL,      NULL,            Q_SHARE_CODE_REVOKE, NO_CONTENT },
	{ HTTP_POST,   "/api/share-codes/preview",   SIGNED,                  code_fields,            NULL,            Q_SHARE_CODE_PREVIEW, ONE,
	  .handler = share_code_use, .rate = RATE_SHARE },
	{ HTTP_POST,   "/api/residences/join",       SIGNED,                  code_fields,            NULL,            Q_RESIDENCE_JOIN,    ONE,
	  .handler = share_code_use, .rate = RATE_SHARE, .limited = true },

	{ HTTP_GET,    "/api/tasks",                 SIGNED,                  NULL,                   task_query,      Q_TASK_LIST,         PAGE },
	{ HTTP_POST,   "/api/tasks",                 SCOPE(RESIDENCE, EDIT),  task_fields,            NULL,            Q_TASK_CREATE,       CREATED,
	  .location = "/api/tasks/", .shown_by = Q_TASK_GET, .made = "task_id", .limited = true },
	{ HTTP_POST,   "/api/tasks/bulk",            SIGNED,                  NULL,                   NULL,            Q_NONE,              HANDLER,
	  .handler = bulk_tasks, .reads_body = true },
	{ HTTP_GET,    "/api/tasks/kanban",          SIGNED,                  NULL,                   board_query,     Q_TASK_BOARD,        HANDLER,
	  .handler = board_show, .uses = { Q_TASK_BOARD_LARGE } },
	{ HTTP_GET,    TASK,                         SCOPE(TASK, VIEW),       NULL,                   NULL,            Q_TASK_GET,          ONE },
	{ HTTP_PATCH,  TASK,                         SCOPE(TASK, EDIT),       task_fields,            NULL,            Q_TASK_UPDATE,       ONE,
	  .shown_by = Q_TASK_GET },
	{ HTTP_DELETE, TASK,                         SCOPE(TASK, EDIT),       NULL,                   NULL,            Q_TASK_DELETE,       NO_CONTENT,
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
	{ HTTP_POST,   TASK "/complete",             SCOPE(TASK, EDIT),       complete_fields,        NULL,            Q_TASK_COMPLETE,     CREATED,
	  .location = "/api/completions/", .shown_by = Q_COMPLETION_GET, .made = "completion_id" },
	{ HTTP_POST,   TASK "/skip",                 SCOPE(TASK, EDIT),       skip_fields,            NULL,            Q_TASK_SKIP,         CREATED,
	  .location = "/api/completions/", .shown_by = Q_COMPLETION_GET, .made = "completion_id" },
	{ HTTP_GET,    TASK "/completions",          SCOPE(TASK, VIEW),       NULL,                   task_completions_query, Q_TASK_COMPLETIONS, PAGE },
	{ HTTP_GET,    "/api/completions",           SIGNED,                  NULL,                   completion_query, Q_COMPLETION_LIST,  PAGE },
	{ HTTP_GET,    COMPLETION,                   SCOPE(COMPLETION, VIEW), NULL,                   NULL,            Q_COMPLETION_GET,    ONE },
	{ HTTP_PATCH,  COMPLETION,                   SCOPE(COMPLETION, EDIT), completion_fields,      NULL,            Q_COMPLETION_UPDATE, ONE,
	  .shown_by = Q_COMPLETION_GET },
	{ HTTP_DELETE, COMPLETION,                   SCOPE(COMPLETION, EDIT), NULL,                   NULL,            Q_COMPLETION_DELETE, NO_CONTENT,
	  .shown_by = Q_COMPLETION_GET },
	{ HTTP_POST,   COMPLETION "/undo",           SCOPE(COMPLETION, EDIT), NULL,                   NULL,            Q_COMPLETION_UNDO,   ONE,
	  .shown_by = Q_COMPLETION_TASK, .made = "completion_id" },
	{ HTTP_POST,   "/api/recurrence/preview",    SIGNED,                  preview_fields,         NULL,            Q_NONE,              HANDLER,
	  .handler = recurrence_preview },

	{ HTTP_GET,    "/api/task-templates",        SIGNED,                  NULL,                   template_query,  Q_TEMPLATE_LIST,     PAGE },
	{ HTTP_POST,   "/api/task-templates/apply",  SCOPE(RESIDENCE, EDIT),  apply_fields,           NULL,            Q_TEMPLATE_APPLY,    HANDLER,
	  .handler = templates_apply, .limited = true },

	{ HTTP_GET,    RESIDENCE "/report",          SCOPE(RESIDENCE, VIEW),  NULL,                   report_query,    Q_RESIDENCE_REPORT,  HANDLER,
	  .handler = report_show, .dear = true },
	{ HTTP_GET,    RESIDENCE "/tasks/export",    SCOPE(RESIDENCE, VIEW),  NULL,                   export_query,    Q_TASK_EXPORT,       HANDLER,
	  .handler = tasks_export, .dear = true },
	{ HTTP_POST,   RESIDENCE "/tasks/import",    SCOPE(RESIDENCE, EDIT),  NULL,                   import_query,    Q_TASK_IMPORT,       HANDLER,
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

const int route_count = sizeof(routes) / sizeof(routes[0]);

void
routes_name(struct scoreboard *board)
{
	_Static_assert(sizeof(routes) / sizeof(routes[0]) <= SCOREBOARD_ROUTES,
		       "the scoreboard holds a label for every route");

	for (int i = 0; i < route_count; i++)
		snprintf(board->routes[i], sizeof(board->routes[i]), "%s %s",
			 http_method_name(routes[i].method), routes[i].path);
	board->route_count = (uint32_t)route_count;
}

bool
route_writes(int32_t index)
{
	return index >= 0 && index < route_count && routes[index].method != HTTP_GET;
}

const char *
route_statement_name(int32_t statement)
{
	return statement > 0 && statement < Q_COUNT ? statements[statement].name : NULL;
}
