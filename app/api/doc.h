#ifndef HOB_API_DOC_H
#define HOB_API_DOC_H

#include "serve/words.h"

/* Parts of api_words, in files of their own. */

/* doc_schemas.c: in the order of the alphabet. */
extern const struct word words_of_schemas[];
/* bulk.c: the items of its lists. */
extern const struct item_schema bulk_items[];

#endif
