#ifndef HOB_ICAL_ICAL_H
#define HOB_ICAL_ICAL_H

#include "core/str.h"
#include "core/strbuf.h"

/*
 * Content lines of iCalendar (RFC 5545), appended to `out`: folded at 75 octets and never
 * inside a UTF-8 character (3.1), ended by CRLF. `name` has the parameters with it:
 * "DTSTART;VALUE=DATE".
 */

/* Opens a calendar; the caller ends it, by the line END:VCALENDAR. */
void ical_begin(struct strbuf *out);
/* The value as it is: dates, rules, words of the standard. */
void ical_line(struct strbuf *out, const char *name, struct str value);
/* A value of type TEXT: backslash, semicolon, comma and line breaks are escaped (3.3.11),
 * other control characters left out. */
void ical_text(struct strbuf *out, const char *name, struct str text);
/* The same without name and line, for a part of a value. */
void ical_escape(struct strbuf *out, struct str text);

#endif
