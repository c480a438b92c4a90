/*
 * csv.c: rows of CSV that no spreadsheet takes for a program, and rows as spreadsheets of all
 * countries write them. Runs in workers.
 */
#include "csv/csv.h"

#include <stdbool.h>
#include <string.h>

static bool
has_any(struct str s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '\0' && strchr(set, s.ptr[i]) != NULL)
			return true;
	return false;
}

/* The first character of a formula, in the writing of Japan and China too: U+FF1D FF0B FF0D FF20. */
static const char *const triggers[] = {
	"=",
	"+",
	"-",
	"@",
	"\xef\xbc\x9d",
	"\xef\xbc\x8b",
	"\xef\xbc\x8d",
	"\xef\xbc\xa0",
};

/* Ends of a field where the separator is no comma: there our quotes mean nothing. */
static const char ends[] = ";\t\r\n";

static bool
is_formula(struct str s)
{
	while (s.len > 0 && *s.ptr == '\'')
		s = (struct str){ s.ptr + 1, s.len - 1 };
	while (s.len > 0 && *s.ptr == ' ')
		s = (struct str){ s.ptr + 1, s.len - 1 };
	if (s.len == 0 || strchr("=+-@\xef", *s.ptr) == NULL)
		return false;
	for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++)
		if (str_starts(s, str_of(triggers[i])))
			return true;
	return false;
}

/* Does the cell begin with a tab or the end of a line, apostrophes or none before it? */
static bool
begins_with_end(struct str s)
{
	while (s.len > 0 && *s.ptr == '\'')
		s = (struct str){ s.ptr + 1, s.len - 1 };
	return s.len > 0 && has_any((struct str){ s.ptr, 1 }, ends + 1);
}

/* May a field begin at `i`, here or where the separator is another? */
static bool
begins_field(struct str text, size_t i)
{
	return i == 0 || has_any((struct str){ text.ptr + i - 1, 1 }, ends);
}

/* Is an apostrophe needed at `i`, before what stands from `next` on? */
static bool
needs_guard(struct str text, size_t i, size_t next)
{
	struct str rest = { text.ptr + next, text.len - next };

	return begins_field(text, i) &&
	       (is_formula(rest) || (i == 0 && begins_with_end(rest)));
}

/* --- writing ------------------------------------------------------------- */

void
csv_cell(struct csv *c, struct str text)
{
	bool quoted = has_any(text, ",\"") || has_any(text, ends);

	if (c->cells++ > 0)
		strbuf_add_char(c->out, ',');
	if (quoted)
		strbuf_add_char(c->out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (needs_guard(text, i, i))
			strbuf_add_char(c->out, '\'');
		if (text.ptr[i] == '"')
			strbuf_add_char(c->out, '"');
		strbuf_add_char(c->out, text.ptr[i]);
	}
	if (quoted)
		strbuf_add_char(c->out, '"');
}

void
csv_plain(struct csv *c, struct str word)
{
	if (c->cells++ > 0)
		strbuf_add_char(c->out, ',');
	strbuf_add(c->out, word);
}

void
csv_end_row(struct csv *c)
{
	strbuf_add(c->out, STR("\r\n"));
	c->cells = 0;
}

/* --- reading ------------------------------------------------------------- */

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

static void
skip_empty_lines(struct csv_reader *r)
{
	while (!at_end(r) && ends_line(*r->rest.ptr))
		take(r);
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
	skip_empty_lines(r);
	for (const char *s = separators; *s != '\0'; s++) {
		int n = count_in_head(r->rest, *s);

		if (n > most) {
			most = n;
			r->separator = *s;
		}
	}
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

/* Takes off the apostrophes of csv_cell, in place. */
static struct str
without_guards(char *cell, size_t len)
{
	struct str text = { cell, len };
	char *to = cell;

	for (size_t i = 0; i < len; i++)
		if (cell[i] != '\'' || !needs_guard(text, i, i + 1))
			*to++ = cell[i];
	return (struct str){ cell, (size_t)(to - cell) };
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
	*out = without_guards(from, (size_t)(r->to - from));
	from[out->len] = '\0';
	r->to = from + out->len + 1;
	return e;
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
