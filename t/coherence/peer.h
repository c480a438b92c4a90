#ifndef HOB_COHERENCE_PEER_H
#define HOB_COHERENCE_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

/*
 * The other end of a kept FastCGI connection to hob-api, as nginx would be: one
 * request at a time, and the caller decides when to wait. For a test driver:
 * answers are small, and one that does not fit ends the program.
 */
enum { PEER_IN_SIZE = 65536, PEER_TEXT_SIZE = 65536 };

struct peer {
	int fd;
	bool busy;		/* asked, and the answer is not whole yet */
	size_t in_len, text_len;
	unsigned char in[PEER_IN_SIZE];
	char text[PEER_TEXT_SIZE];
};

struct ask {
	const char *method;
	const char *path;
	const char *token;	/* NULL: none */
	const char *body;	/* JSON, NULL: none */
};

struct answer {
	int status;
	int trips;		/* X-Hob-Round-Trips; -1 when it is not there */
	struct str body;	/* lives until the next peer_ask */
};

enum peer_state { PEER_WAIT, PEER_WHOLE, PEER_LOST };

/* Dies when `path` has no listener. */
void peer_open(struct peer *p, const char *path);
void peer_close(struct peer *p);
/* False: the connection is broken. */
bool peer_ask(struct peer *p, const struct ask *ask);
/* Reads what has come; call it when the descriptor is readable. PEER_WHOLE: *out filled. */
enum peer_state peer_read(struct peer *p, struct answer *out);

#endif
