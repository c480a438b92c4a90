/*
 * jws_test.c: tokens by keys of a set: the examples of RFC 7515, what is made here, and what
 * must not pass for either.
 */
#include <check.h>
#include <string.h>

#include "certificates.h"
#include "crypto/base64url.h"
#include "jws/chain.h"
#include "jws/jwk.h"
#include "jws/keys.h"
#include "jws/sign.h"
#include "jws/unverified.h"

Suite *jws_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static struct arena a;
static EVP_PKEY *rsa, *p256;
static struct jws_signer *by_rsa, *by_p256;
static struct jws_keys *keys;

static struct jws_signer *
signer(enum jws_alg alg, EVP_PKEY *key, const char *kid)
{
	char why[JWS_WHY_SIZE] = "";
	struct jws_signer *s = jws_signer_new(alg, key_pem(&a, key), str_of(kid), why);

	ck_assert_msg(s != NULL, "%s", why);
	return s;
}

static struct jws_keys *
read_keys(const char *json)
{
	struct jws_keys *read = NULL;

	ck_assert_int_eq(jws_keys_read(&a, str_of(json), &read), ERR_OK);
	return read;
}

static void
set_up(void)
{
	arena_init(&a, 65536);
	rsa = key_make(&a, "RSA");
	p256 = key_make(&a, "P-256");
	by_rsa = signer(JWS_RS256, rsa, "r");
	by_p256 = signer(JWS_ES256, p256, "e");
	keys = read_keys(arena_printf(&a, "{\"keys\":[%s,%s]}",
				      key_jwk(&a, rsa,
					      "\"kid\":\"r\",\"use\":\"sig\","
					      "\"alg\":\"RS256\""),
				      key_jwk(&a, p256, "\"kid\":\"e\"")));
}

static void
tear_down(void)
{
	jws_signer_free(by_rsa);
	jws_signer_free(by_p256);
	arena_release(&a);
}

static struct str
signed_by(const struct jws_signer *s, const char *payload)
{
	struct str token;

	ck_assert_int_eq(jws_sign(s, &a, str_of(payload), &token), ERR_OK);
	return token;
}

static const char *
url64(struct str bytes)
{
	return base64url_encode(&a, bytes).ptr;
}

/* Signed as it must be, whatever the header says. */
static struct str
token_of(struct str header, enum jws_alg alg, EVP_PKEY *key)
{
	struct str text = str_of(
			   arena_printf(&a, "%s.%s", url64(header), url64(STR("{}")))),
		   signature;

	ck_assert(jws_alg_sign(alg, key, &a, text, &signature));
	return str_of(arena_printf(&a, "%s.%s", text.ptr, url64(signature)));
}

static void
must_be(struct jws_result r, enum jws_verdict verdict, const char *what)
{
	ck_assert_msg(r.verdict == verdict, "%s: %s, and not %s: %s", what,
		      jws_verdict_name(r.verdict), jws_verdict_name(verdict), r.why);
	ck_assert((r.payload.ptr != NULL) == (verdict == JWS_VERIFIED));
	ck_assert((r.why[0] == '\0') == (verdict == JWS_VERIFIED));
}

/* Whoever is asked. */
static void
must_be_malformed(struct str token, const char *what)
{
	struct jws_trust trust = { NULL, NULL, NULL };
	struct jws_unverified claims;

	ck_assert_msg(!jws_peek(&a, token, &claims), "%s", what);
	must_be(jws_verify_by_keys(&a, token, keys), JWS_MALFORMED, what);
	must_be(jws_verify_by_chain(&a, token, &trust, 0), JWS_MALFORMED, what);
}

#define RFC_PAYLOAD                                                \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6" \
	"Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

/* RFC 7515, A.2 and A.3; their headers name no key. */
static const struct {
	const char *jwk, *token;
} examples[] = {
	{ "{\"kid\":\"a\",\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_"
	  "wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
	  "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5r"
	  "exMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4"
	  "LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4"
	  "FRWyuXpoQ\",\"e\":\"AQAB\"}",
	  "eyJhbGciOiJSUzI1NiJ9." RFC_PAYLOAD
	  ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-"
	  "0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnb"
	  "yTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
	  "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98r"
	  "qVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw" },
	{ "{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\","
	  "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	  "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
	  "eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD
	  ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJ"
	  "qPP3-Kg6NU1Q" },
};

START_TEST(examples_of_rfc_7515_are_verified)
{
	struct str token = str_of(examples[_i].token);
	struct jws_result r = { JWS_FORGED, "", STR_NONE };
	struct json_fault fault;
	struct jws_parts parts;
	struct jws_jwk jwk;
	struct json_doc doc;

	ck_assert_int_eq(json_read(&a, str_of(examples[_i].jwk),
				   (struct json_limits){ 1, 10 }, &doc, &fault),
			 ERR_OK);
	ck_assert(jws_jwk_read(&a, doc.root, &jwk));
	ck_assert(jws_take_apart(&a, token, &parts, &r));
	jws_prove(&parts, jwk.key, &r);
	must_be(r, JWS_VERIFIED, "example");
	ck_assert(str_is(r.payload, "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
				    "\"http://example.com/is_root\":true}"));
	must_be(jws_verify_by_keys(&a, token, keys), JWS_UNKNOWN_KEY, "without a kid");
}
END_TEST

START_TEST(what_is_signed_here_is_verified)
{
	static const char *const payloads[] = { "{\"a\":1}", "", "{}", "x", "\xff" };

	for (int i = 0; i < COUNT(payloads); i++) {
		struct jws_result r =
			jws_verify_by_keys(&a, signed_by(by_rsa, payloads[i]), keys);

		must_be(r, JWS_VERIFIED, payloads[i]);
		ck_assert(str_is(r.payload, payloads[i]));
		r = jws_verify_by_keys(&a, signed_by(by_p256, payloads[i]), keys);
		must_be(r, JWS_VERIFIED, payloads[i]);
		ck_assert(str_is(r.payload, payloads[i]));
	}
}
END_TEST

START_TEST(header_names_the_key)
{
	struct jws_signer *s = signer(JWS_ES256, p256, "of \"today\"");
	struct str rest = signed_by(s, "{}"), header;

	ck_assert(base64url_decode(&a, str_cut(&rest, '.'), &header));
	ck_assert(str_is(header, "{\"alg\":\"ES256\",\"kid\":\"of "
				 "\\\"today\\\"\",\"typ\":\"JWT\"}"));
	jws_signer_free(s);
}
END_TEST

START_TEST(claims_can_be_seen_before_they_are_verified)
{
	struct str token =
		token_of(STR("{\"alg\":\"RS256\",\"kid\":\"x\"}"), JWS_RS256, rsa);
	struct jws_unverified claims;

	ck_assert(jws_peek(&a, token, &claims));
	ck_assert(str_is(claims.payload, "{}"));
	must_be(jws_verify_by_keys(&a, token, keys), JWS_UNKNOWN_KEY, "another kid");
}
END_TEST

/* clang-format off */
static const struct str bad_headers[] = {
#define T(literal) { literal, sizeof(literal) - 1 }
#define ALG(name) T("{\"kid\":\"r\",\"alg\":\"" name "\"}")
#define AND(more) T("{\"kid\":\"r\",\"alg\":\"RS256\"," more "}")
	T(""), T("{}"), T("[]"), T("null"), T("\"RS256\""), T("[\"RS256\"]"), T("\xef\xbb\xbf{\"alg\":\"RS256\"}"),
	ALG("none"), ALG("None"), ALG("NONE"), ALG("nOnE"), ALG("nonE"), ALG(" none"), ALG("none "), ALG(""),
	ALG("\\u006eone"), ALG("none\\u0000"), ALG("RS256\\u0000"),
	ALG("HS256"), ALG("HS384"), ALG("HS512"), ALG("RS384"), ALG("RS512"), ALG("ES384"), ALG("PS256"),
	ALG("ES256K"), ALG("EdDSA"), ALG("rs256"), ALG("RS256 "), ALG("RS25"), ALG("RS2566"),
	T("{\"kid\":\"r\"}"), T("{\"alg\":null}"), T("{\"alg\":1}"), T("{\"alg\":[\"RS256\"]}"), T("{\"ALG\":\"RS256\"}"),
	T("{\"alg\":{\"alg\":\"RS256\"}}"),
	AND("\"alg\":\"none\""), AND("\"alg\":\"RS256\""), AND("\"\\u0061lg\":\"RS256\""), AND("\"kid\":\"r\""),
	T("{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"r\"}"), AND("\"x\":1,\"x\":1"), AND("\"x\":{\"y\":1,\"y\":2}"),
	AND("\"crit\":[\"exp\"],\"exp\":1"), AND("\"crit\":[]"), AND("\"crit\":null"), AND("\"crit\":[\"b64\"],\"b64\":false"),
	AND("\"b64\":false"), AND("\"b64\":true"),
	T("{\"alg\":\"RS256\",\"kid\":1}"), T("{\"alg\":\"RS256\",\"kid\":null}"), T("{\"alg\":\"RS256\",\"kid\":[\"r\"]}"),
	T("{\"kid\":\"r\",\"alg\":\"RS256\"}{}"), T("{\"kid\":\"r\",\"alg\":\"RS256\"} x"), T("{\"kid\":\"r\",\"alg\":\"RS256\""),
	T("{\"kid\":\"r\",\"alg\":\"RS256\"}\0"), AND("\"x\":\"\xff\""), AND("\"x\":[[[1]]]"),
#undef AND
#undef ALG
};
/* clang-format on */

START_TEST(header_that_is_not_taken_is_refused)
{
	struct str token = token_of(bad_headers[_i], JWS_RS256, rsa);

	must_be_malformed(token, arena_cstr(&a, bad_headers[_i]));
}
END_TEST

START_TEST(header_of_too_many_values_is_refused)
{
	struct strbuf header;

	strbuf_init(&header);
	strbuf_add_cstr(&header, "{\"alg\":\"RS256\",\"kid\":\"r\",\"x\":[0");
	for (int i = 0; i < 100; i++)
		strbuf_add_cstr(&header, ",0");
	strbuf_add_cstr(&header, "]}");
	must_be_malformed(token_of(strbuf_str(&header), JWS_RS256, rsa), "values");
	strbuf_release(&header);
}
END_TEST

/* The key that a token brings along is not asked. */
START_TEST(header_may_bring_what_is_not_looked_at)
{
	EVP_PKEY *own = key_make(&a, "RSA");
	const char *jwk = key_jwk(&a, own, "\"kid\":\"r\"");
	struct str header =
		str_of(arena_printf(&a,
				    "{\"alg\":\"RS256\",\"kid\":\"r\",\"jku\":\"https://"
				    "example.com\",\"x5u\":1,"
				    "\"jwk\":%s}",
				    jwk));

	must_be(jws_verify_by_keys(&a, token_of(header, JWS_RS256, rsa), keys),
		JWS_VERIFIED, "brings a key");
	must_be(jws_verify_by_keys(&a, token_of(header, JWS_RS256, own), keys),
		JWS_FORGED, "by the key that it brings");
}
END_TEST

/* Digits stand for the parts of a good token. */
static const char *const bad_forms[] = {
	"",
	".",
	"..",
	"...",
	"1",
	"1.2",
	"1.2.",
	".2.3",
	"1.2.3.",
	".1.2.3",
	"1.2.3.3",
	"1.2..3",
	"1..2.3",
	"1.2.3.4.5",
	"1.2.3=",
	"1.2.3==",
	"1=.2.3",
	"1.2=.3",
	" 1.2.3",
	"1.2.3 ",
	"1.2.3\n",
	"1.2.\n3",
	"1 .2.3",
	"1.2.+3",
	"1.2./3",
	"/1.2.3",
	"1.2%2E3",
	"1,2,3",
	"+.2.3",
	"1.2.A",
	"{\"payload\":\"2\",\"protected\":\"1\",\"signature\":\"3\"}",
};

START_TEST(form_that_is_another_is_refused)
{
	struct str rest = signed_by(by_p256, "{}"), parts[3];
	struct strbuf token;

	for (int i = 0; i < 3; i++)
		parts[i] = str_cut(&rest, '.');
	strbuf_init(&token);
	for (const char *c = bad_forms[_i]; *c != '\0'; c++)
		if (*c >= '1' && *c <= '3')
			strbuf_add(&token, parts[*c - '1']);
		else
			strbuf_add_char(&token, *c);
	must_be_malformed(strbuf_str(&token), bad_forms[_i]);
	strbuf_release(&token);
}
END_TEST

/* The last digit has bits that no byte has: another text for the same bytes. */
START_TEST(part_has_one_spelling)
{
	struct str token =
		token_of(STR("{\"alg\":\"ES256\",\"kid\":\"e\"} "), JWS_ES256, p256);
	char *copy = arena_cstr(&a, token);

	must_be(jws_verify_by_keys(&a, token, keys), JWS_VERIFIED, "as it is");
	copy[token.len - 1]++;
	must_be_malformed(str_of(copy), "signature");
	copy = arena_cstr(&a, token);
	strchr(copy, '.')[-1]++;
	must_be_malformed(str_of(copy), "header");
}
END_TEST

START_TEST(token_has_a_size)
{
	size_t payload = (JWS_MAX_BYTES - 200) / 4 * 3;
	char *much = arena_alloc(&a, payload + 1000);
	struct str token;

	memset(much, 'x', payload + 1000);
	much[payload] = '\0';
	token = signed_by(by_p256, much);
	ck_assert_uint_le(token.len, JWS_MAX_BYTES);
	must_be(jws_verify_by_keys(&a, token, keys), JWS_VERIFIED, "much");
	much[payload] = 'x';
	much[payload + 999] = '\0';
	must_be_malformed(signed_by(by_p256, much), "too much");
}
END_TEST

static void
must_not_survive_a_bit(struct str token)
{
	char *copy = arena_cstr(&a, token);
	struct arena one;

	arena_init(&one, 65536);
	for (size_t i = 0; i < 8 * token.len; i++) {
		struct jws_result r;

		copy[i / 8] ^= (char)(1 << i % 8);
		r = jws_verify_by_keys(&one, (struct str){ copy, token.len }, keys);
		ck_assert_msg(r.verdict != JWS_VERIFIED && r.payload.ptr == NULL,
			      "bit %zu of byte %zu", i % 8, i / 8);
		copy[i / 8] = token.ptr[i / 8];
		arena_reset(&one);
	}
	arena_release(&one);
	must_be(jws_verify_by_keys(&a, str_of(copy), keys), JWS_VERIFIED, "no bit");
}

START_TEST(no_token_with_a_flipped_bit_is_verified)
{
	must_not_survive_a_bit(signed_by(by_rsa, "{\"aud\":\"me\",\"exp\":1}"));
	must_not_survive_a_bit(signed_by(by_p256, "{\"aud\":\"me\",\"exp\":1}"));
}
END_TEST

Suite *
jws_suite(void)
{
	Suite *s = suite_create("jws");
	TCase *t = tcase_create("jws");

	/* Keys of RSA take long to make. */
	tcase_add_unchecked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, examples_of_rfc_7515_are_verified, 0, COUNT(examples));
	tcase_add_test(t, what_is_signed_here_is_verified);
	tcase_add_test(t, header_names_the_key);
	tcase_add_test(t, claims_can_be_seen_before_they_are_verified);
	tcase_add_loop_test(t, header_that_is_not_taken_is_refused, 0,
			    COUNT(bad_headers));
	tcase_add_test(t, header_of_too_many_values_is_refused);
	tcase_add_test(t, header_may_bring_what_is_not_looked_at);
	tcase_add_loop_test(t, form_that_is_another_is_refused, 0, COUNT(bad_forms));
	tcase_add_test(t, part_has_one_spelling);
	tcase_add_test(t, token_has_a_size);
	tcase_add_test(t, no_token_with_a_flipped_bit_is_verified);
	suite_add_tcase(s, t);
	return s;
}
