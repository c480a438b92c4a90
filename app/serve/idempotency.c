/*
 * idempotency.c: Idempotency-Key: a request that is sent again is done once. PostgreSQL
 * decides, in the transaction that writes; here the key is read, and its request is
 * hashed. Runs in workers.
 */
#include "serve/idempotency.h"

#include <string.h>

#include "core/strbuf.h"
#include "crypto/hash.h"
#include "serve/heritage.h"
#include "serve/principal.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

enum { ONCE_KEY_MAX = 255 };

/* Visible ASCII, bare or as a quoted string. STR_NONE for anything else. */
static struct str
once_key(struct str s)
{
	s = str_trim(s);
	if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
		s = (struct str){ s.ptr + 1, s.len - 2 };
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '!' || s.ptr[i] > '~')
			return STR_NONE;
	return s.len > 0 && s.len <= ONCE_KEY_MAX ? s : STR_NONE;
}

bool
route_is_keyed(const struct route *route)
{
	return surface.own.once != NO_STATEMENT && route->method != HTTP_GET &&
	       route_is_signed(route);
}

const struct thing *
replayed_thing(const struct route *route)
{
	return route->again != NULL ? route->again : route->shows;
}

/* "POST /api/lamps/{lamp_id}/light", what stands in the braces, the query and the body, a line each. */
static void
add_request(struct strbuf *out, const struct req *r, struct str body)
{
	struct str query = request_header(r, "REQUEST_URI");
	const char *brace = r->route->path;

	strbuf_addf(out, "%s %s\n", http_method_name(r->method), r->route->path);
	for (int i = 0; (brace = strchr(brace, '{')) != NULL; i++, brace++)
		strbuf_addf(out, "%.*s\n", STR_FMT(r->match.params[i]));
	str_cut(&query, '?');
	strbuf_addf(out, "%.*s\n", STR_FMT(query));
	strbuf_add(out, body);
}

const char *
idempotency_hash(struct req *r, struct str body)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = heritage_secret(h);
	unsigned char mac[SHA256_SIZE];
	char *hash = arena_alloc(r->arena, SHA256_HEX_SIZE);
	struct strbuf text;

	strbuf_init(&text);
	add_request(&text, r, body);
	/* Keyed, for a body may hold a password: the hash must not allow guesses at
	 * it. */
	hmac_sha256(secret, strbuf_str(&text), mac);
	strbuf_release(&text);
	sha256_hex((struct str){ (const char *)mac, sizeof(mac) }, hash);
	return hash;
}

enum err
idempotency_read(struct req *r)
{
	struct str header = request_header(r, "HTTP_IDEMPOTENCY_KEY"), key;
	const char *body = r->values[VALUE_BODY];

	if (r->method == HTTP_GET || header.ptr == NULL)
		return ERR_OK;
	key = once_key(header);
	if (key.ptr == NULL)
		return request_invalid(r, "Idempotency-Key", NULL, "format",
				       "must be 1 to 255 visible ASCII characters");
	r->values[VALUE_ONCE_KEY] = arena_cstr(r->arena, key);
	r->values[VALUE_ONCE_REQUEST] = idempotency_hash(r, str_of(body ? body : ""));
	return ERR_OK;
}

void
idempotency_of_text(struct req *r, struct str text)
{
	if (r->values[VALUE_ONCE_KEY] != NULL)
		r->values[VALUE_ONCE_REQUEST] = idempotency_hash(r, text);
}

/* Keys without a caller could not be told apart. */
bool
idempotency_wanted(const struct req *r)
{
	return r->values[VALUE_ONCE_KEY] != NULL && route_is_keyed(r->route) &&
	       !r->replays;
}

bool
idempotency_keeps(struct req *r, int statement)
{
	int writer = r->route->writes ? r->route->writes : r->statement;
	/* What only looks: a preview, or a PATCH of nothing. */
	bool looks = statement == NO_STATEMENT ||
		     (r->method == HTTP_PATCH && statement != r->route->statement);

	if (!idempotency_wanted(r) || r->route->reads_body || statement != writer)
		return false;
	r->values[VALUE_ONCE_ALWAYS] = looks ? "true" : "false";
	return true;
}
