#ifndef HOB_API_ATTACHMENTS_H
#define HOB_API_ATTACHMENTS_H

#include "core/err.h"
#include "serve/field.h"

struct req;

/* Of routes about a thing that files hang on: statements get :files_on and :files_on_id. */
enum err attachments_place(struct req *r);
/* The query of one that shows it, with what hangs there if asked: `.includes = { Q_FILE_LIST }`. */
extern const struct field attachments_query[];

#endif
