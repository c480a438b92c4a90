#ifndef HOB_API_IMPORT_H
#define HOB_API_IMPORT_H

#include "api/files.h"
#include "core/str.h"
#include "crypto/hash.h"
#include "csv/csv.h"
#include "serve/parts.h"

/* An import of a file of tasks: read by import_rows.c, run and answered by import.c. */

struct row {
	struct part *part;	/* that makes the task */
	int line;
	bool is_there;		/* was, before */
	unsigned char says[SHA256_SIZE];	/* hash of it, and of the residence */
};

struct import {
	struct req *whole;
	struct str residence;	/* in small letters */
	struct csv_reader reader;
	const struct file_task_column *columns[CSV_CELLS_MAX];	/* NULL: of no meaning */
	int column_count;
	struct csv_row cells;	/* of the row at hand */
	struct row *rows;
	int count;
	struct parts parts;
};

/*
 * The body of `whole`, into m->rows and the parts that make them; faults of a row are on its part. ERR_OK, or why
 * the file as a whole is refused, explained on `whole`.
 */
enum err import_read(struct import *m, struct req *whole);
/* The id of the task that the row makes. */
const char *import_id(const struct row *row);

#endif
