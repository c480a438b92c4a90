/*
 * read.c: rows of CSV as spreadsheets of all countries write them. Runs in workers.
 */
#include "csv/csv.h"

#include <stdbool.h>
#include <string.h>

static const char separators[] = ",;\t";

static bool
ends_line(char c)
{
	return c == '\n' || c == '\r';
}

/* Outside of quotes, in the first line. */
static int
count_in_head(struct str text, char separator)
{
	bool quoted = false;
	int n = 0;

	for (size_t i = 0; i < text.len && (quoted || !ends_line(text.ptr[i])); i++) {
		quoted = quoted != (text.ptr[i] == '"');
		n += !quoted && text.ptr[i] == separator;
	}
	return n;
}

void
csv_open(struct csv_reader *r, struct arena *a, struct str text)
{
	int most = 0;

	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = (struct str){ text.ptr + 3, text.len - 3 };
	/* A cell and its NUL take no more than it and its separator. */
	*r = (struct csv_reader){ .rest = text,
				  .to = arena_alloc(a, text.len + 1),
				  .separator = ',',
				  .next_line = 1 };
	for (const char *s = separators; *s != '\0'; s++) {
		int n = count_in_head(text, *s);

		if (n > most) {
			most = n;
			r->separator = *s;
		}
	}
}

static bool
at_end(const struct csv_reader *r)
{
	return r->rest.len == 0;
}

static char
take(struct csv_reader *r)
{
	char c = *r->rest.ptr;

	r->rest = (struct str){ r->rest.ptr + 1, r->rest.len - 1 };
	/* CR LF is one end. */
	if (c == '\n' || (c == '\r' && (at_end(r) || *r->rest.ptr != '\n')))
		r->next_line++;
	return c;
}

static bool
at_end_of_cell(const struct csv_reader *r)
{
	return at_end(r) || *r->rest.ptr == r->separator || ends_line(*r->rest.ptr);
}

/* Behind the first quote. */
static enum err
take_quoted(struct csv_reader *r)
{
	while (!at_end(r)) {
		char c = take(r);

		if (c == '"' && (at_end(r) || *r->rest.ptr != '"'))
			return at_end_of_cell(r) ? ERR_OK : ERR_MALFORMED;
		if (c == '"')
			take(r);
		*r->to++ = c;
	}
	return ERR_MALFORMED;
}

/* What csv_cell has put there. */
static struct str
without_guard(struct str cell)
{
	static const char formula[] = "=+-@\t\r\n \xef";

	if (cell.len > 1 && cell.ptr[0] == '\'' && strchr(formula, cell.ptr[1]) != NULL)
		return (struct str){ cell.ptr + 1, cell.len - 1 };
	return cell;
}

static enum err
take_cell(struct csv_reader *r, struct str *out)
{
	char *from = r->to;
	enum err e = ERR_OK;

	if (!at_end(r) && *r->rest.ptr == '"') {
		take(r);
		e = take_quoted(r);
	} else {
		while (!at_end_of_cell(r))
			*r->to++ = take(r);
	}
	*out = without_guard((struct str){ from, (size_t)(r->to - from) });
	*r->to++ = '\0';
	return e;
}

static void
skip_empty_lines(struct csv_reader *r)
{
	while (!at_end(r) && ends_line(*r->rest.ptr))
		take(r);
}

enum err
csv_next(struct csv_reader *r, struct csv_row *out)
{
	skip_empty_lines(r);
	r->line = r->next_line;
	out->count = 0;
	if (at_end(r))
		return ERR_NOT_FOUND;
	for (;;) {
		enum err e;

		if (out->count == CSV_CELLS_MAX)
			return ERR_TOO_LARGE;
		e = take_cell(r, &out->cells[out->count++]);
		if (e != ERR_OK)
			return e;
		if (at_end(r) || *r->rest.ptr != r->separator)
			return ERR_OK;
		take(r);
	}
}
