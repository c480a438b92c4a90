#ifndef HOB_CLI_SEED_H
#define HOB_CLI_SEED_H

#include <stdbool.h>

#include "core/str.h"
#include "crypto/password.h"
#include "model/config.h"

/* The text of seed/NAME.sql; NULL when there is none. */
const char *seed_sql(const char *name);
/* An argon2id hash at the configured cost. False when there is no memory (told). */
bool seed_password_hash(const struct config *config, struct str password,
			char out[PASSWORD_PHC_SIZE]);

#endif
