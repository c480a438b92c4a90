#ifndef HOB_API_SEARCH_H
#define HOB_API_SEARCH_H

#include "core/strbuf.h"

/* Appends the schema "Search", with the kinds of things.c that can be searched. */
void search_schema(struct strbuf *out);

#endif
