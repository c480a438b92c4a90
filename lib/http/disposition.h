#ifndef HOB_HTTP_DISPOSITION_H
#define HOB_HTTP_DISPOSITION_H

#include "core/arena.h"
#include "core/str.h"

/* Content-Disposition: names of files in requests and answers (RFC 6266, RFC 8187). */

/*
 * The name of the file in it, UTF-8 and NUL-terminated in `a`: filename* before filename, of which %22, %0D and %0A are
 * read as browsers write them (HTML, "multipart form data"). STR_NONE when there is none, or none that can be read.
 */
struct str http_filename(struct arena *a, struct str header);
/* Another parameter of it, "name", without its quotes; STR_NONE. */
struct str http_disposition_param(struct arena *a, struct str header, const char *name);
/* `kind` is "inline" or "attachment": a header that names the file, in both forms; STR_NONE names none. */
const char *http_disposition(struct arena *a, const char *kind, struct str name);

#endif
