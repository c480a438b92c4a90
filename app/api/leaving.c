/*
 * leaving.c: the routes by which an account goes. Runs in workers.
 */
#include "api/resources.h"

#include "api/accounts.h"
#include "model/password_rules.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "statements.h"

static enum err
account_delete(struct req *r)
{
	struct guarded g = { "password", NULL, Q_ACCOUNT_DELETE, -1 };
	enum err e = account_run_guarded(r, &g);

	return e == ERR_OK ? reply_rows(r, g.index) : e;
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
