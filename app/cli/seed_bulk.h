#ifndef HOB_CLI_SEED_BULK_H
#define HOB_CLI_SEED_BULK_H

#include <stdbool.h>

#include "cli/pg.h"
#include "crypto/token.h"
#include "model/config.h"

enum {
	BULK_HOUSEHOLDS_MAX = 10000000,
	BULK_TOKENS = 1000 /* users with a session whose token is known */
};

/*
 * Makes `residences` synthetic households, see seed/bulk.sql; those there already stay.
 * With `tokens_path` the first BULK_TOKENS users get a session each whose token is
 * written there, a line each: TOKEN USER_ID RESIDENCE_ID (mode 0600). The tokens are the
 * same on every machine: never give this option for a database that others reach.
 * False: it failed (told); what was made stays and the same call goes on from there.
 */
bool bulk_seed(struct pg *pg, const struct config *config, int residences,
	       const char *tokens_path);
/* The token of bulk user `n`, counted from 1. */
void bulk_token(int n, char out[TOKEN_TEXT_SIZE]);

#endif
