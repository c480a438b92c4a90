/*
 * things.c: the things of a household, and the roles in a residence. Runs in workers.
 */
#include "api/things.h"

#include "statements.h"

/* clang-format off */
const struct household_thing things[THING_COUNT] = {
	/*                      name             which            scope               shown by               subject       kind           news                 schema            search                as */
	[THING_RESIDENCE] =  { { "residence",     "residence_id",  Q_SCOPE_RESIDENCE,  Q_RESIDENCE_GET },     "residence",  "residences",  Q_SYNC_RESIDENCES,   "Residence",      Q_SEARCH_RESIDENCES,  "Residence" },
	[THING_MEMBER] =     { { "member",        "user_id",       0,                  Q_MEMBER_GET },        "member",     "members",     Q_SYNC_MEMBERS,      "Member",         Q_SEARCH_MEMBERS,     "Member" },
	[THING_TASK] =       { { "task",          "task_id",       Q_SCOPE_TASK,       Q_TASK_GET },          "task",       "tasks",       Q_SYNC_TASKS,        "SyncTask",       Q_SEARCH_TASKS,       "Task" },
	[THING_COMPLETION] = { { "completion",    "completion_id", Q_SCOPE_COMPLETION, Q_COMPLETION_GET },    "completion", "completions", Q_SYNC_COMPLETIONS,  "SyncCompletion", Q_SEARCH_COMPLETIONS, "Completion" },
	[THING_SHARE_CODE] = { { "share_code",    "share_code_id", 0,                  0 },                   "share_code", NULL,          0,                   NULL,             0,                    NULL },
	[THING_FEED] =       { { "calendar_feed", "feed_id",       0,                  Q_FEED_GET },          NULL,         NULL,          0,                   NULL,             0,                    NULL },
	[THING_ACCESS_TOKEN] = { { "access_token", "access_token_id", 0,               Q_ACCESS_TOKEN_GET },  NULL,         NULL,          0,                   NULL,             0,                    NULL },
	[THING_WEBHOOK] =    { { "webhook",       "webhook_id",    0,                  Q_WEBHOOK_GET },       NULL,         NULL,          0,                   NULL,             0,                    NULL },
	[THING_DEVICE] =     { { "device",        "device_id",     0,                  Q_DEVICE_GET },        NULL,         NULL,          0,                   NULL,             0,                    NULL },
	[THING_NOTICE] =     { { "notification",  "notification_id", 0,                Q_NOTICE_GET },        NULL,         "notifications", Q_SYNC_NOTICES,    "Notification",   0,                    NULL },
	[THING_DOCUMENT] =   { { "document",      "document_id",   Q_SCOPE_DOCUMENT,   Q_DOCUMENT_GET },      "document",   "documents",   Q_SYNC_DOCUMENTS,    "SyncDocument",   Q_SEARCH_DOCUMENTS,   "Document" },
	[THING_UPLOAD] =     { { "upload",        "upload_id",     0,                  Q_UPLOAD_GET },        NULL,         NULL,          0,                   NULL,             0,                    NULL },
	[THING_FILE] =       { { "file",          "file_id",       0,                  Q_FILE_GET },          "file",       "files",       Q_SYNC_FILES,        "AttachedFile",   0,                    NULL },
	[THING_ACCOUNT] =    { { "account",       NULL,            0,                  Q_ME },                NULL,         NULL,          0,                   NULL,             0,                    NULL },
};
/* clang-format on */

const char *
thing_subject(int i)
{
	for (int t = 0; t < THING_COUNT; t++)
		if (things[t].subject != NULL && i-- == 0)
			return things[t].subject;
	return NULL;
}

int
thing_synced_by(int i)
{
	for (int t = 0; t < THING_COUNT; t++)
		if (things[t].kind != NULL && i-- == 0)
			return things[t].synced_by;
	return 0;
}

static const struct household_thing *
found(int i)
{
	for (int t = 0; t < THING_COUNT; t++)
		if (things[t].found_by != 0 && i-- == 0)
			return &things[t];
	return NULL;
}

int
thing_found_by(int i)
{
	return found(i) != NULL ? found(i)->found_by : 0;
}

const char *
thing_found(int i)
{
	return found(i) != NULL ? found(i)->kind : NULL;
}

const struct role roles[ROLE_COUNT] = {
	[ROLE_NONE] = { "", NULL },	    [ROLE_VIEW] = { "view", "viewer" },
	[ROLE_EDIT] = { "edit", "member" }, [ROLE_MANAGE] = { "manage", "manager" },
	[ROLE_OWN] = { "own", "owner" },
};
