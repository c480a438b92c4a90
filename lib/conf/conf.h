#ifndef HOB_CONF_CONF_H
#define HOB_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conf/key.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/strbuf.h"

/*
 * Settings from one const table: name, type, where it goes in the struct, its
 * default and bounds, and the sentence that documents it. Sources, later ones
 * win: the table's default, the file (`key = value`; a '#' at the start of the
 * value or after a space starts a comment), the environment (`db.url` is HOB_DB_URL).
 * An unknown key, a bad value and a value out of bounds are errors that name
 * file and line; a typo is never silently ignored. HOB_* environment names that
 * are no key are ignored (HOB_PORT and HOB_STATE belong to scripts).
 */

/*
 * Fills the struct at `into` from defaults, `path` (NULL: no file) and `env`
 * (environ form, NULL: none). Texts live in `a`. On ERR_INVALID or ERR_IO
 * `why` holds every fault, one a line, and `into` must not be used.
 */
enum err conf_load(struct arena *a, const struct conf_key *keys, size_t count,
		   const char *path, char *const *env, void *into, struct strbuf *why);
/* Prints `key = value` for each key with its help as a comment; secrets masked. */
void conf_print(const struct conf_key *keys, size_t count, const void *from, FILE *to);
/* The name in the environment, "HOB_DB_URL" of "db.url", in `a`. */
const char *conf_env_name(struct arena *a, const char *name);
/* The first CONF_RESTART key whose value differs, or NULL. */
const struct conf_key *conf_frozen_change(const struct conf_key *keys, size_t count,
					  const void *before, const void *after);
/* Does a key whose name begins so have another value? */
bool conf_changed(const struct conf_key *keys, size_t count, const char *begins,
		  const void *before, const void *after);

#endif
