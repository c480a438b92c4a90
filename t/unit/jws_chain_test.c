/*
 * jws_chain_test.c: whom lib/jws takes for vouched for, by chains of certificates that are
 * right but for one thing each.
 */
#include "jws/chain.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "certificates.h"
#include "crypto/base64url.h"
#include "jws/algorithm.h"

Suite *jws_chain_suite(void);

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define LEAF_OID "1.2.840.113635.100.6.11.1"
#define ISSUER_OID "1.2.840.113635.100.6.2.1"

enum { DAY_S = 86400, FROM_S = 1700000000, UNTIL_S = FROM_S + 1000 * DAY_S };
/* OTHER is a root of nobody's; EXTRA an issuer like the first. */
enum place { LEAF, ISSUER, ROOT, OTHER, EXTRA, PLACES };

/* How the next chain is made, and what of it is brought. */
struct making {
	struct recipe recipes[PLACES];
	enum place issuers[PLACES];
	enum place pinned;
	enum place brought[5];
	int count;
	int64_t at_s;
	const char *alg;
};

static struct arena a;
static char path[32];
static struct certificate made[PLACES];
static const struct making good = {
	.recipes = {
		[LEAF] = { "Leaf", "P-256", FROM_S, UNTIL_S, "critical,CA:FALSE",
			   "critical,digitalSignature", LEAF_OID },
		[ISSUER] = { "Issuer", "P-256", FROM_S, UNTIL_S, "critical,CA:TRUE,pathlen:0",
			     "critical,keyCertSign,cRLSign", ISSUER_OID },
		[ROOT] = { "Root", "P-256", FROM_S, UNTIL_S, "critical,CA:TRUE",
			   "critical,keyCertSign,cRLSign" },
		[OTHER] = { "Other root", "P-256", FROM_S, UNTIL_S, "critical,CA:TRUE",
			    "critical,keyCertSign,cRLSign" },
		[EXTRA] = { "Extra", "P-256", FROM_S, UNTIL_S, "critical,CA:TRUE",
			    "critical,keyCertSign", ISSUER_OID },
	},
	.issuers = { [LEAF] = ISSUER, [ISSUER] = ROOT, [ROOT] = ROOT, [OTHER] = OTHER, [EXTRA] = ROOT },
	.pinned = ROOT,
	.brought = { LEAF, ISSUER, ROOT },
	.count = 3,
	.at_s = FROM_S + DAY_S,
	.alg = "ES256",
};

static void
set_up(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/hob-jws-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	arena_init(&a, 65536);
}

static void
tear_down(void)
{
	arena_release(&a);
	unlink(path);
}

static void
write_file(struct str bytes)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fwrite(bytes.ptr, 1, bytes.len, f);
	fclose(f);
}

static struct jws_roots *
load(struct str file)
{
	char why[JWS_WHY_SIZE] = "";
	struct jws_roots *roots;

	write_file(file);
	roots = jws_roots_load(path, why);
	ck_assert_msg(roots != NULL, "%s", why);
	return roots;
}

static void
make_all(const struct making *m)
{
	static const enum place order[] = { OTHER, ROOT, ISSUER, EXTRA, LEAF };

	for (int i = 0; i < COUNT(order); i++) {
		enum place p = order[i], by = m->issuers[p];

		made[p] =
			certificate_make(&a, &m->recipes[p], by == p ? NULL : &made[by]);
	}
}

/* A token with this header, signed by a key that suits "ES256", or else is RSA. */
static struct str
token_of(const char *header, EVP_PKEY *key)
{
	struct str text, signature = STR("none");
	enum jws_alg alg = EVP_PKEY_is_a(key, "RSA") ? JWS_RS256 : JWS_ES256;

	text = str_of(arena_printf(&a, "%s.%s", base64url_encode(&a, str_of(header)).ptr,
				   base64url_encode(&a, STR("{\"a\":1}")).ptr));
	if (jws_alg_suits(alg, key))
		ck_assert(jws_alg_sign(alg, key, &a, text, &signature));
	return str_of(
		arena_printf(&a, "%s.%s", text.ptr, base64url_encode(&a, signature).ptr));
}

static struct str
token_made(const struct making *m)
{
	const char *x5c = "";

	for (int i = 0; i < m->count; i++)
		x5c = arena_printf(&a, "%s%s\"%s\"", x5c, i > 0 ? "," : "",
				   base64_of(&a, made[m->brought[i]].der));
	return token_of(arena_printf(&a, "{\"alg\":\"%s\",\"x5c\":[%s]}", m->alg, x5c),
			made[LEAF].key);
}

static struct jws_result
verify_at(struct str token, const struct jws_roots *roots, int64_t at_s)
{
	struct jws_trust trust = { roots, LEAF_OID, ISSUER_OID };

	return jws_verify_by_chain(&a, token, &trust, at_s);
}

static void
must_be(struct jws_result r, enum jws_verdict verdict, const char *name)
{
	ck_assert_msg(r.verdict == verdict, "%s: %s, and not %s: %s", name,
		      jws_verdict_name(r.verdict), jws_verdict_name(verdict), r.why);
	ck_assert((r.payload.ptr != NULL) == (verdict == JWS_VERIFIED));
	ck_assert((r.why[0] == '\0') == (verdict == JWS_VERIFIED));
}

/* clang-format off */
static void as_it_is(struct making *m) { (void)m; }
static void another_root(struct making *m) { m->pinned = OTHER; }
static void another_root_of_that_name(struct making *m)
	{ m->recipes[OTHER].name = "Root"; m->pinned = OTHER; }
static void another_root_brought(struct making *m) { m->brought[ROOT] = OTHER; }
static void another_root_of_that_name_brought(struct making *m)
	{ m->recipes[OTHER].name = "Root"; m->brought[ROOT] = OTHER; }
static void issuer_by_another_root(struct making *m) { m->issuers[ISSUER] = OTHER; }
/* The names are those of a chain that is right, and the root too. */
static void issuer_by_a_false_root(struct making *m)
	{ m->recipes[OTHER].name = "Root"; m->issuers[ISSUER] = OTHER; }
static void leaf_by_a_false_issuer(struct making *m)
	{ m->recipes[EXTRA].name = "Issuer"; m->issuers[LEAF] = EXTRA; }
static void leaf_by_the_root(struct making *m) { m->issuers[LEAF] = ROOT; }
static void leaf_by_itself(struct making *m) { m->issuers[LEAF] = LEAF; }
static void root_for_issuer(struct making *m)
	{ m->issuers[LEAF] = ROOT; m->recipes[ROOT].oid = ISSUER_OID; m->brought[ISSUER] = ROOT; }
static void first_moment(struct making *m) { m->at_s = FROM_S; }
static void last_moment(struct making *m) { m->at_s = UNTIL_S - 1; }
static void too_early(struct making *m) { m->at_s = FROM_S - 1; }
static void too_late(struct making *m) { m->at_s = UNTIL_S + 1; }
static void leaf_expired(struct making *m) { m->recipes[LEAF].until_s = m->at_s - 1; }
static void leaf_of_tomorrow(struct making *m) { m->recipes[LEAF].from_s = m->at_s + DAY_S; }
static void issuer_expired(struct making *m) { m->recipes[ISSUER].until_s = m->at_s - 1; }
static void root_expired(struct making *m) { m->recipes[ROOT].until_s = m->at_s - 1; }
static void leaf_without_oid(struct making *m) { m->recipes[LEAF].oid = NULL; }
static void issuer_without_oid(struct making *m) { m->recipes[ISSUER].oid = NULL; }
static void oids_swapped(struct making *m)
	{ m->recipes[LEAF].oid = ISSUER_OID; m->recipes[ISSUER].oid = LEAF_OID; }
static void leaf_of_longer_oid(struct making *m) { m->recipes[LEAF].oid = LEAF_OID ".1"; }
static void leaf_is_a_ca(struct making *m)
{
	m->recipes[LEAF].constraints = "critical,CA:TRUE";
	m->recipes[LEAF].usage = "critical,digitalSignature,keyCertSign";
	m->recipes[ISSUER].constraints = "critical,CA:TRUE";
}
static void leaf_without_usage(struct making *m) { m->recipes[LEAF].usage = NULL; }
static void leaf_for_agreement(struct making *m) { m->recipes[LEAF].usage = "critical,keyAgreement"; }
static void leaf_with_a_riddle(struct making *m) { m->recipes[LEAF].critical_oid = "1.2.3.4"; }
static void leaf_by_sha1(struct making *m) { m->recipes[LEAF].hash = "SHA1"; }
static void leaf_of_rsa(struct making *m) { m->recipes[LEAF].key = "RSA"; }
static void leaf_of_rsa_by_rs256(struct making *m) { leaf_of_rsa(m); m->alg = "RS256"; }
static void leaf_of_p384(struct making *m) { m->recipes[LEAF].key = "P-384"; }
static void leaf_of_secp256k1(struct making *m) { m->recipes[LEAF].key = "secp256k1"; }
static void by_rs256(struct making *m) { m->alg = "RS256"; }
static void issuer_is_no_ca(struct making *m)
	{ m->recipes[ISSUER].constraints = "critical,CA:FALSE"; m->recipes[ISSUER].usage = "critical,digitalSignature"; }
static void issuer_without_constraints(struct making *m) { m->recipes[ISSUER].constraints = NULL; }
static void issuer_without_usage(struct making *m) { m->recipes[ISSUER].usage = NULL; }
static void issuer_without_signing(struct making *m) { m->recipes[ISSUER].usage = "critical,cRLSign"; }
static void issuer_of_rsa(struct making *m) { m->recipes[ISSUER].key = m->recipes[ROOT].key = "RSA"; }
static void issuer_of_p384(struct making *m) { m->recipes[ISSUER].key = m->recipes[ROOT].key = "P-384"; }
static void issuer_of_short_rsa(struct making *m) { m->recipes[ISSUER].key = "RSA-1024"; }
static void root_of_no_issuers(struct making *m) { m->recipes[ROOT].constraints = "critical,CA:TRUE,pathlen:0"; }
static void none_brought(struct making *m) { m->count = 0; }
static void leaf_alone(struct making *m) { m->count = 1; }
static void no_root_brought(struct making *m) { m->count = 2; }
static void root_twice(struct making *m) { m->brought[3] = ROOT; m->count = 4; }
static void extra_behind(struct making *m) { m->brought[3] = EXTRA; m->count = 4; }
static void extra_between(struct making *m)
	{ m->brought[2] = EXTRA; m->brought[3] = ROOT; m->count = 4; }
static void extra_for_issuer(struct making *m) { m->brought[ISSUER] = EXTRA; }
static void issuer_first(struct making *m) { m->brought[0] = ISSUER; m->brought[1] = LEAF; }
static void root_first(struct making *m) { m->brought[0] = ROOT; m->brought[2] = LEAF; }
static void root_before_issuer(struct making *m) { m->brought[1] = ROOT; m->brought[2] = ISSUER; }
static void leaf_thrice(struct making *m) { m->brought[1] = m->brought[2] = LEAF; }
/* The holder of a good leaf makes one more. */
static void leaf_by_a_leaf(struct making *m)
{
	m->recipes[EXTRA] = m->recipes[LEAF];
	m->recipes[EXTRA].name = "Good leaf";
	m->recipes[EXTRA].oid = ISSUER_OID;
	m->issuers[EXTRA] = ISSUER;
	m->issuers[LEAF] = EXTRA;
	m->brought[1] = EXTRA;
	m->brought[2] = ISSUER;
}

static const struct {
	const char *name;
	void (*change)(struct making *m);
	enum jws_verdict verdict;
} cases[] = {
#define CASE(change, verdict) { #change, change, verdict }
	CASE(as_it_is, JWS_VERIFIED),
	CASE(another_root, JWS_UNTRUSTED),
	CASE(another_root_of_that_name, JWS_UNTRUSTED),
	CASE(another_root_brought, JWS_UNTRUSTED),
	CASE(another_root_of_that_name_brought, JWS_UNTRUSTED),
	CASE(issuer_by_another_root, JWS_UNTRUSTED),
	CASE(issuer_by_a_false_root, JWS_UNTRUSTED),
	CASE(leaf_by_a_false_issuer, JWS_UNTRUSTED),
	CASE(leaf_by_the_root, JWS_UNTRUSTED),
	CASE(leaf_by_itself, JWS_UNTRUSTED),
	CASE(leaf_by_a_leaf, JWS_UNTRUSTED),
	CASE(root_for_issuer, JWS_UNTRUSTED),
	CASE(first_moment, JWS_VERIFIED),
	CASE(last_moment, JWS_VERIFIED),
	CASE(too_early, JWS_OUT_OF_TIME),
	CASE(too_late, JWS_OUT_OF_TIME),
	CASE(leaf_expired, JWS_OUT_OF_TIME),
	CASE(leaf_of_tomorrow, JWS_OUT_OF_TIME),
	CASE(issuer_expired, JWS_OUT_OF_TIME),
	CASE(root_expired, JWS_OUT_OF_TIME),
	CASE(leaf_without_oid, JWS_UNTRUSTED),
	CASE(issuer_without_oid, JWS_UNTRUSTED),
	CASE(oids_swapped, JWS_UNTRUSTED),
	CASE(leaf_of_longer_oid, JWS_UNTRUSTED),
	CASE(leaf_is_a_ca, JWS_UNTRUSTED),
	CASE(leaf_without_usage, JWS_VERIFIED),
	CASE(leaf_for_agreement, JWS_UNTRUSTED),
	CASE(leaf_with_a_riddle, JWS_UNTRUSTED),
	CASE(leaf_by_sha1, JWS_UNTRUSTED),
	CASE(leaf_of_rsa, JWS_UNTRUSTED),
	CASE(leaf_of_rsa_by_rs256, JWS_UNTRUSTED),
	CASE(leaf_of_p384, JWS_UNTRUSTED),
	CASE(leaf_of_secp256k1, JWS_UNTRUSTED),
	CASE(by_rs256, JWS_UNTRUSTED),
	CASE(issuer_is_no_ca, JWS_UNTRUSTED),
	CASE(issuer_without_constraints, JWS_UNTRUSTED),
	CASE(issuer_without_usage, JWS_UNTRUSTED),
	CASE(issuer_without_signing, JWS_UNTRUSTED),
	CASE(issuer_of_rsa, JWS_VERIFIED),
	CASE(issuer_of_p384, JWS_VERIFIED),
	CASE(issuer_of_short_rsa, JWS_UNTRUSTED),
	CASE(root_of_no_issuers, JWS_UNTRUSTED),
	CASE(none_brought, JWS_UNTRUSTED),
	CASE(leaf_alone, JWS_UNTRUSTED),
	CASE(no_root_brought, JWS_UNTRUSTED),
	CASE(root_twice, JWS_UNTRUSTED),
	CASE(extra_behind, JWS_UNTRUSTED),
	CASE(extra_between, JWS_UNTRUSTED),
	CASE(extra_for_issuer, JWS_UNTRUSTED),
	CASE(issuer_first, JWS_UNTRUSTED),
	CASE(root_first, JWS_UNTRUSTED),
	CASE(root_before_issuer, JWS_UNTRUSTED),
	CASE(leaf_thrice, JWS_UNTRUSTED),
#undef CASE
};
/* clang-format on */

START_TEST(chain_is_held_to_its_root)
{
	struct making m = good;
	struct jws_roots *roots;

	cases[_i].change(&m);
	make_all(&m);
	roots = load(certificate_pem(&a, made[m.pinned].x));
	must_be(verify_at(token_made(&m), roots, m.at_s), cases[_i].verdict,
		cases[_i].name);
	jws_roots_free(roots);
}
END_TEST

/* Pins both roots, and gives the good token. */
static struct str
make_good(struct jws_roots **roots)
{
	make_all(&good);
	*roots = load(
		str_of(arena_printf(&a, "%s%s", certificate_pem(&a, made[OTHER].x).ptr,
				    certificate_pem(&a, made[ROOT].x).ptr)));
	return token_made(&good);
}

START_TEST(good_token_shows_its_payload)
{
	struct jws_roots *roots;
	struct str token = make_good(&roots);
	struct jws_trust trust = { roots, NULL, NULL };

	ck_assert(str_is(verify_at(token, roots, good.at_s).payload, "{\"a\":1}"));
	must_be(jws_verify_by_chain(&a, token, &trust, good.at_s), JWS_VERIFIED,
		"no OIDs are wanted");
	must_be(verify_at(token, roots, FROM_S - 1), JWS_OUT_OF_TIME, "proven before");
	must_be(verify_at(token, roots, UNTIL_S + 1), JWS_OUT_OF_TIME, "proven before");
	jws_roots_free(roots);
}
END_TEST

START_TEST(token_of_another_key_is_forged)
{
	struct jws_roots *roots;
	struct making m = good;
	struct str token;

	make_good(&roots);
	made[LEAF].key = key_make(&a, "P-256");
	token = token_made(&m);
	must_be(verify_at(token, roots, good.at_s), JWS_FORGED, "another key");
	jws_roots_free(roots);
}
END_TEST

START_TEST(no_token_with_a_flipped_bit_is_verified)
{
	struct jws_roots *roots;
	struct str token = make_good(&roots);
	struct jws_trust trust = { roots, LEAF_OID, ISSUER_OID };
	char *copy = arena_cstr(&a, token);
	struct arena one;

	arena_init(&one, 65536);
	for (size_t i = 0; i < token.len; i++) {
		struct jws_result r;

		copy[i] ^= (char)(1 << i % 8);
		r = jws_verify_by_chain(&one, (struct str){ copy, token.len }, &trust,
					good.at_s);
		ck_assert_msg(r.verdict != JWS_VERIFIED && r.payload.ptr == NULL,
			      "bit %zu of byte %zu", i % 8, i);
		copy[i] = token.ptr[i];
		arena_reset(&one);
	}
	arena_release(&one);
	must_be(verify_at(str_of(copy), roots, good.at_s), JWS_VERIFIED, "no bit");
	jws_roots_free(roots);
}
END_TEST

/* What stands in x5c, with %s for the good ones: leaf, issuer, root. */
static const char *const bad_x5c[] = {
	"\"%s\"",
	"{}",
	"[1,2,3]",
	"[\"\",\"\",\"\"]",
	"[\"AAAA\",\"AAAA\",\"AAAA\"]",
	"[\"-__-\",\"%s\",\"%s\"]",
	"[\" %s\",\"%s\",\"%s\"]",
	"[\"%s\\n\",\"%s\",\"%s\"]",
	"[\"%s\",\"%s\",null]",
	"[\"%s\",\"%s\",[\"%s\"]]",
	"null",
};

START_TEST(x5c_that_is_none_is_malformed)
{
	struct jws_roots *roots;
	const char *left = bad_x5c[_i], *x5c = "";
	int next = LEAF;

	make_good(&roots);
	while (left != NULL) {
		const char *gap = strstr(left, "%s");

		x5c = arena_printf(&a, "%s%.*s%s", x5c,
				   gap != NULL ? (int)(gap - left) : (int)strlen(left),
				   left,
				   gap != NULL ? base64_of(&a, made[next++].der) : "");
		left = gap != NULL ? gap + 2 : NULL;
	}
	must_be(verify_at(token_of(arena_printf(&a, "{\"alg\":\"ES256\",\"x5c\":%s}",
						x5c),
				   made[LEAF].key),
			  roots, good.at_s),
		JWS_MALFORMED, bad_x5c[_i]);
	jws_roots_free(roots);
}
END_TEST

START_TEST(certificate_with_a_byte_behind_it_is_malformed)
{
	struct jws_roots *roots;

	make_good(&roots);
	for (int i = LEAF; i <= ROOT; i++) {
		struct certificate kept = made[i];
		char *longer = arena_alloc(&a, kept.der.len + 1);

		memcpy(longer, kept.der.ptr, kept.der.len);
		longer[kept.der.len] = '\0';
		made[i].der = (struct str){ longer, kept.der.len + 1 };
		must_be(verify_at(token_made(&good), roots, good.at_s), JWS_MALFORMED,
			"a byte more");
		made[i].der.len -= 2;
		must_be(verify_at(token_made(&good), roots, good.at_s), JWS_MALFORMED,
			"a byte less");
		made[i] = kept;
	}
	jws_roots_free(roots);
}
END_TEST

START_TEST(token_without_certificates_is_untrusted)
{
	struct jws_roots *roots;

	make_good(&roots);
	must_be(verify_at(token_of("{\"alg\":\"ES256\",\"kid\":\"a\"}", made[LEAF].key),
			  roots, good.at_s),
		JWS_UNTRUSTED, "no x5c");
	jws_roots_free(roots);
}
END_TEST

static struct str
joined(struct str x, struct str y)
{
	char *text = arena_alloc(&a, x.len + y.len + 1);

	memcpy(text, x.ptr, x.len);
	memcpy(text + x.len, y.ptr, y.len);
	text[x.len + y.len] = '\0';
	return (struct str){ text, x.len + y.len };
}

START_TEST(roots_are_read_from_pem_and_der)
{
	struct jws_roots *roots;
	struct str pem;

	make_all(&good);
	pem = certificate_pem(&a, made[ROOT].x);
	roots = load(made[ROOT].der);
	must_be(verify_at(token_made(&good), roots, good.at_s), JWS_VERIFIED, "DER");
	jws_roots_free(roots);
	roots = load(joined(STR("0 is what it begins with\n\n"), joined(pem, pem)));
	must_be(verify_at(token_made(&good), roots, good.at_s), JWS_VERIFIED, "PEM");
	jws_roots_free(roots);
}
END_TEST

Suite *
jws_chain_suite(void)
{
	Suite *s = suite_create("jws_chain");
	TCase *t = tcase_create("jws_chain");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, chain_is_held_to_its_root, 0, COUNT(cases));
	tcase_add_test(t, good_token_shows_its_payload);
	tcase_add_test(t, token_of_another_key_is_forged);
	tcase_add_test(t, no_token_with_a_flipped_bit_is_verified);
	tcase_add_loop_test(t, x5c_that_is_none_is_malformed, 0, COUNT(bad_x5c));
	tcase_add_test(t, certificate_with_a_byte_behind_it_is_malformed);
	tcase_add_test(t, token_without_certificates_is_untrusted);
	tcase_add_test(t, roots_are_read_from_pem_and_der);
	suite_add_tcase(s, t);
	return s;
}
