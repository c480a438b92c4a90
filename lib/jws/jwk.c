/*
 * jwk.c: one public key as JSON (RFC 7517, RFC 7518 section 6). Runs in hob-jobs.
 */
#include "jws/jwk.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <string.h>

#include "crypto/base64url.h"

enum { P256_SIZE = 32, EXPONENT_BITS_MAX = 64 };

/* STR_NONE: it is no text. */
static struct str
text_of(const cJSON *jwk, const char *name)
{
	return str_of(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(jwk, name)));
}

static bool
bytes_of(struct arena *a, const cJSON *jwk, const char *name, struct str *out)
{
	struct str text = text_of(jwk, name);

	return text.ptr != NULL && base64url_decode(a, text, out);
}

static EVP_PKEY *
key_of(const char *type, OSSL_PARAM_BLD *made)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(made);
	EVP_PKEY *key = NULL;

	if (c == NULL || params == NULL || EVP_PKEY_fromdata_init(c) != 1 ||
	    EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(c);
	return key;
}

/* With an exponent of one, everything is its own signature; a long one takes long. */
static bool
is_exponent(const BIGNUM *e)
{
	return BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= EXPONENT_BITS_MAX;
}

static EVP_PKEY *
read_rsa(struct arena *a, const cJSON *jwk)
{
	OSSL_PARAM_BLD *made;
	EVP_PKEY *key = NULL;
	struct str n, e;
	BIGNUM *modulus, *exponent;

	if (!bytes_of(a, jwk, "n", &n) || !bytes_of(a, jwk, "e", &e))
		return NULL;
	made = OSSL_PARAM_BLD_new();
	modulus = BN_bin2bn((const unsigned char *)n.ptr, (int)n.len, NULL);
	exponent = BN_bin2bn((const unsigned char *)e.ptr, (int)e.len, NULL);
	if (made != NULL && modulus != NULL && exponent != NULL &&
	    is_exponent(exponent) &&
	    OSSL_PARAM_BLD_push_BN(made, OSSL_PKEY_PARAM_RSA_N, modulus) &&
	    OSSL_PARAM_BLD_push_BN(made, OSSL_PKEY_PARAM_RSA_E, exponent))
		key = key_of("RSA", made);
	OSSL_PARAM_BLD_free(made);
	BN_free(modulus);
	BN_free(exponent);
	return key;
}

/* OpenSSL takes no point beside the curve. */
static EVP_PKEY *
read_p256(struct arena *a, const cJSON *jwk)
{
	char point[1 + 2 * P256_SIZE] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM_BLD *made;
	EVP_PKEY *key = NULL;
	struct str x, y;

	if (!str_is(text_of(jwk, "crv"), "P-256") || !bytes_of(a, jwk, "x", &x) ||
	    !bytes_of(a, jwk, "y", &y) || x.len != P256_SIZE || y.len != P256_SIZE)
		return NULL;
	memcpy(point + 1, x.ptr, P256_SIZE);
	memcpy(point + 1 + P256_SIZE, y.ptr, P256_SIZE);
	made = OSSL_PARAM_BLD_new();
	if (made != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(made, OSSL_PKEY_PARAM_GROUP_NAME,
					    "prime256v1", 0) &&
	    OSSL_PARAM_BLD_push_octet_string(made, OSSL_PKEY_PARAM_PUB_KEY, point,
					     sizeof(point)))
		key = key_of("EC", made);
	OSSL_PARAM_BLD_free(made);
	return key;
}

static const struct {
	const char *kty;
	enum jws_alg alg;
	EVP_PKEY *(*read)(struct arena *a, const cJSON *jwk);
} kinds[] = {
	{ "RSA", JWS_RS256, read_rsa },
	{ "EC", JWS_ES256, read_p256 },
};

static bool
may_verify(const cJSON *jwk)
{
	const cJSON *acts = cJSON_GetObjectItemCaseSensitive(jwk, "key_ops"), *act;

	if (acts == NULL)
		return true;
	cJSON_ArrayForEach (act, acts)
		if (cJSON_IsString(act) && strcmp(act->valuestring, "verify") == 0)
			return true;
	return false;
}

/* What the key says of itself, if anything. */
static bool
is_for(const cJSON *jwk, enum jws_alg alg)
{
	const cJSON *use = cJSON_GetObjectItemCaseSensitive(jwk, "use"),
		    *named = cJSON_GetObjectItemCaseSensitive(jwk, "alg");

	return (use == NULL || str_is(text_of(jwk, "use"), "sig")) &&
	       (named == NULL || str_is(text_of(jwk, "alg"), jws_alg_name(alg))) &&
	       may_verify(jwk);
}

static void
free_key(void *key)
{
	EVP_PKEY_free(key);
}

bool
jws_jwk_read(struct arena *a, const cJSON *jwk, struct jws_jwk *out)
{
	struct str kty = text_of(jwk, "kty");

	out->kid = text_of(jwk, "kid");
	if (kty.ptr == NULL || out->kid.ptr == NULL)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!str_is(kty, kinds[i].kty) || !is_for(jwk, kinds[i].alg))
			continue;
		out->alg = kinds[i].alg;
		out->key = kinds[i].read(a, jwk);
		if (out->key != NULL)
			arena_defer(a, free_key, out->key);
		return jws_alg_suits(out->alg, out->key);
	}
	return false;
}
