/*
 * sign.c: tokens of one's own. Runs in hob-jobs.
 */
#include "jws/sign.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "core/die.h"
#include "crypto/base64url.h"
#include "json/json.h"
#include "jws/algorithm.h"

struct jws_signer {
	enum jws_alg alg;
	EVP_PKEY *key;
	struct strbuf header; /* base64url */
};

static const char *const wanted[JWS_ALGS] = {
	[JWS_RS256] = "is not an RSA key of 2048 to 8192 bits, which RS256 needs",
	[JWS_ES256] = "is not a key of P-256, which ES256 needs",
};

/* OpenSSL would ask for one at the terminal. */
static int
no_passphrase(char *out, int size, int is_written, void *data)
{
	(void)out, (void)size, (void)is_written, (void)data;
	return -1;
}

static EVP_PKEY *
read_key(struct str pem)
{
	BIO *bytes = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	EVP_PKEY *key =
		bytes != NULL ? PEM_read_bio_PrivateKey(bytes, NULL, no_passphrase, NULL)
			      : NULL;

	BIO_free(bytes);
	ERR_clear_error();
	return key;
}

/* The same for all tokens of this key. */
static void
write_header(struct jws_signer *s, struct str kid)
{
	struct json_writer w;
	struct strbuf text;
	struct arena a;

	arena_init(&a, 512);
	strbuf_init(&text);
	json_begin(&w, &text);
	json_object(&w);
	json_key(&w, "alg");
	json_cstring(&w, jws_alg_name(s->alg));
	json_key(&w, "kid");
	json_string(&w, kid);
	json_key(&w, "typ");
	json_cstring(&w, "JWT");
	json_end_object(&w);
	strbuf_init(&s->header);
	strbuf_add(&s->header, base64url_encode(&a, strbuf_str(&text)));
	strbuf_release(&text);
	arena_release(&a);
}

struct jws_signer *
jws_signer_new(enum jws_alg alg, struct str pem, struct str kid, char why[JWS_WHY_SIZE])
{
	EVP_PKEY *key = read_key(pem);
	struct jws_signer *s;

	if (!jws_alg_suits(alg, key)) {
		snprintf(why, JWS_WHY_SIZE, "%s",
			 key == NULL ? "is not a private key in PEM" : wanted[alg]);
		EVP_PKEY_free(key);
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		die("out of memory");
	s->alg = alg;
	s->key = key;
	write_header(s, kid);
	return s;
}

void
jws_signer_free(struct jws_signer *s)
{
	if (s == NULL)
		return;
	EVP_PKEY_free(s->key);
	strbuf_release(&s->header);
	free(s);
}

enum err
jws_sign(const struct jws_signer *s, struct arena *a, struct str payload, struct str *out)
{
	struct str body = base64url_encode(a, payload), text, signature;
	bool is_made;

	text = str_of(arena_printf(a, "%s.%s", s->header.ptr, body.ptr));
	is_made = jws_alg_sign(s->alg, s->key, a, text, &signature);
	ERR_clear_error();
	if (!is_made)
		return ERR_INTERNAL;
	*out = str_of(
		arena_printf(a, "%s.%s", text.ptr, base64url_encode(a, signature).ptr));
	return ERR_OK;
}
