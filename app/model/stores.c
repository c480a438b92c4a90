/* stores.c: the settings of app stores, and their files. Runs in every program. */
#include "model/stores.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "json/json.h"
#include "jws/chain.h"
#include "jws/sign.h"

enum { FILE_MAX_BYTES = 64 * 1024, DEPTH_MAX = 8, VALUES_MAX = 1000 };

const char *const store_names[] = { "apple", "google", NULL };

bool
stores_sell(const struct config *c, enum seller s)
{
	return (s == STORE_APPLE ? c->stores_apple_bundle_id
				 : c->stores_google_package)[0] != '\0';
}

/* --- files ------------------------------------------------------------------------- */

struct str
stores_read_file(struct arena *a, const char *path)
{
	char *bytes = arena_alloc(a, FILE_MAX_BYTES);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, bytes, FILE_MAX_BYTES) : -1;
	int failed = errno;

	if (fd >= 0)
		close(fd);
	errno = failed;
	return len < 0 ? STR_NONE : (struct str){ bytes, (size_t)len };
}

bool
google_account_read(struct arena *a, const char *path, struct google_account *out)
{
	const cJSON *o = stores_object(a, stores_read_file(a, path));

	*out = (struct google_account){ str_of(stores_text(o, "client_email")),
					str_of(stores_text(o, "private_key_id")),
					str_of(stores_text(o, "private_key")) };
	return out->email.len > 0 && out->key_id.len > 0 && out->pem.len > 0;
}

bool
stores_root_is_good(const struct config *c, char why[STORES_WHY_SIZE])
{
	char words[JWS_WHY_SIZE];
	struct jws_roots *roots;

	why[0] = '\0';
	if (!stores_sell(c, STORE_APPLE))
		return true;
	roots = jws_roots_load(c->stores_apple_root, words);
	if (roots == NULL)
		snprintf(why, STORES_WHY_SIZE, "stores.apple_root %s", words);
	jws_roots_free(roots);
	return roots != NULL;
}

static bool
key_is_good(const char *setting, enum jws_alg alg, struct str pem, struct str kid,
	    char why[STORES_WHY_SIZE])
{
	char words[JWS_WHY_SIZE];
	struct jws_signer *signer = NULL;

	if (pem.ptr == NULL) {
		snprintf(why, STORES_WHY_SIZE, "%s cannot be read", setting);
		return false;
	}
	signer = jws_signer_new(alg, pem, kid, words);
	if (signer == NULL)
		snprintf(why, STORES_WHY_SIZE, "%s %s", setting, words);
	jws_signer_free(signer);
	return signer != NULL;
}

static bool
account_is_good(struct arena *a, const struct config *c, char why[STORES_WHY_SIZE])
{
	struct google_account account;

	if (google_account_read(a, c->stores_google_account, &account))
		return key_is_good("stores.google_account", JWS_RS256, account.pem,
				   account.key_id, why);
	snprintf(why, STORES_WHY_SIZE,
		 "stores.google_account is not the JSON file of a service account that "
		 "can be read");
	return false;
}

bool
stores_keys_are_good(const struct config *c, char why[STORES_WHY_SIZE])
{
	struct arena a;
	bool good = stores_root_is_good(c, why);

	arena_init(&a, 4096);
	if (good && stores_sell(c, STORE_APPLE))
		good = key_is_good("stores.apple_key", JWS_ES256,
				   stores_read_file(&a, c->stores_apple_key),
				   str_of(c->stores_apple_key_id), why);
	if (good && stores_sell(c, STORE_GOOGLE))
		good = account_is_good(&a, c, why);
	arena_release(&a);
	return good;
}

/* --- what stores write ------------------------------------------------------------- */

const char *
stores_environment(bool is_sandbox)
{
	return is_sandbox ? "sandbox" : "production";
}

const cJSON *
stores_member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

const char *
stores_text(const cJSON *object, const char *name)
{
	const cJSON *item = stores_member(object, name);

	return cJSON_IsString(item) ? item->valuestring : NULL;
}

/* Those of milliseconds in this age are whole to a double. */
int64_t
stores_number(const cJSON *object, const char *name)
{
	const cJSON *item = stores_member(object, name);

	return cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble < 1e15
		       ? (int64_t)item->valuedouble
		       : 0;
}

const cJSON *
stores_object(struct arena *a, struct str text)
{
	const struct json_limits limits = { DEPTH_MAX, VALUES_MAX };
	struct json_doc doc;
	struct json_fault fault;

	if (text.ptr == NULL || json_read(a, text, limits, &doc, &fault) != ERR_OK)
		return NULL;
	return cJSON_IsObject(doc.root) ? doc.root : NULL;
}
