#ifndef HOB_ADMIN_DOC_H
#define HOB_ADMIN_DOC_H

#include "serve/words.h"

/* Texts of the document of the staff API. */
extern const struct words admin_words;

#endif
