/*
 * transfer.c: tasks that go to another residence of the caller's, and copies of tasks. Runs
 * in workers.
 */
#include "api/resources.h"

#include "statements.h"

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
/* The other residence: the scope of a row is the task, so the statement asks for the role there. */
static const struct field transfer_fields[] = {
	{ "residence_id", FIELD_UUID, REQUIRED, 0, 0, NULL, NULL, 0 },
	END
};

static const struct field copy_fields[] = {
	NEW_ID,
	{ "residence_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 },
	END
};

/* The path names the task that was copied; this is the one that was made. */
static const struct thing copy = { "task", "copy_id", NO_STATEMENT, Q_TASK_COPIED };

static const struct route routes[] = {
	{ HTTP_POST, TASK "/transfer", SCOPE(THING(TASK), ROLE_EDIT), transfer_fields, NULL, Q_TASK_TRANSFER, ONE,
	  .shows = THING(TASK), .limited = true,
	  DOC("transferTask", "Tasks", "Task", "Move a task with its history to another residence", .also = "history_of_others") },
	{ HTTP_POST, TASK "/copy", SCOPE(THING(TASK), ROLE_EDIT), copy_fields, NULL, Q_TASK_COPY, CREATED,
	  .location = "/api/tasks/", .shows = &copy, .limited = true,
	  DOC("copyTask", "Tasks", "Task", "Copy a task, to the same residence or another") },
};
/* clang-format on */

RESOURCE(transfer);
