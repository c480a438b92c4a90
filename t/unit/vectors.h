#ifndef HOB_UNIT_VECTORS_H
#define HOB_UNIT_VECTORS_H

#include "core/arena.h"
#include "json/json.h"

/* Reads a file of test vectors into `a`; fails the test that needs it when that is not possible. */
void vectors_read(struct arena *a, const char *path, struct json_doc *out);

#endif
