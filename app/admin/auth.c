/*
 * auth.c: signing in to the panel and out of it. A login takes two round trips, with the hash of the password between
 * them, and says of all that is wrong the same. Runs in workers.
 */
#include "admin/resources.h"

#include "core/clock.h"
#include "core/uuid.h"
#include "crypto/share_code.h"
#include "crypto/token.h"
#include "db/db.h"
#include "model/password_rules.h"
#include "model/staff.h"
#include "serve/passwords.h"
#include "serve/pipeline.h"
#include "serve/principal.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"
#include "totp/totp.h"

enum { AGENT_MAX = 200 };

/* --- the code --------------------------------------------------------------- */

/* Apps show "123 456". */
static const char *
without_spaces(struct req *r, const char *text)
{
	char *out = arena_cstr(r->arena, str_of(text)), *to = out;

	for (const char *c = text; *c != '\0'; c++)
		if (*c != ' ')
			*to++ = *c;
	*to = '\0';
	return out;
}

/* Of somebody who does not exist it is looked at as of anybody, with a key of nothing. */
static void
bind_code(struct req *r, struct str nonce)
{
	const char *code = without_spaces(r, request_field(r, "code"));
	struct str secret = heritage_secret(r->worker->heritage);
	char read[SHARE_CODE_SIZE], *hmac = arena_alloc(r->arena, SHA256_HEX_SIZE);
	unsigned char key[STAFF_KEY_SIZE];
	int64_t step;

	staff_totp_key(secret, nonce, key);
	if (totp_check(key, clock_now_us() / 1000000, code, &step) == ERR_OK) {
		r->values[VALUE_TOTP_STEP] =
			arena_printf(r->arena, "%lld", (long long)step);
	} else if (share_code_read(str_of(code), read)) {
		staff_recovery_hmac(secret, read, hmac);
		r->values[VALUE_RECOVERY_HMAC] = hmac;
	}
}

/* --- signing in --------------------------------------------------------------- */

/* It is the caller's own, and may be anything: what is kept of it can be shown. */
static const char *
agent_of(struct req *r)
{
	struct str agent = request_header(r, "HTTP_USER_AGENT");
	char *shown;

	if (agent.len > AGENT_MAX)
		agent.len = AGENT_MAX;
	shown = arena_cstr(r->arena, agent);
	for (char *c = shown; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return shown;
}

static void
bind_caller(struct req *r)
{
	r->values[VALUE_AGENT] = agent_of(r);
	r->values[VALUE_ADDRESS] = arena_cstr(r->arena, request_header(r, "REMOTE_ADDR"));
	r->values[VALUE_REQUEST_ID] = arena_cstr(r->arena, r->request_id);
}

/* Makes the token of a new session, and the values that its row wants. */
static const char *
new_session(struct req *r)
{
	char *token = arena_alloc(r->arena, TOKEN_TEXT_SIZE);
	char *hash = arena_alloc(r->arena, SHA256_HEX_SIZE);
	char *id = arena_alloc(r->arena, UUID_TEXT_SIZE);

	token_new(TOKEN_SESSION, token);
	sha256_hex(str_of(arena_printf(r->arena, STAFF_DOMAIN " %s", token)), hash);
	uuid_v7(id);
	r->values[VALUE_NEW_TOKEN_HASH] = hash;
	r->values[VALUE_SESSION_ID] = id;
	return token;
}

/* Finds whose address it is, and counts the try. */
static enum err
find_login(struct req *r, struct login_who *who, int *index)
{
	const struct db *db = r->worker->db;
	enum err e = request_run(r, Q_LOGIN_FIND, index);
	struct str id;

	if (e != ERR_OK)
		return e;
	id = db_get(db, *index, 0, "staff_id");
	r->values[VALUE_LOGIN_STAFF_ID] =
		id.ptr != NULL ? arena_cstr(r->arena, id) : NULL;
	who->account = arena_str(r->arena, db_get(db, *index, 0, "account"));
	who->is_known_here = str_is(db_get(db, *index, 0, "is_known_here"), "t");
	return limit_login(r, who);
}

/* ERR_UNAUTHORIZED when something is wrong, after the work that it takes when all is right. */
static enum err
try_login(struct req *r, int *index)
{
	const struct db *db = r->worker->db;
	struct str nonce = db_get(db, *index, 0, "totp_nonce");
	bool stale;
	enum err e;

	bind_code(r, nonce.ptr != NULL ? nonce : STR(""));
	e = request_prove(r, db_get(db, *index, 0, "password_salt"),
			  request_field(r, "password"), &r->values[VALUE_PASSWORD_PROOF],
			  &stale);
	if (e != ERR_OK && e != ERR_UNAUTHORIZED)
		return e;
	e = request_run(r, Q_LOGIN_FINISH, index);
	return e == ERR_OK && db_row_count(db, *index) == 0 ? ERR_UNAUTHORIZED : e;
}

static void
set_cookie(struct req *r, const char *token, const char *more)
{
	http_response_header(r->out, "Set-Cookie",
			     str_of(arena_printf(r->arena,
						 STAFF_COOKIE
						 "=%s; Path=/; Secure; "
						 "HttpOnly; SameSite=Strict%s",
						 token, more)));
}

static enum err
reply_session(struct req *r, int index, const char *token)
{
	r->statement = Q_LOGIN_FINISH;
	limit_began(r, r->values[VALUE_NEW_TOKEN_HASH],
		    db_get(r->worker->db, index, 0, "id"));
	set_cookie(r, token, "");
	return reply_made(r, index, 200);
}

static enum err
auth_login(struct req *r)
{
	enum err e = principal_own_page(r, &surface.schemes[SCHEME_STAFF]);
	const char *token = new_session(r);
	struct login_who who;
	int index;

	if (e != ERR_OK)
		return e;
	bind_caller(r);
	e = find_login(r, &who, &index);
	if (e != ERR_OK)
		return e;
	e = try_login(r, &index);
	limit_login_settle(r, &who, e);
	if (e == ERR_UNAUTHORIZED)
		return request_fail(r, e, "wrong_login",
				    "The mail address, the password or the code is "
				    "wrong.");
	return e == ERR_OK ? reply_session(r, index, token) : e;
}

/* --- a session ------------------------------------------------------------------ */

static enum err
forget_cookie(struct req *r)
{
	set_cookie(r, "", "; Max-Age=0");
	return ERR_OK;
}

/* ERR_FORBIDDEN when the password is wrong. */
static enum err
try_confirm(struct req *r)
{
	const struct db *db = r->worker->db;
	int index;
	bool stale;
	enum err e = request_run(r, Q_PASSWORD_SALT, &index);

	if (e == ERR_OK)
		e = request_prove(r, db_get(db, index, 0, "password_salt"),
				  request_field(r, "password"),
				  &r->values[VALUE_PASSWORD_PROOF], &stale);
	if (e == ERR_OK)
		e = request_run(r, Q_CONFIRM, &index);
	if (e != ERR_OK)
		return e;
	return str_is(db_get(db, index, 0, "confirmed"), "t") ? ERR_OK : ERR_FORBIDDEN;
}

static enum err
auth_confirm(struct req *r)
{
	enum err e = limit_password(r);

	if (e != ERR_OK)
		return e;
	e = try_confirm(r);
	limit_password_settle(r, e == ERR_FORBIDDEN ? ERR_UNAUTHORIZED : e);
	if (e == ERR_FORBIDDEN)
		return request_fail(r, e, "wrong_password", "The password is wrong.");
	r->out->status = 204;
	return e;
}

/* --- the table -------------------------------------------------------------------- */

/* clang-format off */
/* Any length: the rules may have changed since it was chosen. */
#define PASSWORD { "password", FIELD_PASSWORD, REQUIRED | HANDLED, 1, PASSWORD_MAX_BYTES, NULL, NULL, 0 }

static const struct field login_fields[] = {
	{ "email", FIELD_EMAIL, REQUIRED, 3, 254, NULL, NULL, 0 },
	PASSWORD,
	/* Six digits, or a recovery code. */
	{ "code", FIELD_LINE, REQUIRED | HANDLED, 1, 40, NULL, NULL, 0 },
	END
};

static const struct field confirm_fields[] = { PASSWORD, END };

static const struct route routes[] = {
	{ HTTP_POST, ADMIN "/auth/login", ANYONE, login_fields, NULL, Q_LOGIN_FIND, HANDLER,
	  .handler = auth_login, .rate = RATE_AUTH, .uses = { Q_LOGIN_FINISH } },
	{ HTTP_GET, ADMIN "/auth/me", STAFF(ROLE_SUPPORT), NULL, NULL, Q_ME, ONE },
	{ HTTP_POST, ADMIN "/auth/confirm", STAFF(ROLE_SUPPORT), confirm_fields, NULL, Q_PASSWORD_SALT, HANDLER,
	  .handler = auth_confirm, .uses = { Q_CONFIRM } },
	{ HTTP_POST, ADMIN "/auth/logout", STAFF(ROLE_SUPPORT), NULL, NULL, Q_LOGOUT, NO_CONTENT,
	  .prepare = forget_cookie },
};
/* clang-format on */

RESOURCE(auth);
