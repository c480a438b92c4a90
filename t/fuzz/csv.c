/*
 * csv.c: cells come back as they were written, apostrophes before formulas and all.
 */
#include "csv/csv.h"

#include "fuzz.h"

static void
must_come_back(struct arena *a, const struct csv_row *row)
{
	struct strbuf out;
	struct csv c = { .out = &out };
	struct csv_reader again;
	struct csv_row read;

	/* One empty cell alone is an empty line. */
	if (row->count == 1 && row->cells[0].len == 0)
		return;
	strbuf_init(&out);
	/* The separator is what the first line has most of. */
	strbuf_add_cstr(&out, "name,name\r\n");
	for (int i = 0; i < row->count; i++)
		csv_cell(&c, row->cells[i]);
	csv_end_row(&c);
	csv_open(&again, a, strbuf_str(&out));
	MUST(csv_next(&again, &read) == ERR_OK && read.count == 2);
	MUST(csv_next(&again, &read) == ERR_OK && read.count == row->count);
	for (int i = 0; i < row->count; i++)
		MUST(str_eq(read.cells[i], row->cells[i]));
	MUST(csv_next(&again, &read) == ERR_NOT_FOUND);
	strbuf_release(&out);
}

void
fuzz_csv(struct arena *a, struct str input)
{
	struct csv_reader r;
	struct csv_row row;
	int line = 0;
	enum err e;

	csv_open(&r, a, input);
	while ((e = csv_next(&r, &row)) == ERR_OK) {
		MUST(row.count >= 1 && row.count <= CSV_CELLS_MAX);
		MUST(r.line > line);
		line = r.line;
		for (int i = 0; i < row.count; i++)
			MUST(row.cells[i].ptr[row.cells[i].len] == '\0');
		must_come_back(a, &row);
	}
	MUST(e == ERR_NOT_FOUND || e == ERR_MALFORMED || e == ERR_TOO_LARGE);
}
