#ifndef HOB_MANUAL_MANUAL_H
#define HOB_MANUAL_MANUAL_H

#include "core/strbuf.h"

/*
 * Pages for man(1), appended to `out`, so that a program prints its own from the tables it
 * runs on. In every text `this` is shown in bold, and an empty line begins another paragraph;
 * all other bytes, those that mean something to troff too, are shown as they are.
 */

/* Opens a page: "hob", 1, "hob 0.1.0", "the command line of Hob". */
void manual_begin(struct strbuf *out, const char *name, int section, const char *version,
		  const char *does);
/* A heading, and a lesser one. */
void manual_section(struct strbuf *out, const char *title);
void manual_subsection(struct strbuf *out, const char *title);
void manual_text(struct strbuf *out, const char *text);
/* A term in bold, its arguments as they are (NULL: none), and what is said of it. */
void manual_item(struct strbuf *out, const char *term, const char *arguments,
		 const char *text);

#endif
