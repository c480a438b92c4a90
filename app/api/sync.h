#ifndef HOB_API_SYNC_H
#define HOB_API_SYNC_H

#include "core/strbuf.h"

/* Appends the schema of GET /api/sync, whose changes are by the kinds of things[]. */
void sync_schema(struct strbuf *out);

#endif
