/*
 * jws_keys_test.c: keys that lib/jws takes and those it does not, and signatures that are not
 * what their token says.
 */
#include "jws/keys.h"

#include <check.h>
#include <openssl/pem.h>
#include <string.h>

#include "certificates.h"
#include "crypto/base64url.h"
#include "crypto/hash.h"
#include "jws/algorithm.h"
#include "jws/sign.h"

Suite *jws_keys_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static struct arena a;
static EVP_PKEY *rsa, *p256;

static void
set_up(void)
{
	arena_init(&a, 65536);
	rsa = key_make(&a, "RSA");
	p256 = key_make(&a, "P-256");
}

static void
tear_down(void)
{
	arena_release(&a);
}

static const char *
url64(struct str bytes)
{
	return base64url_encode(&a, bytes).ptr;
}

/* A token of {} by RS256 or ES256 as the header says, with this signature. */
static struct str
token_with(const char *alg, const char *kid, struct str signature)
{
	const char *header =
		arena_printf(&a, "{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, kid);

	return str_of(
		arena_printf(&a, "%s.e30.%s", url64(str_of(header)), url64(signature)));
}

/* What of it is signed. */
static struct str
text_of(struct str token)
{
	size_t len = token.len;

	while (token.ptr[len - 1] != '.')
		len--;
	return (struct str){ token.ptr, len - 1 };
}

static struct str
signature_of(const char *alg, const char *kid, EVP_PKEY *key)
{
	struct str text = text_of(token_with(alg, kid, STR("x"))), signature;
	enum jws_alg by = EVP_PKEY_is_a(key, "RSA") ? JWS_RS256 : JWS_ES256;

	ck_assert(jws_alg_sign(by, key, &a, text, &signature));
	return signature;
}

static struct str
token_by(const char *alg, const char *kid, EVP_PKEY *key)
{
	return token_with(alg, kid, signature_of(alg, kid, key));
}

static enum err
read_set(const char *list, struct jws_keys **out)
{
	return jws_keys_read(&a, str_of(arena_printf(&a, "{\"keys\":[%s]}", list)), out);
}

static void
must_be(struct str token, const char *list, enum jws_verdict verdict)
{
	struct jws_keys *keys;
	struct jws_result r;

	ck_assert_int_eq(read_set(list, &keys), ERR_OK);
	r = jws_verify_by_keys(&a, token, keys);
	ck_assert_msg(r.verdict == verdict, "%s, and not %s: %s",
		      jws_verdict_name(r.verdict), jws_verdict_name(verdict), r.why);
	ck_assert((r.payload.ptr != NULL) == (verdict == JWS_VERIFIED));
}

START_TEST(key_is_found_by_its_kid)
{
	EVP_PKEY *other = key_make(&a, "RSA");
	const char *list = arena_printf(&a, "%s,%s", key_jwk(&a, other, "\"kid\":\"b\""),
					key_jwk(&a, rsa, "\"kid\":\"a\""));

	must_be(token_by("RS256", "a", rsa), list, JWS_VERIFIED);
	must_be(token_by("RS256", "b", other), list, JWS_VERIFIED);
	must_be(token_by("RS256", "a", other), list, JWS_FORGED);
	must_be(token_by("RS256", "b", rsa), list, JWS_FORGED);
	must_be(token_by("RS256", "c", rsa), list, JWS_UNKNOWN_KEY);
	must_be(token_by("RS256", "A", rsa), list, JWS_UNKNOWN_KEY);
	must_be(token_by("RS256", "", rsa), list, JWS_UNKNOWN_KEY);
	must_be(token_by("RS256", "a ", rsa), list, JWS_UNKNOWN_KEY);
}
END_TEST

START_TEST(algorithm_is_the_keys)
{
	const char *of_rsa = key_jwk(&a, rsa, "\"kid\":\"a\""),
		   *of_p256 = key_jwk(&a, p256, "\"kid\":\"a\"");

	must_be(token_by("ES256", "a", rsa), of_rsa, JWS_UNTRUSTED);
	must_be(token_by("ES256", "a", p256), of_rsa, JWS_UNTRUSTED);
	must_be(token_by("RS256", "a", p256), of_p256, JWS_UNTRUSTED);
	must_be(token_by("RS256", "a", rsa), of_p256, JWS_UNTRUSTED);
}
END_TEST

START_TEST(kid_may_be_of_a_key_for_each_algorithm)
{
	const char *list = arena_printf(&a, "%s,%s", key_jwk(&a, rsa, "\"kid\":\"a\""),
					key_jwk(&a, p256, "\"kid\":\"a\""));

	must_be(token_by("RS256", "a", rsa), list, JWS_VERIFIED);
	must_be(token_by("ES256", "a", p256), list, JWS_VERIFIED);
	must_be(token_by("RS256", "a", p256), list, JWS_FORGED);
}
END_TEST

static struct str
public_pem(EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());
	struct str s;
	char *bytes;
	long len;

	ck_assert_int_eq(PEM_write_bio_PUBKEY(b, key), 1);
	len = BIO_get_mem_data(b, &bytes);
	s = arena_str(&a, (struct str){ bytes, (size_t)len });
	BIO_free(b);
	return s;
}

/* Whoever has the public key could sign then. */
START_TEST(public_key_is_no_secret)
{
	static const char *const algs[] = { "HS256", "RS256", "ES256" };
	const char *list = key_jwk(&a, rsa, "\"kid\":\"a\"");
	const enum jws_verdict verdicts[] = { JWS_MALFORMED, JWS_FORGED, JWS_UNTRUSTED };

	for (int i = 0; i < COUNT(algs); i++) {
		unsigned char mac[SHA256_SIZE];

		hmac_sha256(public_pem(rsa), text_of(token_with(algs[i], "a", STR("x"))),
			    mac);
		must_be(token_with(algs[i], "a",
				   (struct str){ (const char *)mac, sizeof(mac) }),
			list, verdicts[i]);
	}
}
END_TEST

static struct str
bytes_of(size_t len, char with, struct str begin)
{
	char *bytes = arena_alloc(&a, len + 1);

	memset(bytes, with, len + 1);
	memcpy(bytes, begin.ptr, begin.len < len ? begin.len : len);
	return (struct str){ bytes, len };
}

START_TEST(signature_of_another_length_is_forged)
{
	static const size_t lengths[] = { 1, 31, 32, 63, 65, 96, 128, 255, 257, 512 };
	const char *of_rsa = key_jwk(&a, rsa, "\"kid\":\"a\""),
		   *of_p256 = key_jwk(&a, p256, "\"kid\":\"a\"");
	struct str by_rsa = signature_of("RS256", "a", rsa),
		   by_p256 = signature_of("ES256", "a", p256);

	for (int i = 0; i < COUNT(lengths); i++) {
		must_be(token_with("RS256", "a", bytes_of(lengths[i], '\0', by_rsa)),
			of_rsa, JWS_FORGED);
		must_be(token_with("ES256", "a", bytes_of(lengths[i], '\0', by_p256)),
			of_p256, JWS_FORGED);
	}
	must_be(token_with("RS256", "a", by_rsa), of_rsa, JWS_VERIFIED);
	must_be(token_with("ES256", "a", by_p256), of_p256, JWS_VERIFIED);
}
END_TEST

START_TEST(signature_in_der_is_forged)
{
	struct str text = text_of(token_with("ES256", "a", STR("x")));
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	unsigned char der[80];
	size_t len = sizeof(der);

	EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, p256);
	ck_assert_int_eq(EVP_DigestSign(c, der, &len, (const unsigned char *)text.ptr,
					text.len),
			 1);
	EVP_MD_CTX_free(c);
	must_be(token_with("ES256", "a", (struct str){ (const char *)der, len }),
		key_jwk(&a, p256, "\"kid\":\"a\""), JWS_FORGED);
}
END_TEST

/* Zeros would hold for all texts in a careless sum (CVE-2022-21449). */
START_TEST(signature_of_zeros_is_forged)
{
	const char *list = key_jwk(&a, p256, "\"kid\":\"a\"");
	struct str good = signature_of("ES256", "a", p256);
	char mixed[64];

	must_be(token_with("ES256", "a", bytes_of(64, '\0', STR(""))), list, JWS_FORGED);
	must_be(token_with("ES256", "a", bytes_of(64, '\xff', STR(""))), list,
		JWS_FORGED);
	for (int half = 0; half < 2; half++) {
		memcpy(mixed, good.ptr, sizeof(mixed));
		memset(mixed + 32 * half, 0, 32);
		must_be(token_with("ES256", "a", (struct str){ mixed, sizeof(mixed) }),
			list, JWS_FORGED);
	}
	must_be(token_with("RS256", "a", bytes_of(256, '\0', STR(""))),
		key_jwk(&a, rsa, "\"kid\":\"a\""), JWS_FORGED);
}
END_TEST

/* What a good key says of itself. */
static const struct {
	const char *more;
	enum err e;
} said[] = {
	{ "\"kid\":\"a\"", ERR_OK },
	{ "\"kid\":\"a\",\"use\":\"sig\",\"alg\":\"RS256\",\"key_ops\":[\"verify\"]",
	  ERR_OK },
	{ "\"kid\":\"a\",\"key_ops\":[\"encrypt\",\"verify\"],\"x5c\":[[\"x\"]],\"d\":1",
	  ERR_OK },
	{ "\"x\":1", ERR_MALFORMED },
	{ "\"kid\":1", ERR_MALFORMED },
	{ "\"kid\":null", ERR_MALFORMED },
	{ "\"kid\":\"a\",\"use\":\"enc\"", ERR_MALFORMED },
	{ "\"kid\":\"a\",\"use\":null", ERR_MALFORMED },
	{ "\"kid\":\"a\",\"alg\":\"RS512\"", ERR_MALFORMED },
	{ "\"kid\":\"a\",\"alg\":\"ES256\"", ERR_MALFORMED },
	{ "\"kid\":\"a\",\"alg\":\"HS256\"", ERR_MALFORMED },
	{ "\"kid\":\"a\",\"alg\":null", ERR_MALFORMED },
	{ "\"kid\":\"a\",\"key_ops\":[\"sign\"]", ERR_MALFORMED },
	{ "\"kid\":\"a\",\"key_ops\":[]", ERR_MALFORMED },
	{ "\"kid\":\"a\",\"key_ops\":\"verify\"", ERR_MALFORMED },
};

START_TEST(key_is_for_what_it_says)
{
	struct jws_keys *keys;

	ck_assert_int_eq(read_set(key_jwk(&a, rsa, said[_i].more), &keys), said[_i].e);
}
END_TEST

#define X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define OFF "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\""
#define LONGER "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0A\""
#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const char *const bad_keys[] = {
	"",
	"1",
	"null",
	"[]",
	"{}",
	"{\"kid\":\"a\",\"kty\":\"oct\",\"k\":\"AAAA\",\"alg\":\"HS256\"}",
	"{\"kid\":\"a\",\"kty\":\"OKP\",\"crv\":\"Ed25519\"," X "}",
	"{\"kid\":\"a\",\"kty\":\"rsa\"}",
	"{\"kid\":\"a\",\"kty\":\"RSA\"}",
	"{\"kid\":\"a\",\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}",
	"{\"kid\":\"a\",\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
	"{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\"," X "," OFF "}",
	"{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\"," X "," LONGER "}",
	"{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-384\"," X "," Y "}",
	"{\"kid\":\"a\",\"kty\":\"EC\"," X "," Y "}",
	"{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\"," X "}",
	"{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\",\"y\":\"\"}",
	"{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ZEROS
	"\",\"y\":\"" ZEROS "\"}",
	"{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ZEROS "A=\"," Y "}",
};

START_TEST(key_that_is_not_fit_is_passed_over)
{
	const char *good = key_jwk(&a, rsa, "\"kid\":\"b\"");
	struct jws_keys *keys;

	ck_assert_int_eq(read_set(bad_keys[_i], &keys), ERR_MALFORMED);
	if (bad_keys[_i][0] != '\0')
		must_be(token_by("RS256", "b", rsa),
			arena_printf(&a, "%s,%s", bad_keys[_i], good), JWS_VERIFIED);
}
END_TEST

/* The key as it is, but for its exponent. */
static const char *
with_exponent(const char *e)
{
	const char *jwk = key_jwk(&a, rsa, "\"kid\":\"a\""),
		   *at = strstr(jwk, "\"e\":\"AQAB\"");

	ck_assert_ptr_nonnull(at);
	return arena_printf(&a, "%.*s\"e\":\"%s\"%s", (int)(at - jwk), jwk, e,
			    at + strlen("\"e\":\"AQAB\""));
}

START_TEST(exponent_must_be_one_of_rsa)
{
	static const char *const bad[] = { "",	   "AA",	   "AQ",   "Ag",
					   "AQAA", "AQAAAAAAAAAB", "AQAB=" };
	struct jws_keys *keys;

	ck_assert_int_eq(read_set(with_exponent("Aw"), &keys), ERR_OK);
	for (int i = 0; i < COUNT(bad); i++)
		ck_assert_msg(read_set(with_exponent(bad[i]), &keys) == ERR_MALFORMED,
			      "%s", bad[i]);
}
END_TEST

START_TEST(short_key_is_passed_over)
{
	EVP_PKEY *brief = key_make(&a, "RSA-1024");
	const char *jwk = key_jwk(&a, brief, "\"kid\":\"a\"");
	struct jws_keys *keys;

	ck_assert_int_eq(read_set(jwk, &keys), ERR_MALFORMED);
	must_be(token_by("RS256", "a", brief),
		arena_printf(&a, "%s,%s", jwk, key_jwk(&a, rsa, "\"kid\":\"b\"")),
		JWS_UNKNOWN_KEY);
}
END_TEST

static const char *const bad_sets[] = {
	"",
	"{}",
	"[]",
	"null",
	"{\"keys\":null}",
	"{\"keys\":{}}",
	"{\"keys\":[]}",
	"{\"keys\":[",
	"{\"keys\":[],\"keys\":[]}",
	"{\"KEYS\":[]}",
	"{\"keys\":[[[[[1]]]]]}",
};

START_TEST(set_that_is_none_is_refused)
{
	struct jws_keys *keys;

	ck_assert_int_eq(jws_keys_read(&a, str_of(bad_sets[_i]), &keys), ERR_MALFORMED);
}
END_TEST

START_TEST(set_has_a_size)
{
	const char *jwk = key_jwk(&a, rsa, "\"kid\":\"a\"");
	struct str much = bytes_of(JWS_MAX_BYTES, ' ', STR(""));
	struct jws_keys *keys;

	ck_assert_int_eq(read_set(arena_printf(&a, "%s%.*s", jwk, JWS_MAX_BYTES - 1000,
					       much.ptr),
				  &keys),
			 ERR_OK);
	ck_assert_int_eq(read_set(arena_printf(&a, "%s%.*s", jwk, JWS_MAX_BYTES,
					       much.ptr),
				  &keys),
			 ERR_MALFORMED);
}
END_TEST

static struct str
pem_with_a_passphrase(void)
{
	BIO *b = BIO_new(BIO_s_mem());
	struct str s;
	char *bytes;
	long len;

	ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(b, p256, EVP_aes_128_cbc(), "word",
						       4, NULL, NULL),
			 1);
	len = BIO_get_mem_data(b, &bytes);
	s = arena_str(&a, (struct str){ bytes, (size_t)len });
	BIO_free(b);
	return s;
}

START_TEST(key_that_cannot_sign_is_refused)
{
	static const char no_key[] = "is not a private key in PEM",
			  no_rsa[] = "is not an RSA key of 2048 to 8192 bits, which "
				     "RS256 needs",
			  no_p256[] = "is not a key of P-256, which ES256 needs";
	const struct {
		enum jws_alg alg;
		struct str pem;
		const char *why;
	} cases[] = {
		{ JWS_RS256, STR(""), no_key },
		{ JWS_RS256, STR_NONE, no_key },
		{ JWS_ES256, STR("hello"), no_key },
		{ JWS_RS256, public_pem(rsa), no_key },
		{ JWS_ES256, pem_with_a_passphrase(), no_key },
		{ JWS_RS256, key_pem(&a, p256), no_rsa },
		{ JWS_RS256, key_pem(&a, key_make(&a, "RSA-1024")), no_rsa },
		{ JWS_ES256, key_pem(&a, rsa), no_p256 },
		{ JWS_ES256, key_pem(&a, key_make(&a, "P-384")), no_p256 },
		{ JWS_ES256, key_pem(&a, key_make(&a, "secp256k1")), no_p256 },
	};

	for (int i = 0; i < COUNT(cases); i++) {
		char why[JWS_WHY_SIZE] = "";

		ck_assert_ptr_null(
			jws_signer_new(cases[i].alg, cases[i].pem, STR("a"), why));
		ck_assert_str_eq(why, cases[i].why);
	}
}
END_TEST

Suite *
jws_keys_suite(void)
{
	Suite *s = suite_create("jws_keys");
	TCase *t = tcase_create("jws_keys");

	/* Keys of RSA take long to make. */
	tcase_add_unchecked_fixture(t, set_up, tear_down);
	tcase_add_test(t, key_is_found_by_its_kid);
	tcase_add_test(t, algorithm_is_the_keys);
	tcase_add_test(t, kid_may_be_of_a_key_for_each_algorithm);
	tcase_add_test(t, public_key_is_no_secret);
	tcase_add_test(t, signature_of_another_length_is_forged);
	tcase_add_test(t, signature_in_der_is_forged);
	tcase_add_test(t, signature_of_zeros_is_forged);
	tcase_add_loop_test(t, key_is_for_what_it_says, 0, COUNT(said));
	tcase_add_loop_test(t, key_that_is_not_fit_is_passed_over, 0, COUNT(bad_keys));
	tcase_add_test(t, exponent_must_be_one_of_rsa);
	tcase_add_test(t, short_key_is_passed_over);
	tcase_add_loop_test(t, set_that_is_none_is_refused, 0, COUNT(bad_sets));
	tcase_add_test(t, set_has_a_size);
	tcase_add_test(t, key_that_cannot_sign_is_refused);
	suite_add_tcase(s, t);
	return s;
}
