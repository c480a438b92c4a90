#ifndef HOB_BUCKET_ASK_H
#define HOB_BUCKET_ASK_H

#ifdef HOB_MASTER
#error "the master opens no connection"
#endif

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "crypto/hash.h"
#include "s3/place.h"

/* One signed request at a time to a server that speaks S3, by libcurl; bodies go from files and into files. */
struct ask;

/* The texts have to outlive it. `timeout_ms` as in bucket.h. */
struct ask *ask_new(const struct s3_place *place, const char *ca_file, int64_t timeout_ms);
void ask_free(struct ask *a);

/* What is sent, as it was measured before: the server is told, and refuses anything else. */
struct ask_body {
	int64_t bytes;
	char sha256[SHA256_HEX_SIZE];
	char md5[25];		/* base64 */
};
/* Reads all of a file. False: it cannot be read, errno says why. */
bool ask_measure(int fd, struct ask_body *out);

enum ask_method { ASK_GET, ASK_HEAD, ASK_PUT, ASK_DELETE };

struct ask_request {
	enum ask_method method;
	const char *path;	/* escaped */
	const char *query;	/* escaped, sorted by name; NULL: none */
	int fd;			/* PUT: the file that is sent. GET: where a body of 200 goes. -1: none */
	const struct ask_body *body;	/* of PUT */
	size_t answer_max_bytes;	/* of a body that goes into no file; of one that tells an error, 16 KiB in any case */
};

struct ask_answer {
	int status;
	struct str body;	/* what went into no file; lives until the next request */
	int64_t length;		/* of its body, or what HEAD says of it; -1: not known */
	int disk_errno;		/* not 0: the file could not be read or written */
};

/*
 *   ERR_OK    the answer is whole, whatever its status
 *   ERR_BUSY  none came, or too slowly, or not all of it
 *   ERR_FORBIDDEN  the server is not the one that it should be: its certificate
 */
enum err ask_send(struct ask *a, const struct ask_request *r, struct ask_answer *out);
/* The last failure in words, without path and query. Never NULL. */
const char *ask_why(const struct ask *a);

#endif
