/*
 * cors.c: which web pages may read our answers (Fetch standard, section 3.2). Off unless
 * cors.origins names some. Callers send a token in a header; a cookie goes with a header
 * that is not among these (principal.h). So credentials are not allowed, and "*" is safe.
 * Runs in workers.
 */
#include "serve/request.h"

#include "serve/surface.h"
#include "serve/worker.h"

/* The headers that a page may send, and those it may read beyond the usual. */
static const char asked_with[] = "Authorization, Content-Type, If-Match, If-None-Match, "
				 "Idempotency-Key, X-Request-Id, Accept-Language";
static const char exposed[] = "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, "
			      "X-Request-Id, Idempotency-Replayed, Link";

/* Two hours, the most that browsers grant; Chromium takes no more. */
#define MAX_AGE "7200"

/* The value of Access-Control-Allow-Origin; STR_NONE: no header. */
static struct str
allowed_origin(const struct req *r)
{
	struct str rest = str_of(r->worker->heritage->config.cors_origins);
	struct str origin = request_header(r, "HTTP_ORIGIN");

	/* Who shows a cookie is a page of our own, or nobody. */
	if (!surface_takes_from(CREDENTIAL_HEADER))
		return STR_NONE;
	if (origin.len == 0 || str_is(rest, "*"))
		return origin.len == 0 ? STR_NONE : rest;
	while (rest.ptr != NULL)
		if (str_eq(str_cut(&rest, ' '), origin))
			return origin;
	return STR_NONE;
}

bool
cors_preflight(struct req *r)
{
	const char *allow = router_allow(r->arena, r->match.allowed);

	if (!str_is(request_header(r, "REQUEST_METHOD"), "OPTIONS") ||
	    request_header(r, "HTTP_ACCESS_CONTROL_REQUEST_METHOD").len == 0 ||
	    allowed_origin(r).ptr == NULL)
		return false;
	r->out->status = 204;
	http_response_header(r->out, "Access-Control-Allow-Methods", str_of(allow));
	http_response_header(r->out, "Access-Control-Allow-Headers", str_of(asked_with));
	http_response_header(r->out, "Access-Control-Max-Age", STR(MAX_AGE));
	return true;
}

void
cors_add_headers(struct req *r)
{
	const char *origins = r->worker->heritage->config.cors_origins;
	struct str origin = allowed_origin(r);

	/* A cache must keep this answer for one origin, also when that got no header. */
	if (origins[0] != '\0' && !str_is(str_of(origins), "*"))
		http_response_header(r->out, "Vary", STR("Origin"));
	if (origin.ptr == NULL)
		return;
	http_response_header(r->out, "Access-Control-Allow-Origin", origin);
	http_response_header(r->out, "Access-Control-Expose-Headers", str_of(exposed));
}
