/*
 * algorithm.c: RS256 and ES256 by OpenSSL. A signature of ES256 is two numbers of 32 bytes in a
 * token (RFC 7518 section 3.4), and their DER to OpenSSL. Runs in workers and in hob-jobs.
 */
#include "jws/algorithm.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <string.h>

enum { P256_SIZE = 32 };

static const struct {
	const char *name;
	const char *key_type;
	const char *group; /* NULL: the type has none */
	int bits_min, bits_max;
} algs[JWS_ALGS] = {
	[JWS_RS256] = { "RS256", "RSA", NULL, 2048, 8192 },
	[JWS_ES256] = { "ES256", "EC", "prime256v1", 256, 256 },
};

const char *
jws_alg_name(enum jws_alg alg)
{
	return algs[alg].name;
}

bool
jws_alg_find(const char *name, enum jws_alg *out)
{
	for (int i = 0; i < JWS_ALGS; i++)
		if (strcmp(algs[i].name, name) == 0) {
			*out = (enum jws_alg)i;
			return true;
		}
	return false;
}

bool
jws_alg_suits(enum jws_alg alg, EVP_PKEY *key)
{
	char group[32];

	if (key == NULL || !EVP_PKEY_is_a(key, algs[alg].key_type))
		return false;
	if (algs[alg].group != NULL &&
	    (!EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) ||
	     strcmp(group, algs[alg].group) != 0))
		return false;
	return EVP_PKEY_get_bits(key) >= algs[alg].bits_min &&
	       EVP_PKEY_get_bits(key) <= algs[alg].bits_max;
}

static bool
holds(EVP_PKEY *key, struct str text, const unsigned char *signature, size_t size)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool is_so = c != NULL &&
		     EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
		     EVP_DigestVerify(c, signature, size, (const unsigned char *)text.ptr,
				      text.len) == 1;

	EVP_MD_CTX_free(c);
	return is_so;
}

static bool
sign(EVP_PKEY *key, struct arena *a, struct str text, struct str *signature)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t size = (size_t)EVP_PKEY_get_size(key);
	unsigned char *bytes = arena_alloc(a, size);
	bool is_made = c != NULL &&
		       EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
		       EVP_DigestSign(c, bytes, &size, (const unsigned char *)text.ptr,
				      text.len) == 1;

	EVP_MD_CTX_free(c);
	*signature = (struct str){ (const char *)bytes, size };
	return is_made;
}

/* NULL: not two numbers of 32 bytes. */
static ECDSA_SIG *
read_pair(struct str raw)
{
	const unsigned char *bytes = (const unsigned char *)raw.ptr;
	ECDSA_SIG *pair = raw.len == 2 * P256_SIZE ? ECDSA_SIG_new() : NULL;

	if (pair != NULL &&
	    !ECDSA_SIG_set0(pair, BN_bin2bn(bytes, P256_SIZE, NULL),
			    BN_bin2bn(bytes + P256_SIZE, P256_SIZE, NULL))) {
		ECDSA_SIG_free(pair);
		return NULL;
	}
	return pair;
}

static bool
pair_holds(EVP_PKEY *key, struct str text, struct str raw)
{
	ECDSA_SIG *pair = read_pair(raw);
	unsigned char *der = NULL;
	int size = pair != NULL ? i2d_ECDSA_SIG(pair, &der) : -1;
	bool is_so = size > 0 && holds(key, text, der, (size_t)size);

	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	return is_so;
}

static bool
sign_pair(EVP_PKEY *key, struct arena *a, struct str text, struct str *raw)
{
	unsigned char *bytes = arena_alloc(a, 2 * P256_SIZE);
	const unsigned char *p;
	ECDSA_SIG *pair;
	struct str der;
	bool is_made;

	if (!sign(key, a, text, &der))
		return false;
	p = (const unsigned char *)der.ptr;
	pair = d2i_ECDSA_SIG(NULL, &p, (long)der.len);
	is_made = pair != NULL &&
		  BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes, P256_SIZE) > 0 &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes + P256_SIZE, P256_SIZE) > 0;
	ECDSA_SIG_free(pair);
	*raw = (struct str){ (const char *)bytes, 2 * P256_SIZE };
	return is_made;
}

bool
jws_alg_holds(enum jws_alg alg, EVP_PKEY *key, struct str text, struct str signature)
{
	if (alg == JWS_ES256)
		return pair_holds(key, text, signature);
	return holds(key, text, (const unsigned char *)signature.ptr, signature.len);
}

bool
jws_alg_sign(enum jws_alg alg, EVP_PKEY *key, struct arena *a, struct str text,
	     struct str *signature)
{
	return alg == JWS_ES256 ? sign_pair(key, a, text, signature)
				: sign(key, a, text, signature);
}
