/*
 * keys.c: sets of public keys, and tokens proven by them. Runs in hob-jobs.
 */
#include "jws/keys.h"

#include <openssl/err.h>

#include "jws/jwk.h"

struct jws_keys {
	struct jws_jwk *at;
	size_t count;
};

static const struct json_limits set_limits = { .depth = 5, .values = 4096 };

enum err
jws_keys_read(struct arena *a, struct str json, struct jws_keys **out)
{
	const cJSON *list, *jwk;
	struct json_fault fault;
	struct json_doc doc;
	struct jws_keys *keys;

	if (json.len > JWS_MAX_BYTES ||
	    json_read(a, json, set_limits, &doc, &fault) != ERR_OK)
		return ERR_MALFORMED;
	list = cJSON_GetObjectItemCaseSensitive(doc.root, "keys");
	if (!cJSON_IsArray(list))
		return ERR_MALFORMED;
	keys = arena_zalloc(a, 1, sizeof(*keys));
	keys->at = arena_zalloc(a, (size_t)cJSON_GetArraySize(list), sizeof(*keys->at));
	cJSON_ArrayForEach (jwk, list)
		if (jws_jwk_read(a, jwk, &keys->at[keys->count]))
			keys->count++;
	ERR_clear_error();
	*out = keys;
	return keys->count > 0 ? ERR_OK : ERR_MALFORMED;
}

/* The key of this kid for this algorithm, or one for another; NULL: none has it. */
static const struct jws_jwk *
find_key(const struct jws_keys *keys, struct str kid, enum jws_alg alg)
{
	const struct jws_jwk *found = NULL;

	for (size_t i = 0; i < keys->count; i++) {
		const struct jws_jwk *k = &keys->at[i];

		if (!str_eq(k->kid, kid))
			continue;
		if (k->alg == alg)
			return k;
		found = k;
	}
	return found;
}

struct jws_result
jws_verify_by_keys(struct arena *a, struct str token, const struct jws_keys *keys)
{
	const struct jws_jwk *k;
	struct jws_parts p;
	struct jws_result r;

	if (!jws_take_apart(a, token, &p, &r))
		return r;
	k = p.kid.ptr != NULL ? find_key(keys, p.kid, p.alg) : NULL;
	if (k == NULL)
		jws_refuse(&r, JWS_UNKNOWN_KEY, "no key has this kid");
	else
		jws_prove(&p, k->key, &r);
	ERR_clear_error();
	return r;
}
