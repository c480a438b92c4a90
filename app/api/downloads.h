#ifndef HOB_API_DOWNLOADS_H
#define HOB_API_DOWNLOADS_H

#include "core/err.h"
#include "serve/field.h"

struct req;

/* How bytes of files are fetched: Hob allows, nginx sends (the location /.files/ of site.conf). */

/* variant: main, or a smaller picture of it. */
extern const struct field download_query[];
/* Handler of rows whose statement yields what hob.file_bytes does: sends the bytes, or 304 to who has them. */
enum err download_send(struct req *r);
/*
 * Handler of rows with Q_FILE_LINK: answers a path at which the caller, and whoever they give it to, can see the same
 * for FILE_LINK_S, as long as their session or access token is good.
 */
enum err download_link(struct req *r);

#endif
