#ifndef HOB_MEDIA_MEDIA_H
#define HOB_MEDIA_MEDIA_H

#include "core/str.h"

/*
 * The media type of a file by what is in it, by libmagic; no other file includes its header. Its database is read once,
 * in some 5 ms, so that nothing is opened later; one process per object.
 */
struct media;

/* Of the first bytes of a file so many say what it is. */
enum { MEDIA_HEAD_BYTES = 64 * 1024 };

/* Dies when the database of libmagic is not there. */
struct media *media_new(void);
void media_free(struct media *m);	/* may be NULL */
/* "image/jpeg"; lives until the next call. "application/octet-stream" is what nothing is known of. */
const char *media_type(struct media *m, struct str head);

#endif
