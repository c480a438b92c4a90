/*
 * accounts.c: the routes that hash a password. Register, login and a change
 * of password take two round trips at most, with the hash between them; the hash
 * itself waits its turn behind a semaphore of the whole host. Runs in workers.
 */
#include "api/handlers.h"

#include <string.h>

#include "api/reply.h"
#include "api/request.h"
#include "api/worker.h"
#include "core/uuid.h"
#include "crypto/hash.h"
#include "crypto/password.h"
#include "crypto/token.h"
#include "db/db.h"
#include "json/json.h"

static struct password_cost
cost_of(const struct config *c)
{
	return (struct password_cost){
		.memory_kib = (uint32_t)(c->auth_argon2_memory_bytes / 1024),
		.passes = (uint32_t)c->auth_argon2_passes,
		.lanes = (uint32_t)c->auth_argon2_lanes,
	};
}

/* Hashes `password` into VALUE_NEW_PASSWORD_HASH. */
static enum err
hash(struct req *r, const char *password)
{
	const struct heritage *h = r->worker->heritage;
	char *phc = arena_alloc(r->arena, PASSWORD_PHC_SIZE);
	enum err e =
		password_hash(&h->shared->passwords, (int)h->config.auth_hash_wait_ms,
			      cost_of(&h->config), str_of(password), phc);

	if (e == ERR_OK)
		r->values[VALUE_NEW_PASSWORD_HASH] = phc;
	return e;
}

static enum err
verify(struct req *r, const char *phc, const char *password, bool *stale)
{
	const struct heritage *h = r->worker->heritage;

	return password_verify(&h->shared->passwords, (int)h->config.auth_hash_wait_ms,
			       cost_of(&h->config), phc, str_of(password), stale);
}

/* Makes the key of a new session and the values its row wants. Returns the key. */
static const char *
new_session(struct req *r)
{
	char *token = arena_alloc(r->arena, TOKEN_TEXT_SIZE);
	char *hashed = arena_alloc(r->arena, SHA256_HEX_SIZE);
	char *id = arena_alloc(r->arena, UUID_TEXT_SIZE);

	token_new(token);
	token_hash(str_of(token), hashed);
	uuid_v7(id);
	r->values[VALUE_NEW_TOKEN_HASH] = hashed;
	r->values[VALUE_SESSION_ID] = id;
	return token;
}

/* Which network the caller is in, so that the database can tell it again and nobody can read it. */
static void
bind_network(struct req *r)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = { (const char *)h->cursor_secret, sizeof(h->cursor_secret) };
	struct str purpose = STR("network "), network = request_network(r);
	char *text = arena_alloc(r->arena, purpose.len + network.len);
	char *hex = arena_alloc(r->arena, SHA256_HEX_SIZE);
	unsigned char mac[SHA256_SIZE];

	memcpy(text, purpose.ptr, purpose.len);
	memcpy(text + purpose.len, network.ptr, network.len);
	hmac_sha256(secret, (struct str){ text, purpose.len + network.len }, mac);
	sha256_hex((struct str){ (const char *)mac, sizeof(mac) }, hex);
	r->values[VALUE_NETWORK] = hex;
}

/* {"token": "...", "user": {...}} from the user's row. */
static enum err
reply_session(struct req *r, int status, int statement, int index, const char *token)
{
	struct strbuf *body = &r->out->body;

	r->statement = statement;
	limit_began(r, r->values[VALUE_NEW_TOKEN_HASH],
		    db_get(r->worker->db, index, 0, "id"));
	reply_json(r, status);
	strbuf_addf(body, "{\"token\":\"%s\",\"user\":", token);
	reply_add_row(r, index, 0);
	strbuf_add_char(body, '}');
	return ERR_OK;
}

enum err
account_register(struct req *r)
{
	const char *token = new_session(r);
	enum err e = hash(r, request_field(r, "password"));
	int index;

	bind_network(r);
	if (e == ERR_OK)
		e = request_run(r, Q_REGISTER, &index);
	if (e != ERR_OK)
		return e;
	http_response_header(r->out, "Location", STR("/api/auth/me"));
	return reply_session(r, 201, Q_REGISTER, index, token);
}

/* Whom to count, and the user's id and hash, which stay NULL for somebody unknown. */
static enum err
find_login(struct req *r, struct login_who *who)
{
	int index;
	enum err e;

	bind_network(r);
	e = request_run(r, Q_LOGIN_FIND, &index);
	if (e != ERR_OK)
		return e;
	who->account = arena_str(r->arena, db_get(r->worker->db, index, 0, "account"));
	who->is_known_here =
		str_is(db_get(r->worker->db, index, 0, "is_known_here"), "t");
	if (db_get(r->worker->db, index, 0, "user_id").ptr == NULL)
		return ERR_OK;
	r->values[VALUE_LOGIN_USER_ID] =
		arena_cstr(r->arena, db_get(r->worker->db, index, 0, "user_id"));
	r->values[VALUE_PROVED_HASH] =
		arena_cstr(r->arena, db_get(r->worker->db, index, 0, "password_hash"));
	return ERR_OK;
}

static enum err
wrong_login(struct req *r)
{
	return request_fail(r, ERR_UNAUTHORIZED, "invalid_credentials",
			    "Mail address or password is wrong.");
}

enum err
account_login(struct req *r)
{
	const char *token, *password = request_field(r, "password");
	struct login_who who = { STR_NONE, false };
	bool stale = false;
	int index;
	enum err e = find_login(r, &who);

	if (e == ERR_OK)
		e = limit_login(r, &who);
	if (e != ERR_OK)
		return e;
	e = verify(r, r->values[VALUE_PROVED_HASH], password, &stale);
	limit_login_settle(r, &who, e);
	if (e == ERR_UNAUTHORIZED)
		return wrong_login(r);
	if (e != ERR_OK)
		return e;
	/* Not now is soon enough: the next login tries again. */
	if (stale)
		hash(r, password);
	token = new_session(r);
	e = request_run(r, Q_LOGIN_FINISH, &index);
	/* Deactivated, or the password changed, while we hashed. */
	if (e == ERR_OK && db_row_count(r->worker->db, index) == 0)
		return wrong_login(r);
	return e == ERR_OK ? reply_session(r, 200, Q_LOGIN_FINISH, index, token) : e;
}

static enum err
wrong_old_password(struct req *r)
{
	return request_fail(r, ERR_FORBIDDEN, "wrong_password",
			    "The old password is wrong.");
}

/* ERR_OK when it is the one the caller gives as the old one. */
static enum err
verify_old(struct req *r)
{
	bool stale;
	int index;
	enum err e = request_run(r, Q_PASSWORD_GET, &index);

	if (e != ERR_OK)
		return e;
	r->values[VALUE_PROVED_HASH] =
		arena_cstr(r->arena, db_get(r->worker->db, index, 0, "password_hash"));
	return verify(r, r->values[VALUE_PROVED_HASH], request_field(r, "old_password"),
		      &stale);
}

enum err
account_change_password(struct req *r)
{
	int index;
	enum err e = limit_password(r);

	if (e != ERR_OK)
		return e;
	e = verify_old(r);
	limit_password_settle(r, e);
	/* Without a hash it was the session that counts for nothing. */
	if (e == ERR_UNAUTHORIZED && r->values[VALUE_PROVED_HASH] != NULL)
		return wrong_old_password(r);
	if (e == ERR_OK)
		e = hash(r, request_field(r, "new_password"));
	if (e == ERR_OK)
		e = request_run(r, Q_PASSWORD_CHANGE, &index);
	/* Changed by another request while we hashed. */
	if (e == ERR_FORBIDDEN)
		return wrong_old_password(r);
	if (e == ERR_OK)
		r->out->status = 204;
	return e;
}
