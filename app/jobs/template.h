#ifndef HOB_JOBS_TEMPLATE_H
#define HOB_JOBS_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/str.h"
#include "mails.h"

/*
 * Texts with values in them. {{name}} is a value; {{?name}} ... {{/}} is there where that value is not empty, and
 * stands in no other one. A mark at the end of a line takes the end of the line along, if it is {{?name}} or {{/}}.
 */
struct letter_value {
	const char *name;
	struct str text;	/* well-formed UTF-8; STR_NONE is empty */
};

enum template_form { TEMPLATE_TEXT, TEMPLATE_HTML };

/* That of a mail in a language, in English when there is no such language; NULL when there is no such mail. */
const struct mail_template *template_find(const char *name, const char *language);
/*
 * Puts in the values, which are escaped in HTML. False when one has no value, or the text is not well formed: *fault is
 * from there on then. *out lives in `a`.
 */
bool template_fill(struct arena *a, const char *text, enum template_form form, const struct letter_value *values,
		   size_t count, struct str *out, const char **fault);

#endif
