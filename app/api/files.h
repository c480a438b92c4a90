#ifndef HOB_API_FILES_H
#define HOB_API_FILES_H

#include "serve/request.h"
#include "csv/csv.h"

/* Answers that clients save as files, and files that they send. */

/* The head of an answer that is a file: 200, its type, and the name to save it under. */
void file_begin(struct req *r, const char *type, const char *name);
/*
 * The same for CSV, with a byte order mark when the query or the caller wants one: Excel
 * reads a file without it in the code page of the machine, and other programs take it for
 * a part of the first name. So a caller that asks by `bom` gets it, and a browser, as a
 * person opens its file.
 */
struct csv file_begin_csv(struct req *r, const char *name);

/* Tasks of a file. task_export has the same. */
enum { FILE_ROWS_MAX = 250 };

/* The use of a cell of this column in an import. */
enum file_column {
	FILE_FIELD,	/* is the field of POST /api/tasks of that name */
	FILE_TEXT,	/* the same, whose spaces at the ends count */
	FILE_LINK,	/* the same, to what has no part in another residence: left out of a row of such */
	FILE_RULE,	/* the same, an object as JSON */
	FILE_LIST,	/* the same, a list with spaces, or "none" */
	FILE_ID,	/* ... as the id of the task, or for one to be made of it */
	FILE_RESIDENCE,	/* tells whether the id is one of this residence */
	FILE_ACT,	/* what was done with the task since it was made */
	FILE_SHOWN	/* nothing: only an export has it */
};

/* The columns of a task, in the order of an export. Ends with a NULL name. */
struct file_task_column {
	const char *name;
	const char *from;	/* column of task_export */
	enum file_column kind;
};
extern const struct file_task_column file_task_columns[];

#endif
