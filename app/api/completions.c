/*
 * completions.c: completions of tasks, and undoing them. Runs in workers.
 */
#include "api/resources.h"

#include "api/attachments.h"
#include "statements.h"

/* --- the table ---------------------------------------------------------------- */

#define COMPLETION "/api/completions/{completion_id}"

/* clang-format off */
static const char *const outcomes[] = { "done", "skipped", NULL };

#define NOTED \
	{ "contractor_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 }, \
	{ "contractor_name", FIELD_LINE, NULLABLE, 1, 200, NULL, NULL, 0 }, \
	{ "actual_cost", FIELD_DECIMAL, NULLABLE, 0, 999999999999, NULL, NULL, 2 }, \
	{ "note", FIELD_TEXT, NULLABLE, 0, 5000, NULL, NULL, 0 }, \
	{ "rating", FIELD_INT, NULLABLE, 1, 5, NULL, NULL, 0 }

static const struct field complete_fields[] = {
	NEW_ID,
	OCCURRENCE(REQUIRED),
	{ "completed_at", FIELD_INSTANT, 0, 0, 0, NULL, NULL, 0 },
	{ "completed_by_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	NOTED,
	END
};

static const struct field skip_fields[] = {
	NEW_ID,
	OCCURRENCE(REQUIRED),
	{ "note", FIELD_TEXT, NULLABLE, 0, 5000, NULL, NULL, 0 },
	END
};

static const struct field completion_fields[] = {
	NOTED,
	END
};

static const struct field task_completions_query[] = {
	{ "outcome", FIELD_CHOICE, 0, 0, 0, outcomes, NULL, 0 },
	END
};

static const struct field completion_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "task_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "completed_by_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "contractor_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "outcome", FIELD_CHOICE, 0, 0, 0, outcomes, NULL, 0 },
	{ "completed_at__gte", FIELD_INSTANT, 0, 0, 0, NULL, NULL, 0 },
	{ "completed_at__lte", FIELD_INSTANT, 0, 0, 0, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

/* What acts answer: the completion, and what has become of the task. */
static const struct thing completed = { "completion", "completion_id", NO_STATEMENT, Q_COMPLETION_AND_TASK };
static const struct thing undone = { "completion", "completion_id", NO_STATEMENT, Q_COMPLETION_UNDONE };

static const struct route routes[] = {
	{ HTTP_POST, TASK "/complete", SCOPE(THING(TASK), ROLE_EDIT), complete_fields, NULL, Q_TASK_COMPLETE, CREATED,
	  .location = "/api/completions/", .shows = &completed,
	  DOC("completeTask", "Completions", "CompletionAndTask", "Complete this occurrence; the task moves to its next one. 200 with the completion that exists when the occurrence was completed or skipped before: check its outcome", .also = "task_cancelled task_done not_current_occurrence idempotency_key_required") },
	{ HTTP_POST, TASK "/skip", SCOPE(THING(TASK), ROLE_EDIT), skip_fields, NULL, Q_TASK_SKIP, CREATED,
	  .location = "/api/completions/", .shows = &completed,
	  DOC("skipTask", "Completions", "CompletionAndTask", "Skip this occurrence. 200 with the completion that exists when the occurrence was completed or skipped before: check its outcome", .also = "task_cancelled task_done not_current_occurrence not_recurring idempotency_key_required") },
	{ HTTP_GET, TASK "/completions", SCOPE(THING(TASK), ROLE_VIEW), NULL, task_completions_query, Q_TASK_COMPLETIONS, PAGE,
	  DOC("listTaskCompletions", "Completions", "Completion", "List the history of a task, the newest first") },
	{ HTTP_GET, "/api/completions", SIGNED, NULL, completion_query, Q_COMPLETION_LIST, PAGE,
	  DOC("listCompletions", "Completions", "Completion", "List the history of all the caller's residences") },
	{ HTTP_GET, COMPLETION, SCOPE(THING(COMPLETION), ROLE_VIEW), NULL, attachments_query, Q_COMPLETION_GET, ONE,
	  .prepare = attachments_place, .includes = { Q_FILE_LIST },
	  DOC("getCompletion", "Completions", "Completion", "Show one completion") },
	{ HTTP_PATCH, COMPLETION, SCOPE(THING(COMPLETION), ROLE_EDIT), completion_fields, NULL, Q_COMPLETION_UPDATE, ONE,
	  .shows = THING(COMPLETION),
	  DOC("updateCompletion", "Completions", "Completion", "Change the note, the cost, the rating or the contractor of a completion; no due day changes") },
	{ HTTP_DELETE, COMPLETION, SCOPE(THING(COMPLETION), ROLE_EDIT), NULL, NULL, Q_COMPLETION_DELETE, NO_CONTENT,
	  .shows = THING(COMPLETION),
	  DOC("deleteCompletion", "Completions", NULL, "Delete a completion; the newest is undone", .also = "not_the_recorder") },
	{ HTTP_POST, COMPLETION "/undo", SCOPE(THING(COMPLETION), ROLE_EDIT), NULL, NULL, Q_COMPLETION_UNDO, ONE,
	  .shows = &undone,
	  DOC("undoCompletion", "Completions", "CompletionAndTask", "Undo the newest completion of a task: what was undone, and the task as it was before", .also = "not_the_recorder not_newest task_deleted") },
};
/* clang-format on */

RESOURCE(completions);
