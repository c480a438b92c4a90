/*
 * unverified.c: what a token claims before anybody has proven it. Runs in workers.
 */
#include "jws/unverified.h"

#include "jws/compact.h"

bool
jws_peek(struct arena *a, struct str token, struct jws_unverified *out)
{
	struct jws_parts p;
	struct jws_result r;

	if (!jws_take_apart(a, token, &p, &r))
		return false;
	out->payload = p.payload;
	return true;
}
