#ifndef HOB_CSV_CSV_H
#define HOB_CSV_CSV_H

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "core/strbuf.h"

/*
 * Rows of CSV (RFC 4180), appended to `out`: cells with commas between, CRLF at the end.
 * For spreadsheets that take a cell beginning with = + - @ (of full width too), a tab, a
 * CR or a LF for a formula, such a cell gets an apostrophe in front, as OWASP advises
 * ("CSV Injection"). So does each piece of a cell that begins with one after a semicolon,
 * a tab or a line end: a spreadsheet that separates fields there, as in half of Europe,
 * ignores quotes after a comma. A cell that begins with apostrophes and then such a
 * character gets one more, since csv_next takes one off: each cell comes back as it was.
 */
struct csv {
	struct strbuf *out;
	int cells;	/* of the row that is open */
};

void csv_cell(struct csv *c, struct str text);	/* STR_NONE is an empty cell */
/* A number, or another word of programs alone: as it is, for a spreadsheet shall take it for what it is. */
void csv_plain(struct csv *c, struct str word);
void csv_end_row(struct csv *c);

/*
 * Reads rows of a file from a person or a program. The separator is the most frequent in
 * the first line of comma, semicolon and tab. A line ends with LF, CR LF or CR; quotes
 * hold a cell together. The apostrophes that csv_cell puts in front of formulas are taken
 * off again.
 */
struct csv_reader {
	struct str rest;
	char *to;	/* where the next cell goes */
	char separator;
	int line;	/* first line of the last row read, from 1 */
	int next_line;
};

enum { CSV_CELLS_MAX = 64 };

struct csv_row {
	struct str cells[CSV_CELLS_MAX];	/* NUL-terminated, in the arena of csv_open */
	int count;
};

/* A byte order mark at the start of `text` is passed over. */
void csv_open(struct csv_reader *r, struct arena *a, struct str text);
/*
 * The next row that is not empty. ERR_OK; ERR_NOT_FOUND behind the last; ERR_MALFORMED when a quote is
 * not closed or something follows one that is, ERR_TOO_LARGE for more than CSV_CELLS_MAX cells:
 * then r->line says where.
 */
enum err csv_next(struct csv_reader *r, struct csv_row *out);

#endif
