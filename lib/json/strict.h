#ifndef HOB_JSON_STRICT_H
#define HOB_JSON_STRICT_H

#include "json/json.h"

/* Between strict.c and read.c; everybody else includes json/json.h. */

struct json_spans {
	struct str *at;
	struct str *names;	/* escapes resolved; STR_NONE for items */
	size_t count, room, name_room;
	char first;		/* of the root */
};

/*
 * json_check that also notes where the values of the root's members or items
 * stand. Spans and what it needs meanwhile live in `a`.
 */
enum err json_check_spans(struct arena *a, struct str text, struct json_limits max,
			  struct json_spans *out, struct json_fault *fault);

#endif
