#ifndef HOB_API_DOWNLOADS_H
#define HOB_API_DOWNLOADS_H

#include "core/err.h"
#include "serve/field.h"

struct req;

/* How bytes of files are fetched: Hob allows, nginx sends (the location /.files/ of site.conf). */

/* variant: main, or a smaller picture of it. */
extern const struct field download_query[];
/*
 * Handlers of rows whose statement yields what hob.file_bytes does. The one sends the bytes, or 304 to who has them; the
 * other answers a path at which the caller, and whoever they give it to, can see the same for FILE_LINK_S.
 */
enum err download_send(struct req *r);
enum err download_link(struct req *r);

#endif
