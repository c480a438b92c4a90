/*
 * leaving.c: the routes by which an account goes. Runs in workers.
 */
#include "api/resources.h"

#include "api/accounts.h"
#include "model/password_rules.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "statements.h"

/* ERR_FORBIDDEN when the password is wrong. */
static enum err
try_delete(struct req *r, void *arg)
{
	int *index = arg;
	bool stale;
	enum err e = request_run(r, Q_PASSWORD_SALT, index);

	if (e != ERR_OK)
		return e;
	e = account_prove(r, *index, request_field(r, "password"), &stale);
	if (e != ERR_OK)
		return e == ERR_UNAUTHORIZED ? ERR_FORBIDDEN : e;
	return request_run(r, Q_ACCOUNT_DELETE, index);
}

static enum err
account_delete(struct req *r)
{
	int index;
	enum err e = limit_password(r);

	if (e != ERR_OK)
		return e;
	e = account_prove_until_current(r, try_delete, &index);
	limit_password_settle(r, e == ERR_FORBIDDEN ? ERR_UNAUTHORIZED : e);
	if (e == ERR_FORBIDDEN)
		return request_fail(r, e, "wrong_password", "The password is wrong.");
	return e == ERR_OK ? reply_rows(r, index) : e;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct field delete_fields[] = {
	{ "password", FIELD_PASSWORD, REQUIRED | HANDLED, 1, PASSWORD_MAX_BYTES, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_POST, "/api/auth/delete-account", SIGNED, delete_fields, NULL, Q_ACCOUNT_DELETE, ONE,
	  .handler = account_delete, .uses = { Q_PASSWORD_SALT },
	  SESSION_ONLY,
	  DOC("deleteAccount", "Accounts", "DeletedAccount", "Delete the account in 14 days; all access to it ends now, and signing in keeps it", .also = "wrong_password owns_shared_residences") },
};
/* clang-format on */

RESOURCE(leaving);
