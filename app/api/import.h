#ifndef HOB_API_IMPORT_H
#define HOB_API_IMPORT_H

#include "api/files.h"
#include "core/str.h"
#include "crypto/hash.h"
#include "csv/csv.h"
#include "serve/parts.h"

/*
 * An import of a file, of tasks or of contractors: read by import_rows.c or contractor_import.c, run and answered by
 * import.c. What is named by one of its rows has the id that the file or the row itself gives, so that the same file
 * again makes nothing twice.
 */

struct row {
	struct part *part;	/* that makes the thing */
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
	struct row *rows;	/* room for as many as there is for parts */
	int count;
	struct parts parts;
};

struct import_kind {
	const char *type;	/* of the body */
	size_t max_bytes;
	int parts;	/* of a row, at most; a row is a line, at least */
	/*
	 * The body, into m->rows and the parts that make them; faults of a row are on its part. ERR_OK, or why the file
	 * as a whole is refused, explained on m->whole.
	 */
	enum err (*read)(struct import *m, struct str text);
};
extern const struct import_kind import_tasks;

/* The handler of a route with import_query and a statement like task_import. */
enum err import_run(struct req *r, const struct import_kind *kind);
extern const struct field import_query[];

/* ERR_OK when a row more may follow, else ERR_INVALID, explained on m->whole: ask it before import_row. */
enum err import_has_room(struct import *m);
/* The next row, which begins or ends on this line, and the part that makes its thing: a POST to `path`. */
struct row *import_row(struct import *m, const char *path, int line);

/* The id of the thing that the row makes. */
const char *import_id(const struct row *row);
/* Was that of an earlier row? */
bool import_is_given(const struct import *m, const struct row *row);
/* The same id for the same residence, name and number. */
struct str import_id_of(const struct import *m, struct req *r, struct str name, int number);
/* An id in small letters. */
struct str import_lowered(struct req *r, struct str id);
/* Reads a body, as JSON, into a part; faults are on it. */
void import_decode(struct part *p, struct str body);

#endif
