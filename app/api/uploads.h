#ifndef HOB_API_UPLOADS_H
#define HOB_API_UPLOADS_H

#include "core/err.h"

struct req;

/*
 * Takes a body of 1 to `most` files, after a look at who sends it and whether there is room, and runs the route's
 * statement for them: :files, whose ids are new, the first being :new_id. ERR_OK and *index as request_run; else
 * explained, and no byte of them is left. One round trip before the bytes and one behind.
 */
enum err uploads_take(struct req *r, int most, int *index);

#endif
