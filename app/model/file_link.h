#ifndef HOB_MODEL_FILE_LINK_H
#define HOB_MODEL_FILE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/str.h"

/*
 * A link by which somebody can look at a file for a while without showing a session, as pictures of a page cannot. It
 * is good for as long as the session or access token that it was made by.
 */
enum { FILE_LINK_S = 300 };

struct file_link {
	const char *file_id, *variant, *access_id;	/* the UUIDs in small letters */
	int64_t expires_at;	/* unix, s */
};

/* What stands behind /api/files/. `secret`: the bytes of heritage.secret. Lives in `a`. */
const char *file_link_token(struct arena *a, struct str secret, const struct file_link *l);
/* What is in it; false for one that was not made so, or that is over at `now`. Whether they may is another's to say. */
bool file_link_read(struct arena *a, struct str secret, struct str token, int64_t now, struct file_link *out);

#endif
