/*
 * chain.c: tokens proven by the certificates that they bring along.
 *
 * OpenSSL finds a way from the leaf to a root; only one over exactly what was brought is
 * taken, so that no certificate stands there for show. A store signs by one chain for
 * years, so the one that was proven last is not proven again. Runs in workers and runners.
 */
#include "jws/chain.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "core/die.h"
#include "crypto/base64url.h"
#include "jws/compact.h"

enum { LEAF, ISSUER, ROOT, CERTIFICATES };

/* Bits of security, by the table of X509_VERIFY_PARAM_set_auth_level(3): 112. */
enum { AUTH_LEVEL = 2 };

struct jws_roots {
	X509_STORE *store;
	X509 **proven; /* the chain that was proven last, all NULL: none was */
};

static bool
is_root(X509 *x)
{
	return X509_self_signed(x, 1) == 1 && X509_check_ca(x) == 1;
}

/* Takes it over. NULL: all is well. */
static const char *
add_root(struct jws_roots *roots, X509 *x)
{
	const char *why = !is_root(x) ? "has a certificate that is not a root's" : NULL;

	if (why == NULL && X509_STORE_add_cert(roots->store, x) != 1)
		die("out of memory");
	X509_free(x);
	return why;
}

/* All of the file, as one in DER or as many in PEM. NULL: all is well. */
static const char *
read_roots(struct jws_roots *roots, BIO *file)
{
	X509 *x = d2i_X509_bio(file, NULL);
	const char *why = NULL;
	char byte;
	int count = 0;

	if (x != NULL)
		why = add_root(roots, x);
	if (x != NULL)
		return why == NULL && BIO_read(file, &byte, 1) > 0
			       ? "has more than a certificate"
			       : why;
	(void)BIO_reset(file);
	for (; why == NULL && (x = PEM_read_bio_X509(file, NULL, NULL, NULL)); count++)
		why = add_root(roots, x);
	if (why != NULL)
		return why;
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return "has a certificate that cannot be read";
	return count > 0 ? NULL : "has no certificate";
}

struct jws_roots *
jws_roots_load(const char *path, char why[JWS_WHY_SIZE])
{
	BIO *file = BIO_new_file(path, "rb");
	struct jws_roots *roots = file != NULL ? calloc(1, sizeof(*roots)) : NULL;
	const char *fault = "cannot be read";

	if (roots != NULL && (roots->store = X509_STORE_new()) != NULL &&
	    (roots->proven = calloc(CERTIFICATES, sizeof(X509 *))) != NULL)
		fault = read_roots(roots, file);
	BIO_free(file);
	ERR_clear_error();
	if (fault == NULL)
		return roots;
	snprintf(why, JWS_WHY_SIZE, "%s", fault);
	jws_roots_free(roots);
	return NULL;
}

void
jws_roots_free(struct jws_roots *roots)
{
	if (roots == NULL)
		return;
	for (int i = 0; roots->proven != NULL && i < CERTIFICATES; i++)
		X509_free(roots->proven[i]);
	free(roots->proven);
	X509_STORE_free(roots->store);
	free(roots);
}

static void
free_certificate(void *x)
{
	X509_free(x);
}

/* Lives in `a`. NULL: it is none. */
static X509 *
read_certificate(struct arena *a, const cJSON *item)
{
	const unsigned char *p;
	struct str der;
	X509 *x;

	if (!cJSON_IsString(item) || !base64_decode(a, str_of(item->valuestring), &der))
		return NULL;
	p = (const unsigned char *)der.ptr;
	x = d2i_X509(NULL, &p, (long)der.len);
	if (x == NULL)
		return NULL;
	arena_defer(a, free_certificate, x);
	return p == (const unsigned char *)der.ptr + der.len ? x : NULL;
}

static bool
read_chain(struct arena *a, const struct jws_parts *p, X509 *chain[CERTIFICATES],
	   struct jws_result *r)
{
	if (p->alg != JWS_ES256)
		return jws_refuse(r, JWS_UNTRUSTED, "the algorithm is not ES256");
	if (cJSON_GetArraySize(p->x5c) != CERTIFICATES)
		return jws_refuse(r, JWS_UNTRUSTED, "not three certificates are there");
	for (int i = 0; i < CERTIFICATES; i++) {
		chain[i] = read_certificate(a, cJSON_GetArrayItem(p->x5c, i));
		if (chain[i] == NULL)
			return jws_refuse(r, JWS_MALFORMED, "a certificate is none");
	}
	return true;
}

static bool
has_extension(X509 *x, const char *oid)
{
	ASN1_OBJECT *object = oid != NULL ? OBJ_txt2obj(oid, 1) : NULL;
	bool is_there = oid == NULL ||
			(object != NULL && X509_get_ext_by_OBJ(x, object, -1) >= 0);

	ASN1_OBJECT_free(object);
	return is_there;
}

/* What a chain that OpenSSL finds good may still not be for. */
static bool
is_for_this(X509 *const chain[CERTIFICATES], const struct jws_trust *trust,
	    struct jws_result *r)
{
	if (!has_extension(chain[LEAF], trust->leaf_oid) ||
	    !has_extension(chain[ISSUER], trust->issuer_oid))
		return jws_refuse(r, JWS_UNTRUSTED, "a certificate is not for this");
	/* All bits are set where the certificate says nothing. */
	if (X509_check_ca(chain[LEAF]) != 0 ||
	    (X509_get_key_usage(chain[LEAF]) & KU_DIGITAL_SIGNATURE) == 0)
		return jws_refuse(r, JWS_UNTRUSTED, "the key is not for signatures");
	return true;
}

static bool
is_what_was_brought(const STACK_OF(X509) * found, X509 *const chain[CERTIFICATES])
{
	bool is_so = sk_X509_num(found) == CERTIFICATES;

	for (int i = 0; is_so && i < CERTIFICATES; i++)
		is_so = X509_cmp(sk_X509_value(found, i), chain[i]) == 0;
	return is_so;
}

static bool
refuse_chain(struct jws_result *r, int error)
{
	bool is_of_time = error == X509_V_ERR_CERT_HAS_EXPIRED ||
			  error == X509_V_ERR_CERT_NOT_YET_VALID;

	return jws_refuse(r, is_of_time ? JWS_OUT_OF_TIME : JWS_UNTRUSTED,
			  error != X509_V_OK ? X509_verify_cert_error_string(error)
					     : "the certificates are no chain");
}

/* Then it holds at any time at which its certificates do. */
static bool
was_proven(X509 *const chain[CERTIFICATES], const struct jws_roots *roots, int64_t at_s)
{
	time_t at = (time_t)at_s;
	bool is_so = roots->proven[LEAF] != NULL;

	for (int i = 0; is_so && i < CERTIFICATES; i++)
		is_so = X509_cmp(roots->proven[i], chain[i]) == 0 &&
			X509_cmp_time(X509_get0_notBefore(chain[i]), &at) < 0 &&
			X509_cmp_time(X509_get0_notAfter(chain[i]), &at) > 0;
	return is_so;
}

static void
note_proven(X509 *const chain[CERTIFICATES], const struct jws_roots *roots)
{
	for (int i = 0; i < CERTIFICATES; i++) {
		X509_up_ref(chain[i]);
		X509_free(roots->proven[i]);
		roots->proven[i] = chain[i];
	}
}

static bool
leads_to_root(X509 *const chain[CERTIFICATES], const struct jws_roots *roots,
	      int64_t at_s, struct jws_result *r)
{
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	X509_VERIFY_PARAM *param;
	bool is_good;

	if (c == NULL || between == NULL || !sk_X509_push(between, chain[ISSUER]) ||
	    !X509_STORE_CTX_init(c, roots->store, chain[LEAF], between))
		die("out of memory");
	param = X509_STORE_CTX_get0_param(c);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_time(param, (time_t)at_s);
	is_good = X509_verify_cert(c) == 1 &&
		  is_what_was_brought(X509_STORE_CTX_get0_chain(c), chain);
	if (is_good)
		note_proven(chain, roots);
	else
		refuse_chain(r, X509_STORE_CTX_get_error(c));
	X509_STORE_CTX_free(c);
	sk_X509_free(between);
	return is_good;
}

struct jws_result
jws_verify_by_chain(struct arena *a, struct str token, const struct jws_trust *trust,
		    int64_t at_s)
{
	X509 *chain[CERTIFICATES];
	struct jws_parts p;
	struct jws_result r;

	if (jws_take_apart(a, token, &p, &r) && read_chain(a, &p, chain, &r) &&
	    is_for_this(chain, trust, &r) &&
	    (was_proven(chain, trust->roots, at_s) ||
	     leads_to_root(chain, trust->roots, at_s, &r)))
		jws_prove(&p, X509_get0_pubkey(chain[LEAF]), &r);
	/* What is left there would be taken for a fault of the next TLS connection. */
	ERR_clear_error();
	return r;
}
