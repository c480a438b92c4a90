/*
 * ical.c: content lines of iCalendar, escaped and folded. Runs in workers.
 */
#include "ical/ical.h"

#include <stdbool.h>

enum { LINE_MAX_OCTETS = 75 };

static bool
is_inside_character(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Is the last of the first `n` octets a backslash that belongs to the next? */
static bool
escapes_next(struct str line, size_t n)
{
	size_t backslashes = 0;

	while (backslashes < n && line.ptr[n - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

/*
 * As much of the line as fits in `room` octets without cutting a character or an escape: RFC 5545
 * allows the latter, but some programs then drop the event.
 */
static size_t
fitting(struct str line, size_t room)
{
	size_t n = line.len < room ? line.len : room;

	while (n < line.len && n > 0 && is_inside_character((unsigned char)line.ptr[n]))
		n--;
	return n < line.len && escapes_next(line, n) ? n - 1 : n;
}

static void
fold(struct strbuf *out, struct str line)
{
	size_t room = LINE_MAX_OCTETS;

	while (line.len > 0) {
		size_t n = fitting(line, room);

		strbuf_add(out, (struct str){ line.ptr, n });
		strbuf_add(out, STR("\r\n"));
		line.ptr += n;
		line.len -= n;
		if (line.len > 0)
			strbuf_add_char(out, ' ');
		room = LINE_MAX_OCTETS - 1; /* the space counts */
	}
}

void
ical_line(struct strbuf *out, const char *name, struct str value)
{
	struct strbuf line;

	strbuf_init(&line);
	strbuf_addf(&line, "%s:%.*s", name, STR_FMT(value));
	fold(out, strbuf_str(&line));
	strbuf_release(&line);
}

void
ical_escape(struct strbuf *line, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '\n') {
			strbuf_add(line, STR("\\n"));
		} else if (c == '\\' || c == ';' || c == ',') {
			strbuf_add_char(line, '\\');
			strbuf_add_char(line, c);
		} else if ((unsigned char)c >= ' ' || c == '\t') {
			if (c != 0x7f)
				strbuf_add_char(line, c);
		}
	}
}

void
ical_text(struct strbuf *out, const char *name, struct str text)
{
	struct strbuf line;

	strbuf_init(&line);
	strbuf_addf(&line, "%s:", name);
	ical_escape(&line, text);
	fold(out, strbuf_str(&line));
	strbuf_release(&line);
}

void
ical_begin(struct strbuf *out)
{
	ical_line(out, "BEGIN", STR("VCALENDAR"));
	ical_line(out, "VERSION", STR("2.0"));
	ical_line(out, "PRODID", STR("-//Hob//Household tasks//EN"));
	ical_line(out, "CALSCALE", STR("GREGORIAN"));
}
