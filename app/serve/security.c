/*
 * security.c: the authentication part of the API document: the program's schemes, and
 * those that a route takes. A secret in the path is not shown: OpenAPI knows no such
 * place. Runs in workers and in `hob-api -o`.
 */
#include "serve/openapi.h"

#include <stdio.h>

#include "serve/principal.h"
#include "serve/surface.h"

/* "staffProof": the header that goes with the cookie. */
static void
proof_name(const struct scheme *s, char out[64])
{
	snprintf(out, 64, "%sProof", s->name);
}

static void
write_key(struct doc *d, const char *name, const char *in, const char *at,
	  const char *says)
{
	doc_open(d, name);
	doc_member(d, "type", "apiKey");
	doc_member(d, "in", in);
	doc_member(d, "name", at);
	doc_member(d, "description", says);
	doc_close(d);
}

static void
write_scheme(struct doc *d, const struct scheme *s)
{
	char proof[64];

	if (s->place == CREDENTIAL_COOKIE) {
		write_key(d, s->name, "cookie", s->at, s->says);
		proof_name(s, proof);
		write_key(d, proof, "header", s->proof,
			  "Anything: that it is there shows that no form of another site "
			  "has sent the cookie.");
	} else if (s->place == CREDENTIAL_HEADER) {
		doc_open(d, s->name);
		doc_member(d, "type", "http");
		doc_member(d, "scheme", "bearer");
		doc_member(d, "description", s->says);
		doc_close(d);
	}
}

void
security_schemes(struct doc *d)
{
	doc_open(d, "securitySchemes");
	for (const struct scheme *s = surface.schemes; s->name != NULL; s++)
		write_scheme(d, s);
	doc_close(d);
}

/* `role`: what the credential must allow, or who must hold it (OpenAPI 3.1 takes roles of any scheme); NULL: each allows all. */
static void
write_requirement(struct doc *d, const char *name, const char *role)
{
	json_key(&d->w, name);
	json_array(&d->w);
	if (role != NULL)
		json_cstring(&d->w, role);
	json_end_array(&d->w);
}

static const char *
wanted_role(const struct scheme *s, const struct route *route)
{
	const struct access *a = &route->access;

	/* A role of the caller's own, not one in a thing. */
	if (a->who == WHO_SCOPED && a->thing->id == NULL)
		return surface.roles[a->role].right;
	if (s->may_write == NO_STATEMENT)
		return NULL;
	return route_right(route) == RIGHT_WRITE ? "write" : "read";
}

void
security_of_route(struct doc *d, const struct route *route)
{
	unsigned left = route_schemes(route);
	char proof[64];

	json_key(&d->w, "security");
	json_array(&d->w);
	for (const struct scheme *s = surface.schemes; left != 0; s++, left >>= 1) {
		if ((left & 1) == 0 || s->place == CREDENTIAL_PATH)
			continue;
		json_object(&d->w);
		write_requirement(d, s->name, wanted_role(s, route));
		if (s->place == CREDENTIAL_COOKIE) {
			proof_name(s, proof);
			write_requirement(d, proof, NULL);
		}
		json_end_object(&d->w);
	}
	json_end_array(&d->w);
}
