/*
 * principal.c: from the credential of a request to its principal, by the program's table
 * of schemes. A credential that was never given out is refused here, without asking the
 * database. Runs in workers.
 */
#include "serve/principal.h"

#include <ctype.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/token.h"
#include "limit/limit.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "text/text.h"

enum { REASON_BYTES_MAX = 1000 };

/* --- which schemes --------------------------------------------------------- */

bool
route_is_signed(const struct route *route)
{
	return route->access.who == WHO_SIGNED || route->access.who == WHO_SCOPED;
}

unsigned
route_schemes(const struct route *route)
{
	unsigned usual = surface.takes != 0 ? surface.takes : TAKES(0);

	return route->takes == 0 && route_is_signed(route) ? usual : route->takes;
}

enum right
route_right(const struct route *route)
{
	return route->method == HTTP_GET || route->reads ? RIGHT_READ : RIGHT_WRITE;
}

static enum principal_kind
kind_of(const struct scheme *s)
{
	return s->enter != NO_STATEMENT ? PRINCIPAL_PERSON : PRINCIPAL_HOLDER;
}

static enum principal_kind
wanted_kind(const struct route *route)
{
	if (route_is_signed(route))
		return PRINCIPAL_PERSON;
	return route->access.who == WHO_HOLDER ? PRINCIPAL_HOLDER : PRINCIPAL_NOBODY;
}

/* Would a person's credential of another scheme pass for one of this? */
static bool
has_twin(const struct scheme *s)
{
	for (const struct scheme *o = surface.schemes; o->name != NULL; o++)
		if (o != s && kind_of(o) == PRINCIPAL_PERSON &&
		    kind_of(s) == PRINCIPAL_PERSON &&
		    str_is(str_of(o->domain != NULL ? o->domain : ""),
			   s->domain != NULL ? s->domain : ""))
			return true;
	return false;
}

static const char *
scheme_misfit(const struct route *route, const struct scheme *s)
{
	if (kind_of(s) != wanted_kind(route))
		return "takes a scheme that yields somebody else";
	if (s->place == CREDENTIAL_PATH && route_part(route, s->at) < 0)
		return "takes a scheme of which its path has no part";
	if (s->place == CREDENTIAL_COOKIE && (s->at == NULL || s->proof == NULL))
		return "takes a cookie without its name or without the header beside it";
	return has_twin(s) ? "takes a scheme of the same domain as another" : NULL;
}

const char *
principal_misfit(const struct route *route)
{
	unsigned left = route_schemes(route);
	const char *why = NULL;

	if (left != 0 && route->max_age_s > 0)
		return "is public, and takes schemes";
	if ((left != 0) != (wanted_kind(route) != PRINCIPAL_NOBODY))
		return "says who may call, and takes schemes that do not go with it";
	for (const struct scheme *s = surface.schemes; why == NULL && s->name != NULL;
	     s++, left >>= 1)
		if (left & 1)
			why = scheme_misfit(route, s);
	return why == NULL && left != 0 ? "takes a scheme that is none" : why;
}

/* --- identifying ----------------------------------------------------------- */

/* "X-Staff" is HTTP_X_STAFF to CGI (RFC 3875 4.1.18). */
static struct str
header(struct req *r, const char *name)
{
	char *cgi = arena_printf(r->arena, "HTTP_%s", name);

	for (char *c = cgi; *c != '\0'; c++)
		*c = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
	return request_header(r, cgi);
}

static bool
has_header(struct req *r, const char *name)
{
	return header(r, name).len > 0;
}

/* The pages at this address are "https://" and the name by which it was asked for. */
static bool
is_from_elsewhere(struct req *r)
{
	struct str origin = request_header(r, "HTTP_ORIGIN"),
		   host = request_header(r, "HTTP_HOST");

	return origin.ptr != NULL &&
	       !str_is(origin, arena_printf(r->arena, "https://%.*s", STR_FMT(host)));
}

const char principal_header_needed[] = "The header beside the cookie is missing.";
const char principal_foreign_origin[] = "A page of another site has sent this.";

enum err
principal_own_page(struct req *r, const struct scheme *s)
{
	if (!has_header(r, s->proof))
		return request_fail(r, ERR_FORBIDDEN, "header_needed",
				    principal_header_needed);
	if (is_from_elsewhere(r))
		return request_fail(r, ERR_FORBIDDEN, "foreign_origin",
				    principal_foreign_origin);
	return ERR_OK;
}

static struct str
credential(struct req *r, const struct scheme *s)
{
	switch (s->place) {
	case CREDENTIAL_HEADER:
		return http_authorization_key(request_header(r, "HTTP_AUTHORIZATION"));
	case CREDENTIAL_COOKIE:
		return has_header(r, s->proof)
			       ? http_cookie(request_header(r, "HTTP_COOKIE"), s->at)
			       : STR_NONE;
	case CREDENTIAL_PATH:
		return r->match.params[route_part(r->route, s->at)];
	}
	return STR_NONE;
}

/* Cuts off what stands behind it. */
static bool
has_form(const struct scheme *s, struct str *c)
{
	struct str suffix = s->suffix != NULL ? str_of(s->suffix) : STR("");

	if (c->ptr == NULL || !str_ends(*c, suffix))
		return false;
	c->len -= suffix.len;
	if (s->form == CREDENTIAL_SECRET)
		return c->len == CREDENTIAL_SECRET_CHARS;
	return token_is(s->form == CREDENTIAL_ACCESS ? TOKEN_ACCESS : TOKEN_SESSION, *c);
}

/* Headers are ASCII, and reasons are in any language. One of which nothing can be seen is none. */
static enum err
read_reason(struct req *r, const char *name)
{
	struct str text;

	if (http_percent_decode(r->arena, header(r, name), &text) != ERR_OK ||
	    (text = text_line(r->arena, text)).ptr == NULL || text.len > REASON_BYTES_MAX)
		return request_fail(r, ERR_MALFORMED, "malformed",
				    "The reason must be one line of percent-encoded "
				    "UTF-8, of at most 1000 bytes.");
	r->principal.reason = text.len > 0 ? arena_cstr(r->arena, text) : NULL;
	return ERR_OK;
}

static enum err
identify_by(struct req *r, const struct scheme *s, struct str c)
{
	char *hash = arena_alloc(r->arena, SHA256_HEX_SIZE);

	if (s->domain != NULL)
		c = str_of(arena_printf(r->arena, "%s %.*s", s->domain, STR_FMT(c)));
	sha256_hex(c, hash);
	r->principal = (struct principal){
		.kind = kind_of(s), .scheme = s, .rights = s->rights, .hash = hash
	};
	r->values[s->value] = hash;
	if (s->place == CREDENTIAL_COOKIE && is_from_elsewhere(r))
		return principal_own_page(r, s);
	if (!(r->principal.rights & (int)route_right(r->route)))
		return ERR_FORBIDDEN;
	return s->reason != NULL && has_header(r, s->reason) ? read_reason(r, s->reason)
							     : ERR_OK;
}

/* Nobody was found: is there the credential of a scheme that has words for it? */
static enum err
refuse(struct req *r)
{
	for (const struct scheme *s = surface.schemes; s->name != NULL; s++) {
		struct str c = s->elsewhere != NULL ? credential(r, s) : STR_NONE;

		if (has_form(s, &c))
			return request_fail(r, ERR_FORBIDDEN, "session_required",
					    s->elsewhere);
	}
	return ERR_UNAUTHORIZED;
}

enum err
principal_identify(struct req *r)
{
	unsigned left = route_schemes(r->route);
	enum err refused = ERR_OK;

	for (const struct scheme *s = surface.schemes; left != 0; s++, left >>= 1) {
		struct str c;

		if ((left & 1) == 0)
			continue;
		c = credential(r, s);
		if (has_form(s, &c))
			return identify_by(r, s, c);
		if (refused != ERR_UNAUTHORIZED)
			refused = s->place == CREDENTIAL_PATH ? ERR_NOT_FOUND
							      : ERR_UNAUTHORIZED;
	}
	return refused == ERR_UNAUTHORIZED ? refuse(r) : refused;
}

/* --- by whom it is counted --------------------------------------------------- */

struct str
principal_network(struct req *r)
{
	return limit_address(request_header(r, "REMOTE_ADDR"), arena_alloc(r->arena, 16));
}

struct str
principal_account(const struct req *r)
{
	return (struct str){ (const char *)&r->principal.account,
			     sizeof(r->principal.account) };
}

struct str
principal_counted(struct req *r)
{
	return r->principal.account != 0 ? principal_account(r) : principal_network(r);
}

struct str
principal_payer(const struct req *r)
{
	if (r->principal.account != 0)
		return principal_account(r);
	return r->principal.kind == PRINCIPAL_HOLDER ? str_of(r->principal.hash)
						     : STR_NONE;
}

/* --- what an answer says of it ----------------------------------------------- */

void
principal_challenge(struct req *r)
{
	if (surface_takes_from(CREDENTIAL_HEADER)) {
		http_response_header(r->out, "WWW-Authenticate",
				     STR("Token realm=\"hob\""));
		http_response_header(r->out, "WWW-Authenticate",
				     STR("Bearer realm=\"hob\""));
	}
	if (surface_takes_from(CREDENTIAL_COOKIE))
		http_response_header(r->out, "WWW-Authenticate",
				     STR("Cookie realm=\"hob\""));
}

const char *
principal_vary(struct req *r)
{
	return arena_printf(r->arena, "%s%sAccept-Language",
			    surface_takes_from(CREDENTIAL_HEADER) ? "Authorization, "
								  : "",
			    surface_takes_from(CREDENTIAL_COOKIE) ? "Cookie, " : "");
}
