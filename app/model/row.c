/*
 * row.c: writes rows as JSON, by the plan of their statement. Runs in workers, and in runners.
 */
#include "model/row_plan.h"

#include <string.h>

#include "core/die.h"
#include "db/db.h"
#include "json/json.h"

/* Beside its text a cell takes at most ,"null" and braces; an instant is cut to 20 bytes. */
enum { CELL_ROOM = 32 };

static char *
put(char *to, struct str s)
{
	memcpy(to, s.ptr, s.len);
	return to + s.len;
}

static char *
put_quoted(char *to, struct str s)
{
	*to++ = '"';
	to = put(to, s);
	*to++ = '"';
	return to;
}

struct str
row_instant(char buf[ROW_INSTANT_SIZE], struct str s)
{
	if (s.len < ROW_INSTANT_SIZE - 1)
		die("\"%.*s\" is no timestamp in ISO style", STR_FMT(s));
	memcpy(buf, s.ptr, ROW_INSTANT_SIZE - 1);
	buf[10] = 'T';
	buf[ROW_INSTANT_SIZE - 1] = 'Z';
	return (struct str){ buf, ROW_INSTANT_SIZE };
}

/* One element of an array literal, quoted or bare; *at moves behind it. */
static void
add_array_item(struct strbuf *out, struct str s, size_t *at)
{
	struct strbuf item;
	bool quoted = s.ptr[*at] == '"';
	size_t i = *at + quoted;

	strbuf_init(&item);
	while (i < s.len &&
	       (quoted ? s.ptr[i] != '"' : s.ptr[i] != ',' && s.ptr[i] != '}')) {
		i += s.ptr[i] == '\\';
		strbuf_add_char(&item, s.ptr[i++]);
	}
	*at = i + quoted;
	if (!quoted && str_is(strbuf_str(&item), "NULL")) {
		strbuf_add(out, STR("null"));
	} else {
		strbuf_add_char(out, '"');
		json_escape(out, strbuf_str(&item));
		strbuf_add_char(out, '"');
	}
	strbuf_release(&item);
}

/* One-dimensional array text, {a,"b c",NULL} (PostgreSQL manual, 8.15.6). */
static void
add_text_array(struct strbuf *out, struct str s)
{
	size_t at = 1;

	strbuf_add_char(out, '[');
	while (at < s.len && s.ptr[at] != '}') {
		if (at > 1)
			strbuf_add_char(out, ',');
		add_array_item(out, s, &at);
		at += at < s.len && s.ptr[at] == ',';
	}
	strbuf_add_char(out, ']');
}

/* Writes a cell that needs no look at each byte; NULL: this form does. */
static char *
put_plain(char *to, enum cell_form form, struct str s)
{
	char instant[ROW_INSTANT_SIZE];

	if (s.ptr == NULL)
		return put(to, STR("null"));
	switch (form) {
	case CELL_RAW:
		return put(to, s);
	case CELL_BOOL:
		return put(to, s.ptr[0] == 't' ? STR("true") : STR("false"));
	case CELL_QUOTED:
		return put_quoted(to, s);
	case CELL_INSTANT:
		return put_quoted(to, row_instant(instant, s));
	default:
		return NULL;
	}
}

/* One reservation a cell: a board has 1,400 of them. */
static void
add_cell_value(struct strbuf *out, const struct cell *c, struct str s)
{
	char *to = put(strbuf_reserve(out, c->before.len + s.len + CELL_ROOM), c->before);
	char *end = put_plain(to, c->form, s);

	out->len = (size_t)((end != NULL ? end : to) - out->ptr);
	if (end != NULL)
		return;
	if (c->form == CELL_TEXT_ARRAY) {
		add_text_array(out, s);
		return;
	}
	strbuf_add_char(out, '"');
	json_escape(out, s);
	strbuf_add_char(out, '"');
}

static void
close_objects(struct strbuf *out, int n)
{
	while (n-- > 0)
		strbuf_add_char(out, '}');
}

void
row_open(const struct row_plan *plan, const struct db *db, int index, int row,
	 struct strbuf *out)
{
	for (int i = 0; i < plan->count; i++) {
		const struct cell *c = &plan->cells[i];
		struct str s = db_value(db, index, row, c->column);

		if (s.ptr == NULL && c->if_null.ptr != NULL) {
			strbuf_add(out, c->if_null);
			close_objects(out, c->closes_null);
			i += c->skip - 1;
			continue;
		}
		add_cell_value(out, c, s);
		close_objects(out, c->closes);
	}
}
