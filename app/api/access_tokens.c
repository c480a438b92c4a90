/*
 * access_tokens.c: personal access tokens, by which scripts and home automation ask in
 * somebody's name. A token exists only in the request that makes it and in those that use
 * it; the database has its hash. What one may is said by its row: routes.c has the
 * scheme, sql/functions/access_tokens.sql the rest. Runs in workers.
 */
#include "api/resources.h"

#include <string.h>

#include "api/values.h"
#include "crypto/hash.h"
#include "crypto/token.h"
#include "serve/request.h"
#include "statements.h"

enum { HINT_CHARS = 4, RESIDENCES_MAX = 50 };

static enum err
make_token(struct req *r)
{
	char *token = arena_alloc(r->arena, TOKEN_TEXT_SIZE);
	char *stand_in = arena_alloc(r->arena, TOKEN_TEXT_SIZE);
	char *hash = arena_alloc(r->arena, SHA256_HEX_SIZE);

	token_new(TOKEN_ACCESS, token);
	token_new(TOKEN_ACCESS, stand_in);
	sha256_hex(str_of(arena_printf(r->arena, ACCESS_DOMAIN " %s", token)), hash);
	r->values[VALUE_ACCESS_TOKEN] = stand_in;
	r->values[VALUE_ACCESS_HINT] = token + strlen(token) - HINT_CHARS;
	r->values[VALUE_ACCESS_HASH] = hash;
	r->secret = str_of(token);
	r->stand_in = str_of(stand_in);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

#define ACCESS_TOKENS "/api/access-tokens"
#define ACCESS_TOKEN ACCESS_TOKENS "/{access_token_id}"

/* clang-format off */
static const char *const scopes[] = { "read", "write", NULL };

static const struct field access_token_fields[] = {
	NEW_ID,
	{ "name", FIELD_LINE, REQUIRED, 1, 100, NULL, NULL, 0 },
	{ "scope", FIELD_CHOICE, REQUIRED, 0, 0, scopes, NULL, 0 },
	{ "residence_ids", FIELD_UUIDS, NULLABLE, 1, RESIDENCES_MAX, NULL, NULL, 0 },
	{ "expires_at", FIELD_INSTANT, NULLABLE, 0, 0, NULL, NULL, 0 },
	END
};

/* A token that was made before: it was shown once. */
static const struct thing made = { "access_token", "access_token_id", NO_STATEMENT, Q_ACCESS_TOKEN_AGAIN };

static const struct route routes[] = {
	{ HTTP_GET, ACCESS_TOKENS, SIGNED, NULL, NULL, Q_ACCESS_TOKEN_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listAccessTokens", "Access tokens", "AccessToken", "List the caller's access tokens, without the tokens themselves") },
	{ HTTP_POST, ACCESS_TOKENS, SIGNED, access_token_fields, NULL, Q_ACCESS_TOKEN_CREATE, CREATED,
	  .prepare = make_token, .limited = true, .shows = &made, SESSION_ONLY,
	  DOC("createAccessToken", "Access tokens", "NewAccessToken", "Create an access token; it is shown only now", .also = "not_found id_taken") },
	{ HTTP_GET, ACCESS_TOKEN, SIGNED, NULL, NULL, Q_ACCESS_TOKEN_GET, ONE,
	  SESSION_ONLY,
	  DOC("getAccessToken", "Access tokens", "AccessToken", "Show one access token, without the token itself") },
	{ HTTP_PATCH, ACCESS_TOKEN, SIGNED, access_token_fields, NULL, Q_ACCESS_TOKEN_UPDATE, ONE,
	  .shows = THING(ACCESS_TOKEN), SESSION_ONLY,
	  DOC("updateAccessToken", "Access tokens", "AccessToken", "Change what an access token is called, may and is for; it stays the same token") },
	{ HTTP_DELETE, ACCESS_TOKEN, SIGNED, NULL, NULL, Q_ACCESS_TOKEN_REVOKE, NO_CONTENT,
	  .shows = THING(ACCESS_TOKEN), SESSION_ONLY,
	  DOC("deleteAccessToken", "Access tokens", NULL, "End an access token, at once and everywhere") },
};
/* clang-format on */

RESOURCE(access_tokens);
