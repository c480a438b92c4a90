#ifndef HOB_CONF_VALUE_H
#define HOB_CONF_VALUE_H

#include <stdbool.h>

#include "conf/key.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/strbuf.h"

/* One setting: for conf.c and the manual; everybody else includes conf/conf.h. */

/*
 * Reads `text` as the type of `key` into its place in `into`. ERR_INVALID and
 * in `why` what is wrong with it, without naming the value.
 */
enum err conf_value_read(struct arena *a, const struct conf_key *key, struct str text,
			 void *into, struct strbuf *why);
/* The text form that reads back to the same; secrets are not masked. */
void conf_value_write(const struct conf_key *key, const void *from, struct strbuf *out);
bool conf_value_same(const struct conf_key *key, const void *before, const void *after);
/*
 * The values that may stand behind `key =`, and the default: "A whole number, at
 * least 1 and at most 128. Default: `4`." Appended to `out`.
 */
void conf_value_describe(const struct conf_key *key, struct strbuf *out);

#endif
