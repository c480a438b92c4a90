/*
 * tasks.c: tasks and the acts on one. Runs in workers.
 */
#include "api/resources.h"

#include "api/attachments.h"
#include "api/rules.h"
#include "statements.h"

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const char *const task_states[] = { "pending", "in_progress", "cancelled", NULL };

static const struct field task_fields[] = {
	NEW_ID,
	{ "residence_id", FIELD_UUID, REQUIRED | CREATE, 0, 0, NULL, NULL, 0 },
	{ "title", FIELD_LINE, REQUIRED, 1, 200, NULL, NULL, 0 },
	{ "description", FIELD_TEXT, NULLABLE, 0, 10000, NULL, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, "other", 0 },
	{ "priority", FIELD_CODE, 0, 1, 64, NULL, "medium", 0 },
	{ "starts_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "due_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "due_time", FIELD_TIME, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "recurrence", FIELD_OBJECT, NULLABLE, 0, 0, NULL, NULL, 0, &rule_object },
	{ "remind_before", FIELD_CHOICES, NULLABLE, 0, REMIND_SPANS, remind_spans, NULL, 0 },
	{ "assigned_to_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "contractor_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "estimated_cost", FIELD_DECIMAL, NULLABLE, 0, 999999999999, NULL, NULL, 2 },
	END
};

static const struct field task_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "state", FIELD_CHOICE, 0, 0, 0, task_states, NULL, 0 },
	{ "state__in", FIELD_CHOICES, 0, 1, 3, task_states, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "category__in", FIELD_CODES, 0, 1, CODES_ASKED_MAX, NULL, NULL, 0 },
	{ "priority", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "priority__in", FIELD_CODES, 0, 1, CODES_ASKED_MAX, NULL, NULL, 0 },
	{ "assigned_to_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "assigned_to_id__isnull", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "contractor_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "due_on__gte", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "due_on__lte", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "due_on__isnull", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "archived", FIELD_BOOL, 0, 0, 0, NULL, "false", 0 },
	{ "hidden", FIELD_BOOL, 0, 0, 0, NULL, "false", 0 },
	{ "completed", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

static const char *const task_parts[] = { "completions", "files", NULL };

static const struct field one_task_query[] = {
	{ "include", FIELD_CHOICES, HANDLED, 1, 2, task_parts, NULL, 0 },
	END
};

/* One of until and days, which are 1 when both are absent. */
static const struct field snooze_fields[] = {
	OCCURRENCE(0),
	{ "until", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "days", FIELD_INT, 0, 1, 365, NULL, NULL, 0 },
	END
};

static const struct field assign_fields[] = {
	{ "assigned_to_id", FIELD_UUID, REQUIRED | NULLABLE, 0, 0, NULL, NULL, 0 },
	END
};

static const struct field move_fields[] = {
	{ "after_id", FIELD_UUID, REQUIRED | NULLABLE, 0, 0, NULL, NULL, 0 },
	END
};

/* Something that is done with a task: the same again changes nothing, and shows it. */
#define ACT(name, fields, statement, words) \
	{ HTTP_POST, TASK "/" name, SCOPE(THING(TASK), ROLE_EDIT), fields, NULL, statement, ONE, \
	  .shows = THING(TASK), words }

static const struct route routes[] = {
	{ HTTP_GET, "/api/tasks", SIGNED, NULL, task_query, Q_TASK_LIST, PAGE,
	  DOC("listTasks", "Tasks", "Task", "List the tasks of all the caller's residences") },
	{ HTTP_POST, "/api/tasks", SCOPE(THING(RESIDENCE), ROLE_EDIT), task_fields, NULL, Q_TASK_CREATE, CREATED,
	  .location = "/api/tasks/", .shows = THING(TASK), .limited = true,
	  DOC("createTask", "Tasks", "Task", "Create a task") },
	{ HTTP_GET, TASK, SCOPE(THING(TASK), ROLE_VIEW), NULL, one_task_query, Q_TASK_GET, ONE,
	  .prepare = attachments_place, .includes = { Q_TASK_COMPLETIONS, Q_FILE_LIST },
	  DOC("getTask", "Tasks", "Task", "Show one task") },
	{ HTTP_PATCH, TASK, SCOPE(THING(TASK), ROLE_EDIT), task_fields, NULL, Q_TASK_UPDATE, ONE,
	  .shows = THING(TASK),
	  DOC("updateTask", "Tasks", "Task", "Change a task") },
	{ HTTP_DELETE, TASK, SCOPE(THING(TASK), ROLE_EDIT), NULL, NULL, Q_TASK_DELETE, NO_CONTENT,
	  .shows = THING(TASK),
	  DOC("deleteTask", "Tasks", NULL, "Delete a task; its history stays") },
	ACT("start", NULL, Q_TASK_START,
	    DOC("startTask", "Tasks", "Task", "Start a task", .also = "task_cancelled task_done")),
	ACT("stop", NULL, Q_TASK_STOP,
	    DOC("stopTask", "Tasks", "Task", "Stop a task that was started", .also = "task_cancelled task_done")),
	ACT("cancel", NULL, Q_TASK_CANCEL,
	    DOC("cancelTask", "Tasks", "Task", "Cancel a task", .also = "task_done")),
	ACT("uncancel", NULL, Q_TASK_UNCANCEL,
	    DOC("uncancelTask", "Tasks", "Task", "Restore a cancelled task")),
	ACT("archive", NULL, Q_TASK_ARCHIVE,
	    DOC("archiveTask", "Tasks", "Task", "Archive a task: take it off the board and out of lists")),
	ACT("unarchive", NULL, Q_TASK_UNARCHIVE,
	    DOC("unarchiveTask", "Tasks", "Task", "Restore an archived task")),
	ACT("snooze", snooze_fields, Q_TASK_SNOOZE,
	    DOC("snoozeTask", "Tasks", "Task", "Postpone this occurrence; later ones stay", .also = "task_cancelled task_done not_current_occurrence idempotency_key_required")),
	ACT("assign", assign_fields, Q_TASK_ASSIGN,
	    DOC("assignTask", "Tasks", "Task", "Assign a task to a member, or to nobody")),
	ACT("move", move_fields, Q_TASK_MOVE,
	    DOC("moveTask", "Tasks", "Task", "Move a task to another place in its column")),
};
/* clang-format on */

RESOURCE(tasks);
