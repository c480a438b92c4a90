#ifndef HOB_CLI_LISTED_H
#define HOB_CLI_LISTED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "crypto/hash.h"
#include "storage/store.h"

/* A line of files.list: a copy of a file, and where its bytes are in the backup. By key, in the order of strcmp. */
struct listed {
	char key[STORE_KEY_SIZE];
	char variant[8];
	char sha256[SHA256_HEX_SIZE]; /* of what people sent */
	char stored
		[SHA256_HEX_SIZE]; /* of what is in the pool, its name there; "-": it is missing */
	int64_t bytes, stored_bytes;
};

enum listed_end { LISTED_LINE, LISTED_END, LISTED_BROKEN };

void listed_write(FILE *to, const struct listed *l);
enum listed_end listed_read(FILE *from, struct listed *l);
bool listed_is_missing(const struct listed *l);

#endif
