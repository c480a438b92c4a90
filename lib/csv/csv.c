/*
 * csv.c: cells and rows of CSV that no spreadsheet takes for a program. Runs in workers.
 */
#include "csv/csv.h"

#include <string.h>

static bool
has_any(struct str s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '\0' && strchr(set, s.ptr[i]) != NULL)
			return true;
	return false;
}

void
csv_cell(struct csv *c, struct str text)
{
	struct str head = { text.ptr, text.len > 0 ? 1 : 0 };
	bool formula = has_any(head, "=+-@\t\r"), quoted = has_any(text, ",\"\r\n");

	if (c->cells++ > 0)
		strbuf_add_char(c->out, ',');
	if (quoted)
		strbuf_add_char(c->out, '"');
	if (formula)
		strbuf_add_char(c->out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			strbuf_add_char(c->out, '"');
		strbuf_add_char(c->out, text.ptr[i]);
	}
	if (quoted)
		strbuf_add_char(c->out, '"');
}

void
csv_end_row(struct csv *c)
{
	strbuf_add(c->out, STR("\r\n"));
	c->cells = 0;
}
