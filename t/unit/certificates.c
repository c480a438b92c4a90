/*
 * certificates.c: keys and certificates for tests, by OpenSSL.
 */
#include "certificates.h"

#include <check.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/base64url.h"

static void
free_key(void *key)
{
	EVP_PKEY_free(key);
}

static void
free_certificate(void *x)
{
	X509_free(x);
}

EVP_PKEY *
key_make(struct arena *a, const char *kind)
{
	EVP_PKEY *key = strcmp(kind, "RSA-1024") == 0 ? EVP_RSA_gen(1024)
			: strcmp(kind, "RSA") == 0    ? EVP_RSA_gen(2048)
						      : EVP_EC_gen(kind);

	ck_assert_ptr_nonnull(key);
	arena_defer(a, free_key, key);
	return key;
}

static struct str
take_bytes(struct arena *a, BIO *b)
{
	char *bytes;
	long len = BIO_get_mem_data(b, &bytes);
	struct str s = arena_str(a, (struct str){ bytes, (size_t)len });

	BIO_free(b);
	return s;
}

struct str
key_pem(struct arena *a, EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL),
			 1);
	return take_bytes(a, b);
}

struct str
certificate_pem(struct arena *a, X509 *x)
{
	BIO *b = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_X509(b, x), 1);
	return take_bytes(a, b);
}

/* base64url of a number; `width` 0: as short as can be. */
static const char *
number_of(struct arena *a, EVP_PKEY *key, const char *name, int width)
{
	BIGNUM *n = NULL;
	unsigned char bytes[1024];
	const char *text;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(key, name, &n), 1);
	width = width > 0 ? width : BN_num_bytes(n);
	ck_assert_int_eq(BN_bn2binpad(n, bytes, width), width);
	text = base64url_encode(a, (struct str){ (const char *)bytes, (size_t)width })
		       .ptr;
	BN_free(n);
	return text;
}

const char *
key_jwk(struct arena *a, EVP_PKEY *key, const char *more)
{
	if (EVP_PKEY_is_a(key, "RSA"))
		return arena_printf(a, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\",%s}",
				    number_of(a, key, OSSL_PKEY_PARAM_RSA_N, 0),
				    number_of(a, key, OSSL_PKEY_PARAM_RSA_E, 0), more);
	return arena_printf(a,
			    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\","
			    "%s}",
			    number_of(a, key, OSSL_PKEY_PARAM_EC_PUB_X, 32),
			    number_of(a, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32), more);
}

static void
extend(X509 *x, X509V3_CTX *context, int nid, const char *value)
{
	X509_EXTENSION *e;

	if (value == NULL)
		return;
	e = X509V3_EXT_conf_nid(NULL, context, nid, value);
	ck_assert_ptr_nonnull(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

/* An extension whose value is ASN.1's NULL. */
static void
mark(X509 *x, const char *oid, int is_critical)
{
	unsigned char null[] = { 5, 0 };
	ASN1_OCTET_STRING *value;
	ASN1_OBJECT *object;
	X509_EXTENSION *e;

	if (oid == NULL)
		return;
	value = ASN1_OCTET_STRING_new();
	object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING_set(value, null, sizeof(null));
	e = X509_EXTENSION_create_by_OBJ(NULL, object, is_critical, value);
	ck_assert_ptr_nonnull(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(object);
	ASN1_OCTET_STRING_free(value);
}

static void
write_extensions(X509 *x, X509 *issuer, const struct recipe *r)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
	extend(x, &context, NID_basic_constraints, r->constraints);
	extend(x, &context, NID_key_usage, r->usage);
	extend(x, &context, NID_subject_key_identifier, "hash");
	extend(x, &context, NID_authority_key_identifier,
	       issuer != x ? "keyid:always" : NULL);
	mark(x, r->oid, 0);
	mark(x, r->critical_oid, 1);
}

struct certificate
certificate_make(struct arena *a, const struct recipe *r,
		 const struct certificate *issuer)
{
	struct certificate c = { key_make(a, r->key), X509_new(), STR_NONE };
	X509_NAME *name = X509_get_subject_name(c.x);
	unsigned char *der = NULL;
	int len;

	arena_defer(a, free_certificate, c.x);
	if (issuer == NULL)
		issuer = &c;
	X509_set_version(c.x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(c.x), 1 + (long)(r->from_s % 1000));
	ASN1_TIME_set(X509_getm_notBefore(c.x), (time_t)r->from_s);
	ASN1_TIME_set(X509_getm_notAfter(c.x), (time_t)r->until_s);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)r->name, -1, -1, 0);
	X509_set_issuer_name(c.x, X509_get_subject_name(issuer->x));
	X509_set_pubkey(c.x, c.key);
	write_extensions(c.x, issuer->x, r);
	ck_assert_int_gt(X509_sign(c.x, issuer->key,
				   EVP_get_digestbyname(r->hash ? r->hash : "SHA256")),
			 0);
	len = i2d_X509(c.x, &der);
	ck_assert_int_gt(len, 0);
	c.der = arena_str(a, (struct str){ (const char *)der, (size_t)len });
	OPENSSL_free(der);
	return c;
}

const char *
base64_of(struct arena *a, struct str bytes)
{
	char *text = arena_alloc(a, bytes.len / 3 * 4 + 5);

	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes.ptr,
			(int)bytes.len);
	return text;
}
