/*
 * accounts.c: the routes that hash a password. Login and a change of password take two
 * round trips, with the hash between them (a login that renews an old hash a third); the
 * hash itself waits for a permit of a semaphore of the whole host. The database sends
 * only the salt of a hash; the password's hash under that salt goes there to be compared.
 * Runs in workers.
 */
#include "api/accounts.h"

#include <string.h>

#include "api/resources.h"
#include "api/values.h"
#include "core/clock.h"
#include "core/uuid.h"
#include "crypto/hash.h"
#include "crypto/token.h"
#include "db/db.h"
#include "json/json.h"
#include "model/password_rules.h"
#include "serve/passwords.h"
#include "serve/pipeline.h"
#include "serve/principal.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

/* Hashes `password` into VALUE_NEW_PASSWORD_HASH, after a wait of `wait_ms` at most. */
static enum err
hash_within(struct req *r, const char *password, int64_t wait_ms)
{
	return request_hash(r, password, wait_ms, &r->values[VALUE_NEW_PASSWORD_HASH]);
}

enum err
account_hash(struct req *r, const char *password)
{
	return hash_within(r, password, r->worker->heritage->config.auth_hash_wait_ms);
}

/*
 * Sets VALUE_PASSWORD_PROOF to the hash of `password` under the salt in row `index`;
 * ERR_UNAUTHORIZED, after the same work, without a row or a salt.
 */
static enum err
prove(struct req *r, int index, const char *password, bool *stale)
{
	const struct db *db = r->worker->db;
	struct str salt = db_row_count(db, index) > 0
				  ? db_get(db, index, 0, "password_salt")
				  : STR_NONE;

	return request_prove(r, salt, password, &r->values[VALUE_PASSWORD_PROOF], stale);
}

/*
 * Between the salt and the proof another request may have given the account another hash: of the
 * same password, at today's cost, or of a new one. Then the right password is proved again;
 * more often than this no hash changes within one request.
 */
enum { PROOFS_MAX = 3 };

static enum err
prove_until_current(struct req *r, enum err (*proof)(struct req *, void *), void *arg)
{
	for (int i = 0; i < PROOFS_MAX; i++) {
		enum err e = proof(r, arg);

		if (e != ERR_STALE)
			return e;
	}
	return request_fail(r, ERR_BUSY, NULL, NULL);
}

/* Makes the key of a new session and the values its row wants. Returns the key. */
static const char *
new_session(struct req *r)
{
	char *token = arena_alloc(r->arena, TOKEN_TEXT_SIZE);
	char *hashed = arena_alloc(r->arena, SHA256_HEX_SIZE);
	char *id = arena_alloc(r->arena, UUID_TEXT_SIZE);

	token_new(TOKEN_SESSION, token);
	token_hash(str_of(token), hashed);
	uuid_v7(id);
	r->values[VALUE_NEW_TOKEN_HASH] = hashed;
	r->values[VALUE_SESSION_ID] = id;
	return token;
}

/*
 * Binds an HMAC of the caller's network, which the database can recognise but not read.
 */
static void
bind_network(struct req *r)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = heritage_secret(h);
	struct str purpose = STR("network "), network = principal_network(r);
	char *text = arena_alloc(r->arena, purpose.len + network.len);
	char *hex = arena_alloc(r->arena, SHA256_HEX_SIZE);
	unsigned char mac[SHA256_SIZE];

	memcpy(text, purpose.ptr, purpose.len);
	memcpy(text + purpose.len, network.ptr, network.len);
	hmac_sha256(secret, (struct str){ text, purpose.len + network.len }, mac);
	sha256_hex((struct str){ (const char *)mac, sizeof(mac) }, hex);
	r->values[VALUE_NETWORK] = hex;
}

/* {"token": "...", "user": {...}, "deletion_cancelled": false} from the user's row, and `is_kept`. */
static enum err
reply_session(struct req *r, int status, int statement, int index, const char *token,
	      bool is_kept)
{
	struct strbuf *body = &r->out->body;

	r->statement = statement;
	limit_began(r, r->values[VALUE_NEW_TOKEN_HASH],
		    db_get(r->worker->db, index, 0, "id"));
	reply_json(r, status);
	strbuf_addf(body, "{\"token\":\"%s\",\"user\":", token);
	reply_add_row(r, index, 0);
	strbuf_addf(body, ",\"deletion_cancelled\":%s}", is_kept ? "true" : "false");
	return ERR_OK;
}

/* Sent again under its key, it is answered as the first time, but for a token of its own. */
static enum err
account_register(struct req *r)
{
	const char *token = new_session(r);
	enum err e = account_hash(r, request_field(r, "password"));
	int index;

	bind_network(r);
	if (e == ERR_OK)
		e = request_run(r, Q_REGISTER, &index);
	if (e != ERR_OK)
		return e;
	http_response_header(r->out, "Location", STR("/api/auth/me"));
	if (str_is(db_get(r->worker->db, index, 0, "_made"), "f"))
		http_response_header(r->out, "Idempotency-Replayed", STR("true"));
	return reply_session(r, 201, Q_REGISTER, index, token, false);
}

static enum err
wrong_login(struct req *r)
{
	return request_fail(r, ERR_UNAUTHORIZED, "invalid_credentials",
			    "The mail address or the password is wrong.");
}

struct login {
	struct login_who who; /* whom to count */
	bool counted;	      /* once, however often it is proved */
	bool stale;	      /* the hash is one of less than today's cost */
	int index;	      /* of the last statement's result */
};

/* The account, if there is one; VALUE_LOGIN_USER_ID is NULL for an unknown address. */
static enum err
find_login(struct req *r, struct login *l)
{
	const struct db *db = r->worker->db;
	enum err e = request_run(r, Q_LOGIN_FIND, &l->index);
	struct str user_id;

	if (e != ERR_OK)
		return e;
	user_id = db_get(db, l->index, 0, "user_id");
	r->values[VALUE_LOGIN_USER_ID] =
		user_id.ptr != NULL ? arena_cstr(r->arena, user_id) : NULL;
	if (l->counted)
		return ERR_OK;
	l->who.account = arena_str(r->arena, db_get(db, l->index, 0, "account"));
	l->who.is_known_here = str_is(db_get(db, l->index, 0, "is_known_here"), "t");
	e = limit_login(r, &l->who);
	l->counted = e == ERR_OK;
	return e;
}

/* Finds the account, proves the password and begins a session; ERR_UNAUTHORIZED when it is wrong. */
static enum err
try_login(struct req *r, void *arg)
{
	const char *password = request_field(r, "password");
	struct login *l = arg;
	enum err e = find_login(r, l);

	if (e != ERR_OK)
		return e;
	e = prove(r, l->index, password, &l->stale);
	/* An unknown account takes as long as a known one. */
	if (e != ERR_OK && e != ERR_UNAUTHORIZED)
		return e;
	e = request_run(r, Q_LOGIN_FINISH, &l->index);
	if (e == ERR_OK && db_row_count(r->worker->db, l->index) == 0)
		return ERR_UNAUTHORIZED;
	return e;
}

/*
 * The hash of a password that was accepted, at today's cost. Not before: a wrong one would cost two
 * hashes where an account is, and one where none is. Whatever fails, the login stands, and the
 * next one tries again.
 */
static void
renew_hash(struct req *r)
{
	int64_t left_ms = r->deadline_ms - clock_mono_ms(),
		wait_ms = r->worker->heritage->config.auth_hash_wait_ms;
	int index;

	if (left_ms < wait_ms)
		wait_ms = left_ms;
	if (wait_ms <= 0 ||
	    hash_within(r, request_field(r, "password"), wait_ms) != ERR_OK)
		return;
	if (clock_mono_ms() < r->deadline_ms)
		request_run(r, Q_LOGIN_RENEW, &index);
	r->statement = Q_LOGIN_FINISH;
}

static enum err
account_login(struct req *r)
{
	const char *token = new_session(r);
	struct login l = { .counted = false };
	enum err e;

	bind_network(r);
	e = prove_until_current(r, try_login, &l);
	if (l.counted)
		limit_login_settle(r, &l.who, e);
	if (e == ERR_UNAUTHORIZED)
		return wrong_login(r);
	if (e == ERR_OK)
		e = reply_session(r, 200, Q_LOGIN_FINISH, l.index, token,
				  str_is(db_get(r->worker->db, l.index, 0,
						"_deletion_cancelled"),
					 "t"));
	if (e == ERR_OK && l.stale)
		renew_hash(r);
	return e;
}

/* ERR_FORBIDDEN when the password is wrong. */
static enum err
try_guarded(struct req *r, void *arg)
{
	struct guarded *g = arg;
	bool stale;
	enum err e = request_run(r, Q_PASSWORD_SALT, &g->index);

	if (e != ERR_OK)
		return e;
	e = prove(r, g->index, request_field(r, g->password), &stale);
	if (e != ERR_OK)
		return e == ERR_UNAUTHORIZED ? ERR_FORBIDDEN : e;
	if (g->new_password != NULL && r->values[VALUE_NEW_PASSWORD_HASH] == NULL)
		e = account_hash(r, request_field(r, g->new_password));
	return e == ERR_OK ? request_run(r, g->statement, &g->index) : e;
}

enum err
account_run_guarded(struct req *r, struct guarded *g)
{
	enum err e = limit_password(r);

	if (e != ERR_OK)
		return e;
	e = prove_until_current(r, try_guarded, g);
	limit_password_settle(r, e == ERR_FORBIDDEN ? ERR_UNAUTHORIZED : e);
	if (e == ERR_FORBIDDEN)
		return request_fail(r, e, "wrong_password", "The password is wrong.");
	r->statement = g->statement;
	return e;
}

static enum err
account_change_password(struct req *r)
{
	struct guarded g = { "old_password", "new_password", Q_PASSWORD_CHANGE, -1 };
	enum err e = account_run_guarded(r, &g);

	return e == ERR_OK ? reply_rows(r, g.index) : e;
}

/* --- the table ---------------------------------------------------------------- */

#define ME "/api/auth/me"

/* clang-format off */
#define PASSWORD(name) \
	{ name, FIELD_PASSWORD, REQUIRED | HANDLED, PASSWORD_MIN_BYTES, PASSWORD_MAX_BYTES, NULL, NULL, 0 }

static const struct field register_fields[] = {
	{ "email", FIELD_EMAIL, REQUIRED, 3, 254, NULL, NULL, 0 },
	PASSWORD("password"),
	{ "first_name", FIELD_LINE, 0, 0, 100, NULL, "", 0 },
	{ "last_name", FIELD_LINE, 0, 0, 100, NULL, "", 0 },
	{ "locale", FIELD_LOCALE, 0, 2, 35, NULL, "en", 0 },
	{ "time_zone", FIELD_ZONE, 0, 1, 64, NULL, "UTC", 0 },
	{ "device_name", FIELD_LINE, 0, 0, 100, NULL, "", 0 },
	END
};

static const struct field login_fields[] = {
	{ "email", FIELD_EMAIL, REQUIRED, 3, 254, NULL, NULL, 0 },
	/* Any length: the rules may have changed since it was chosen. */
	{ "password", FIELD_PASSWORD, REQUIRED | HANDLED, 1, PASSWORD_MAX_BYTES, NULL, NULL, 0 },
	{ "device_name", FIELD_LINE, 0, 0, 100, NULL, "", 0 },
	END
};

static const struct field me_fields[] = {
	{ "first_name", FIELD_LINE, 0, 0, 100, NULL, NULL, 0 },
	{ "last_name", FIELD_LINE, 0, 0, 100, NULL, NULL, 0 },
	{ "locale", FIELD_LOCALE, 0, 2, 35, NULL, NULL, 0 },
	{ "time_zone", FIELD_ZONE, 0, 1, 64, NULL, NULL, 0 },
	END
};

static const struct field change_password_fields[] = {
	{ "old_password", FIELD_PASSWORD, REQUIRED | HANDLED, 1, PASSWORD_MAX_BYTES, NULL, NULL, 0 },
	PASSWORD("new_password"),
	END
};

static const struct field logout_all_fields[] = {
	{ "keep_current", FIELD_BOOL, 0, 0, 0, NULL, "true", 0 },
	END
};

/* The access that a request has ended. */
static const struct thing ended = { "access", NULL, NO_STATEMENT, Q_ACCESS_ENDED };

static const struct route routes[] = {
	{ HTTP_POST, "/api/auth/register", ANYONE, register_fields, NULL, Q_REGISTER, HANDLER,
	  .handler = account_register, .rate = RATE_AUTH,
	  DOC("register", "Accounts", "Session", "Create an account and sign in", .also = "email_taken", .is_made = true) },
	{ HTTP_POST, "/api/auth/login", ANYONE, login_fields, NULL, Q_LOGIN_FIND, HANDLER,
	  .handler = account_login, .rate = RATE_AUTH, .uses = { Q_LOGIN_FINISH, Q_LOGIN_RENEW },
	  .in_read_only = true,
	  DOC("login", "Accounts", "Session", "Sign in", .also = "invalid_credentials") },
	{ HTTP_POST, "/api/auth/logout", SIGNED, NULL, NULL, Q_LOGOUT, NO_CONTENT,
	  SESSION_ONLY, .in_read_only = true,
	  DOC("logout", "Accounts", NULL, "End this session") },
	{ HTTP_POST, "/api/auth/logout-all", SIGNED, logout_all_fields, NULL, Q_LOGOUT_ALL, ONE,
	  .shows = &ended,
	  SESSION_ONLY, .in_read_only = true,
	  DOC("logoutAll", "Accounts", "EndedAccess", "End all sessions, or all others, and all access tokens, calendar feeds and webhooks") },
	{ HTTP_GET, ME, SIGNED, NULL, NULL, Q_ME, ONE,
	  .cached = true,
	  DOC("getMe", "Accounts", "Me", "Show the signed-in account") },
	{ HTTP_PATCH, ME, SIGNED, me_fields, NULL, Q_ME_UPDATE, ONE,
	  .shows = THING(ACCOUNT),
	  SESSION_ONLY,
	  DOC("updateMe", "Accounts", "Me", "Change the profile") },
	{ HTTP_POST, "/api/auth/change-password", SIGNED, change_password_fields, NULL, Q_PASSWORD_SALT, ONE,
	  .handler = account_change_password, .uses = { Q_PASSWORD_CHANGE }, .writes = Q_PASSWORD_CHANGE,
	  .shows = &ended,
	  SESSION_ONLY,
	  DOC("changePassword", "Accounts", "EndedAccess", "Change the password; ends other sessions and all access tokens, calendar feeds and webhooks", .also = "wrong_password") },
	{ HTTP_GET, "/api/auth/sessions", SIGNED, NULL, NULL, Q_SESSION_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listSessions", "Accounts", "SignIn", "List the sessions of this account") },
	{ HTTP_DELETE, "/api/auth/sessions/{session_id}", SIGNED, NULL, NULL, Q_SESSION_REVOKE, NO_CONTENT,
	  SESSION_ONLY, .in_read_only = true,
	  DOC("revokeSession", "Accounts", NULL, "End one session") },
};
/* clang-format on */

RESOURCE(accounts);
