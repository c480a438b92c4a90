#ifndef HOB_MEDIA_MEDIA_H
#define HOB_MEDIA_MEDIA_H

#include "core/str.h"

/*
 * The media type of a file by what is in it, by libmagic; no other file includes its header. Its patterns are read once,
 * so that nothing is opened later; one process per object. It knows JPEG, PNG, WebP, HEIC, PDF and text, and tells HTML,
 * SVG and XML from other text.
 */
struct media;

/* Of the first bytes of a file so many say what it is. */
enum { MEDIA_HEAD_BYTES = 64 * 1024 };

/* Dies when libmagic does not start. */
struct media *media_new(void);
void media_free(struct media *m);	/* may be NULL */
/* "image/jpeg"; lives until the next call. "application/octet-stream" is what nothing is known of. */
const char *media_type(struct media *m, struct str head);

#endif
