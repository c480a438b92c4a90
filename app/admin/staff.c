/*
 * staff.c: new credentials of staff, made here, shown once in the answer, and kept as hashes alone. The rest of the
 * entity is made from sql/entities/staff. Runs in workers.
 */
#include "admin/resources.h"

#include "db/db.h"
#include "json/json.h"
#include "model/staff.h"
#include "serve/passwords.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"
#include "totp/totp.h"

static enum err
bind_new(struct req *r, struct staff_credentials **out)
{
	struct staff_credentials *c = arena_alloc(r->arena, sizeof(*c));

	staff_credentials_new(heritage_secret(r->worker->heritage), c);
	*out = c;
	r->values[VALUE_TOTP_NONCE] = c->nonce;
	r->values[VALUE_RECOVERY_HMACS] = c->hmacs;
	return request_hash(r, c->password, r->worker->heritage->config.auth_hash_wait_ms,
			    &r->values[VALUE_PASSWORD_HASH]);
}

/* The row of somebody, and behind its members what they sign in with. */
static void
add_credentials(struct req *r, int shown, const struct staff_credentials *c)
{
	struct strbuf *body = &r->out->body;
	struct str email = db_get(r->worker->db, shown, 0, "email");
	const char *url = totp_url(r->arena, c->key, "Hob", arena_cstr(r->arena, email));
	struct json_writer w;

	body->len--;
	strbuf_add(body, STR(",\"credentials\":"));
	json_begin(&w, body);
	json_object(&w);
	json_key(&w, "password");
	json_cstring(&w, c->password);
	json_key(&w, "totp_url");
	json_cstring(&w, url);
	json_key(&w, "recovery_codes");
	json_array(&w);
	for (int i = 0; i < STAFF_RECOVERY_CODES; i++)
		json_cstring(&w, c->codes[i]);
	json_end_array(&w);
	json_end_object(&w);
	strbuf_add_char(body, '}');
}

static enum err
give_credentials(struct req *r, int status)
{
	struct staff_credentials *c;
	int index, shown;
	enum err e = bind_new(r, &c);

	if (e == ERR_OK)
		e = request_open(r);
	if (e != ERR_OK)
		return e;
	index = request_queue(r, r->statement);
	shown = request_queue_also(r, r->route->uses[0]);
	e = request_wait(r);
	if (e != ERR_OK)
		return e;
	if (db_row_count(r->worker->db, index) == 0)
		return ERR_NOT_FOUND;
	r->statement = r->route->uses[0];
	e = reply_made(r, shown, status);
	add_credentials(r, shown, c);
	return e;
}

static enum err
staff_create(struct req *r)
{
	return give_credentials(r, 201);
}

static enum err
staff_reset(struct req *r)
{
	return give_credentials(r, 200);
}

/* clang-format off */
static const char *const role_names[] = { "support", "editor", "admin", NULL };

static const struct field staff_fields[] = {
	{ "email", FIELD_EMAIL, REQUIRED | HANDLED, 3, 254, NULL, NULL, 0 },
	{ "name", FIELD_LINE, REQUIRED | HANDLED, 1, 100, NULL, NULL, 0 },
	{ "role", FIELD_CHOICE, REQUIRED | HANDLED, 0, 0, role_names, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_POST, ADMIN "/staff", STAFF(ROLE_ADMIN), staff_fields, NULL, Q_STAFF_CREATE, HANDLER,
	  .handler = staff_create, .uses = { Q_STAFF_MADE },
	  DOC("createStaffMember", "Staff", "NewStaffMember", "Make a member of staff", .is_made = true, .header = "ETag",
	      .also = "password_needed email_taken") },
	{ HTTP_POST, ADMIN "/staff/{subject_id}/actions/reset", STAFF(ROLE_ADMIN), NULL, NULL, Q_STAFF_RESET, HANDLER,
	  .handler = staff_reset, .uses = { Q_STAFF_GET },
	  DOC("resetStaffMember", "Staff", "NewStaffMember", "Give a member of staff new credentials", .header = "ETag",
	      .also = "password_needed own_account") },
};
/* clang-format on */

RESOURCE(staff);
