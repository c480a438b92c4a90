#ifndef HOB_CSV_CSV_H
#define HOB_CSV_CSV_H

#include "core/str.h"
#include "core/strbuf.h"

/*
 * Rows of CSV (RFC 4180), appended to `out`: cells with commas between, CRLF at the end. For
 * spreadsheets that take a cell beginning with = + - @ (of full width too), a tab, a CR or a
 * LF for a formula, such a cell gets an apostrophe in front, as OWASP advises ("CSV
 * Injection"). So does each piece of a cell that begins so behind a semicolon, a tab or the
 * end of a line: where those separate the fields, as in half of Europe, quotes do not hold a
 * cell together that stands behind a comma.
 */
struct csv {
	struct strbuf *out;
	int cells;	/* of the row that is open */
};

void csv_cell(struct csv *c, struct str text);	/* STR_NONE is an empty cell */
void csv_end_row(struct csv *c);

#endif
