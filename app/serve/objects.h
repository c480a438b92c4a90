#ifndef HOB_SERVE_OBJECTS_H
#define HOB_SERVE_OBJECTS_H

#include <cjson/cJSON.h>

#include "serve/request.h"

/* Objects inside of a body: their members are fields, checked by tables as those of the body are. */

/*
 * Reads the members of the object that `raw`, checked JSON, has: texts[i] is the text of fields[i], NULL where it is
 * null or absent. Faults are noted below r->within. True when there is none.
 */
bool object_read(struct req *r, const struct field *fields, struct str raw, const char **texts);
/*
 * What object_read has read, as JSON in the request's arena. Of what has no text it has null where `named`, the object
 * that was sent, has the name, else nothing; NULL names none.
 */
const char *object_write(struct req *r, const struct field *fields, const char *const *texts, const cJSON *named);
/* The `read` of a FIELD_OBJECTS: *out is a JSON array of whole objects. */
enum err objects_from_json(struct req *r, const struct field *f, const cJSON *v, struct str raw,
			   const char **out);

#endif
