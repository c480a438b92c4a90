#ifndef HOB_CLI_CIPHER_H
#define HOB_CLI_CIPHER_H

#include <stdbool.h>

#include "cli/helper.h"
#include "core/arena.h"

/*
 * How backups are encrypted: by the programs age or gpg, for a recipient whose secret key is not needed on the machine
 * that is backed up.
 */
struct cipher {
	const char *suffix; /* of what is encrypted, ".age" or ".gpg"; "": nothing is */
	struct helper close; /* plain to encrypted; argv NULL: nothing is encrypted */
	struct helper open;
};

/* recipient: backup.recipient, "" for none. identity: backup.identity. In `a`. */
void cipher_init(struct cipher *c, struct arena *a, const char *recipient,
		 const char *identity);
/* From one file to another, through `by` (of a cipher). Both are read and written from where they stand. False: told. */
bool cipher_copy(const struct helper *by, int in, int out);

#endif
