#ifndef HOB_SERVE_CURSOR_H
#define HOB_SERVE_CURSOR_H

#include "serve/request.h"

/*
 * The end of a page: ordering, sort key and id of its last row, signed together with the
 * route and the filters, so that a cursor works only for the list it came from.
 */

/*
 * Sets VALUE_CURSOR_KEY, VALUE_CURSOR_ID and the ordering, or notes a fault: ERR_INVALID. An
 * ordering that was named beside it (r->statement) must be the cursor's own.
 */
enum err cursor_decode(struct req *r, struct str text, bool ordering_named);
/* The opaque text for the page that follows (key, id); in the request's arena. */
struct str cursor_encode(struct req *r, struct str key, struct str id);

/*
 * The same for other data that a client carries and must not change. The payload begins
 * with the name of its statement; it is signed, not encrypted, and lives in the request's
 * arena. False when the text was not sealed here, or for other filters.
 */
struct str cursor_seal(struct req *r, struct str payload);
bool cursor_unseal(struct req *r, struct str text, struct str *payload);

#endif
