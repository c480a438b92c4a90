#ifndef HOB_SERVE_RECEIVE_H
#define HOB_SERVE_RECEIVE_H

#include <stdint.h>

#include "core/err.h"
#include "crypto/hash.h"
#include "storage/store.h"

struct req;

/*
 * Bodies that are files: they go to the disk as they come, so that memory does not grow with them, and get their names
 * in the store when all of them are there and of a type that the program takes (surface.media). Then the row is
 * written. Who dies before leaves nothing, or bytes that no row knows, which a sweep finds.
 */
enum { RECEIVED_MAX = 10 };

struct received {
	char key[STORE_KEY_SIZE];
	char sha256[SHA256_HEX_SIZE];
	int64_t bytes;
	const char *media_type;
	const char *name;	/* that the sender gave it, as a line of text; NULL */
};

struct receipt {
	struct received files[RECEIVED_MAX];
	int count;
};

/* Is the body a form, of files and nothing else? */
bool receive_is_form(struct req *r);
/*
 * Takes the body of `r`, of one file or of a form with 1 to `most`, which may be RECEIVED_MAX. ERR_OK, or with nothing
 * kept and all explained on `r`:
 *   ERR_MALFORMED   cut off, no form, or no file
 *   ERR_TOO_LARGE   a file, or their number
 *   ERR_MEDIA_TYPE  of none of these types, or compressed
 *   ERR_FULL, ERR_BUSY, ERR_TIMEOUT   the disk is full, away, or slow
 * The Idempotency-Key stands for the bytes from then on. Once for a request.
 */
enum err receive_files(struct req *r, int most, struct receipt *out);
/* Behind the statement that writes the rows: when it has refused them (`e`), their bytes go. */
enum err receive_settle(struct req *r, const struct receipt *files, enum err e);

#endif
