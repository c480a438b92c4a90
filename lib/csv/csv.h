#ifndef HOB_CSV_CSV_H
#define HOB_CSV_CSV_H

#include "core/str.h"
#include "core/strbuf.h"

/*
 * Rows of CSV (RFC 4180), appended to `out`: cells with commas between, CRLF at the end. For
 * spreadsheets that take a cell beginning with = + - @, a tab or a CR for a formula, such a
 * cell gets an apostrophe in front, as OWASP advises ("CSV Injection").
 */
struct csv {
	struct strbuf *out;
	int cells;	/* of the row that is open */
};

void csv_cell(struct csv *c, struct str text);	/* STR_NONE is an empty cell */
void csv_end_row(struct csv *c);

#endif
