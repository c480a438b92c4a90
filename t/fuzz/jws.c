/*
 * jws.c: signed tokens. Nothing is verified but what the keys of the seeds have signed, whose private
 * halves nobody has kept; all of it has the same payload.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/base64url.h"
#include "fuzz.h"
#include "jws/chain.h"
#include "jws/keys.h"
#include "jws/unverified.h"

enum { AT_S = 1800000000 };

/* clang-format off */
static const char key_set[] =
	"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"wgp7tjfhLmSNyPwTW0L5U3ffBl-uPS0B_nLR7802wG"
	"8Ko-kk-RTtiwrAexhOcpTEH0ygKUvU4k_75pnSsLbeIcwJxpgxxaESgprPvByEk_YIrmEsPt78k9Of"
	"ND_vop_KjYnTiM1yFV6Ibteji2-iRFYk0deCrQLttgPLsR735JviNiVcn6hpZT7l2KXBDViqbVZYyb"
	"4ibcE0o4XCQ2BXDW5eibGkvghWhu_vdge9XdDZfjmjjgPeLNAeOxEXqk68vr9pxNBeFmzhu1nDC_g1"
	"fkXAvF6zMf8Xl6vtGHE8SlqBbBRHdlsxTZ9uaFk2w05SFl2Xj-r69hW5XpF1o3j9Ew\",\"e\":\"A"
	"QAB\",\"kid\":\"r\",\"use\":\"sig\",\"alg\":\"RS256\"},{\"kty\":\"EC\",\"crv\""
	":\"P-256\",\"x\":\"NElmDJWoKpf1G747zlbLNLlPxc4-hopI92lH5kcoxgM\",\"y\":\"5hFTZ"
	"KMz5rAjDhU6v7KHrU324HBaMNlanCLUOAqg7XU\",\"kid\":\"e\",\"key_ops\":[\"verify\""
	"]}]}";

static const char root[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBUTCB+KADAgECAgIDITAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARSb290MCAX\n"
	"DTIwMDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAPMQ0wCwYDVQQDDARSb290\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpHuTkUdJsRtRycTni7nyWQrHpCks\n"
	"Ik8T6o1bOLllKENftRLKZV4VxZNtk6ai65UujoSjuPQJ31uTiA8XZKtkmKNCMEAw\n"
	"DwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFHxXIGa8\n"
	"VBA8RJL9/ttUuzC6eCbrMAoGCCqGSM49BAMCA0gAMEUCIBHNvFpnESTFe/1Rspyu\n"
	"0hh25yNX0/cJZBuJPaiAn/dVAiEA3vlYxEx86miDkzA5OtG29voYM2n6cZCvNN00\n"
	"+j+CknU=\n"
	"-----END CERTIFICATE-----\n";
/* clang-format on */

/* From a file without a name; once for all inputs. */
static const struct jws_roots *
roots(void)
{
	static struct jws_roots *loaded;
	char path[32], why[JWS_WHY_SIZE];
	int fd;

	if (loaded != NULL)
		return loaded;
	fd = memfd_create("root", MFD_CLOEXEC);
	MUST(write(fd, root, sizeof(root) - 1) == (ssize_t)sizeof(root) - 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	loaded = jws_roots_load(path, why);
	close(fd);
	MUST(loaded != NULL);
	return loaded;
}

static void
must_be_of_the_seeds(struct jws_result r)
{
	MUST((r.verdict == JWS_VERIFIED) == (r.payload.ptr != NULL));
	MUST((r.verdict == JWS_VERIFIED) == (r.why[0] == '\0'));
	MUST(r.payload.ptr == NULL || str_is(r.payload, "{\"sub\":\"seed\"}"));
}

static void
must_have_one_spelling(struct arena *a, struct str token, struct str payload)
{
	struct str rest = token;

	str_cut(&rest, '.');
	MUST(str_eq(str_cut(&rest, '.'), base64url_encode(a, payload)));
	MUST(rest.len > 0);
}

static void
read_token(struct arena *a, struct str token, const struct jws_keys *keys)
{
	struct jws_trust trust = { roots(), "1.2.3.1", "1.2.3.2" };
	struct jws_result by_keys = jws_verify_by_keys(a, token, keys),
			  by_chain = jws_verify_by_chain(a, token, &trust, AT_S);
	struct jws_unverified claims;

	must_be_of_the_seeds(by_keys);
	must_be_of_the_seeds(by_chain);
	if (jws_peek(a, token, &claims)) {
		MUST(by_keys.verdict != JWS_MALFORMED);
		must_have_one_spelling(a, token, claims.payload);
	} else {
		MUST(by_keys.verdict == JWS_MALFORMED);
		MUST(by_chain.verdict == JWS_MALFORMED);
	}
}

/* The input as a token, as a header, and as keys. */
void
fuzz_jws(struct arena *a, struct str input)
{
	struct str header = base64url_encode(a, input);
	struct jws_keys *keys, *own;

	MUST(jws_keys_read(a, str_of(key_set), &keys) == ERR_OK);
	read_token(a, input, keys);
	header = str_of(arena_printf(a, "%s.e30.AAAA", header.ptr));
	read_token(a, header, keys);
	if (jws_keys_read(a, input, &own) == ERR_OK)
		read_token(a, header, own);
}
