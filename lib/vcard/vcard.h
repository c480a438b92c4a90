#ifndef HOB_VCARD_VCARD_H
#define HOB_VCARD_VCARD_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"

/*
 * Reads the lines of cards of address books: vCard 4.0 (RFC 6350), and 3.0 (RFC 2426) and 2.1 as phones export
 * them. Those of 4.0 are written as the lines of a calendar are (ical/ical.h): their grammar is the same.
 */
struct vcard_reader {
	struct arena *a;
	struct str rest;
	int line;	/* the last one that was read, from 1 */
};

/* A property. Its parts live in the text of vcard_open, or in its arena. */
struct vcard_line {
	struct str group;	/* "item1", what stands before the name with a dot; STR_NONE without one */
	struct str name;	/* "TEL"; compare it without regard to case */
	struct str params;	/* "TYPE=cell;PREF=1" */
	struct str value;	/* unfolded and, of 2.1, decoded from quoted-printable, as UTF-8; still escaped */
	int line;		/* on which it begins */
};

void vcard_open(struct vcard_reader *r, struct arena *a, struct str text);
/*
 * The next property. ERR_OK, ERR_NOT_FOUND behind the last, or ERR_MALFORMED for a line without a colon, of which
 * out->line alone is set.
 */
enum err vcard_next(struct vcard_reader *r, struct vcard_line *out);

bool vcard_is(const struct vcard_line *l, const char *name);
/* Does a TYPE name this? Of 2.1 it stands without its name: TEL;CELL:1 */
bool vcard_has_type(const struct vcard_line *l, const char *type);
/*
 * Cuts a value of several parts at the next `separator`, ; or , that no backslash is before, as str_cut does.
 */
struct str vcard_cut(struct str *rest, char separator);
/* The text that a value, or a part of one, stands for. */
struct str vcard_text(struct arena *a, struct str value);

#endif
