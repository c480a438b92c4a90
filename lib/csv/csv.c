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

/* What a formula begins with, in the writing of Japan and China too: U+FF1D FF0B FF0D FF20. */
static const char *const signs[] = {
	"=",
	"+",
	"-",
	"@",
	"\xef\xbc\x9d",
	"\xef\xbc\x8b",
	"\xef\xbc\x8d",
	"\xef\xbc\xa0",
};

/* What may end a field where the separator is no comma: there our quotes are letters. */
static const char ends[] = ";\t\r\n";

static bool
is_formula(struct str s)
{
	while (s.len > 0 && *s.ptr == ' ')
		s = (struct str){ s.ptr + 1, s.len - 1 };
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (str_starts(s, str_of(signs[i])))
			return true;
	return false;
}

/* Does a spreadsheet see a program in what begins at `i`? */
static bool
needs_guard(struct str text, size_t i)
{
	struct str rest = { text.ptr + i, text.len - i };
	struct str before = { text.ptr + i - (i > 0), i > 0 };

	if (i == 0 && has_any((struct str){ text.ptr, 1 }, ends + 1))
		return true;
	return (i == 0 || has_any(before, ends)) && is_formula(rest);
}

void
csv_cell(struct csv *c, struct str text)
{
	bool quoted = has_any(text, ",\"") || has_any(text, ends);

	if (c->cells++ > 0)
		strbuf_add_char(c->out, ',');
	if (quoted)
		strbuf_add_char(c->out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (needs_guard(text, i))
			strbuf_add_char(c->out, '\'');
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
