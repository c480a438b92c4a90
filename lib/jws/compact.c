/*
 * compact.c: tokens taken apart, and the one place where a verdict becomes JWS_VERIFIED.
 *
 * Whatever is in doubt is refused: a token has one spelling, and a header says nothing
 * that this reader would have to understand and does not. Runs in workers and in hob-jobs.
 */
#include "jws/compact.h"

#include "crypto/base64url.h"

/* A header is flat but for x5c, an array, and jwk, an object that may have one. */
static const struct json_limits header_limits = { .depth = 3, .values = 64 };

static const cJSON *
member(const struct json_doc *header, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(header->root, name);
}

static bool
read_alg(const struct json_doc *header, struct jws_parts *p)
{
	const cJSON *alg = member(header, "alg");

	return cJSON_IsString(alg) && jws_alg_find(alg->valuestring, &p->alg);
}

static bool
read_header(const struct json_doc *header, struct jws_parts *p, struct jws_result *r)
{
	const cJSON *kid = member(header, "kid");

	p->x5c = member(header, "x5c");
	if (!read_alg(header, p))
		return jws_refuse(r, JWS_MALFORMED, "the algorithm is not taken");
	if (member(header, "crit") != NULL || member(header, "b64") != NULL)
		return jws_refuse(r, JWS_MALFORMED, "an extension is not taken");
	if (kid != NULL && !cJSON_IsString(kid))
		return jws_refuse(r, JWS_MALFORMED, "the kid is no text");
	if (p->x5c != NULL && !cJSON_IsArray(p->x5c))
		return jws_refuse(r, JWS_MALFORMED, "the x5c is no array");
	p->kid = kid != NULL ? str_of(kid->valuestring) : STR_NONE;
	return true;
}

bool
jws_take_apart(struct arena *a, struct str token, struct jws_parts *out,
	       struct jws_result *r)
{
	struct str rest = token, header = str_cut(&rest, '.'),
		   payload = str_cut(&rest, '.'), header_text;
	struct json_fault fault;
	struct json_doc doc;

	if (token.len > JWS_MAX_BYTES)
		return jws_refuse(r, JWS_MALFORMED, "the token is too long");
	/* A fourth part begins with a dot, which is no digit of the signature. */
	if (rest.len == 0 || !base64url_decode(a, header, &header_text) ||
	    !base64url_decode(a, payload, &out->payload) ||
	    !base64url_decode(a, rest, &out->signature))
		return jws_refuse(r, JWS_MALFORMED,
				  "the token is not three parts of base64url");
	if (json_read(a, header_text, header_limits, &doc, &fault) != ERR_OK ||
	    !cJSON_IsObject(doc.root))
		return jws_refuse(r, JWS_MALFORMED, "the header is no JSON object");
	out->signed_text = (struct str){ token.ptr, header.len + 1 + payload.len };
	return read_header(&doc, out, r);
}

void
jws_prove(const struct jws_parts *p, EVP_PKEY *key, struct jws_result *r)
{
	if (!jws_alg_suits(p->alg, key))
		jws_refuse(r, JWS_UNTRUSTED, "the key is not of the algorithm's kind");
	else if (!jws_alg_holds(p->alg, key, p->signed_text, p->signature))
		jws_refuse(r, JWS_FORGED, "the signature is another's");
	else
		*r = (struct jws_result){ JWS_VERIFIED, "", p->payload };
}
