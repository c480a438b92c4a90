#ifndef HOB_MODEL_STORES_H
#define HOB_MODEL_STORES_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/strbuf.h"
#include "json/json.h"
#include "model/config.h"

/* What stores.* say about the stores that sell subscriptions. */
enum seller { STORE_APPLE, STORE_GOOGLE };
extern const char *const store_names[];	/* ends with NULL */

/* Is anything sold there? */
bool stores_sell(const struct config *c, enum seller s);

enum { STORES_WHY_SIZE = 256 };
/* Can the files be read that answer clients (Apple's root)? `why` is "" when they can, or nothing is sold. */
bool stores_root_is_good(const struct config *c, char why[STORES_WHY_SIZE]);
/* The same for those that ask stores: keys of an API and of a service account. */
bool stores_keys_are_good(const struct config *c, char why[STORES_WHY_SIZE]);

/* A file of secrets, small, in `a`; STR_NONE and errno when it cannot be read. */
struct str stores_read_file(struct arena *a, const char *path);

/* What a service account's file has, in `a`. */
struct google_account {
	struct str email, key_id, pem;
};
/* False: it is no such file. */
bool google_account_read(struct arena *a, const char *path, struct google_account *out);

/* "production", "sandbox" */
const char *stores_environment(bool is_sandbox);
/* A JSON object, in `a`; NULL: it is none. Its members: NULL or 0 when there is none of this kind; `object` may be NULL. */
const cJSON *stores_object(struct arena *a, struct str text);
const cJSON *stores_member(const cJSON *object, const char *name);
const char *stores_text(const cJSON *object, const char *name);
int64_t stores_number(const cJSON *object, const char *name);

#endif
