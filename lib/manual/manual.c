/*
 * manual.c: man pages from plain texts, in the macros of man(7).
 *
 * The only file that knows troff. The text is the caller's. Runs where a program prints
 * its page, never while it serves.
 */
#include "manual/manual.h"

#include <ctype.h>
#include <stdbool.h>

/* The escape of a character that is special to troff (groff_char(7)). */
static const char *
escape_of(char c)
{
	switch (c) {
	case '\\':
		return "\\e";
	case '-':
		return "\\-";
	case '\'':
		return "\\(aq";
	case '`':
		return "\\(ga";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	case '"':
		return "\\(dq";
	default:
		return NULL;
	}
}

static void
add_char(struct strbuf *out, char c)
{
	const char *escape = escape_of(c);

	/* At the start of a line it would be a request. */
	if (c == '.' && (out->len == 0 || out->ptr[out->len - 1] == '\n'))
		strbuf_add_cstr(out, "\\&");
	if (escape != NULL)
		strbuf_add_cstr(out, escape);
	else
		strbuf_add_char(out, c);
}

static void
add_plain(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++)
		add_char(out, *text);
}

/* Ends with a line end. `between` is the request that parts two paragraphs. */
static void
add_text(struct strbuf *out, const char *text, const char *between)
{
	bool bold = false;

	for (; *text != '\0'; text++) {
		if (*text == '`') {
			bold = !bold;
			strbuf_add_cstr(out, bold ? "\\fB" : "\\fR");
		} else if (text[0] == '\n' && text[1] == '\n') {
			strbuf_addf(out, "\n%s\n", between);
			text++;
		} else {
			add_char(out, *text);
		}
	}
	strbuf_add_char(out, '\n');
}

void
manual_begin(struct strbuf *out, const char *name, int section, const char *version,
	     const char *does)
{
	strbuf_add_cstr(out, ".TH \"");
	for (const char *p = name; *p != '\0'; p++)
		add_char(out, (char)toupper((unsigned char)*p));
	strbuf_addf(out, "\" %d \"\" \"%s\" \"Hob\"\n.nh\n.ad l\n", section, version);
	manual_section(out, "NAME");
	add_plain(out, name);
	strbuf_add_cstr(out, " \\- ");
	add_text(out, does, ".PP");
}

void
manual_section(struct strbuf *out, const char *title)
{
	strbuf_addf(out, ".SH \"%s\"\n", title);
}

void
manual_subsection(struct strbuf *out, const char *title)
{
	strbuf_addf(out, ".SS \"%s\"\n", title);
}

void
manual_text(struct strbuf *out, const char *text)
{
	strbuf_add_cstr(out, ".PP\n");
	add_text(out, text, ".PP");
}

void
manual_item(struct strbuf *out, const char *term, const char *arguments, const char *text)
{
	strbuf_add_cstr(out, ".TP\n\\fB");
	add_plain(out, term);
	strbuf_add_cstr(out, "\\fR");
	if (arguments != NULL && *arguments != '\0') {
		strbuf_add_char(out, ' ');
		add_plain(out, arguments);
	}
	strbuf_add_char(out, '\n');
	add_text(out, text, ".IP");
}
