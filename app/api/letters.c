/*
 * letters.c: what accounts are written for: a forgotten password, and addresses that are to
 * be proved. A letter is asked for and nothing is looked up; app/jobs/letters.c writes it, and
 * its token or its code comes back here. Runs in workers.
 */
#include "api/resources.h"

#include "api/accounts.h"
#include "model/letter.h"
#include "model/password_rules.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

/* --- asking ---------------------------------------------------------------------- */

/* It counts as a wrong secret does: also for an account that is known only now. */
static enum err
reply_asked(struct req *r, enum err e, int index)
{
	if (e != ERR_OK)
		return e;
	limit_secret_settle(r, ERR_NOT_FOUND);
	return reply_rows(r, index);
}

/* Each counts, for each may be a mail to somebody else; nothing says whether there was one. */
static enum err
ask(struct req *r)
{
	int index = -1;
	enum err e = limit_secret(r, RATE_LETTER);

	if (e == ERR_OK)
		e = request_run(r, r->statement, &index);
	return reply_asked(r, e, index);
}

static enum err
change_email(struct req *r)
{
	struct guarded g = { "password", NULL, Q_EMAIL_CHANGE, -1 };
	enum err e = limit_secret(r, RATE_LETTER);

	if (e == ERR_OK)
		e = account_run_guarded(r, &g);
	return reply_asked(r, e, g.index);
}

/* --- using ----------------------------------------------------------------------- */

/* A token, or else an address and a code. */
static enum err
read_letter(struct req *r)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = heritage_secret(h);
	const char *token = request_field(r, "token"), *code = request_field(r, "code"),
		   *email = request_field(r, "email");
	char *hash = arena_alloc(r->arena, SHA256_HEX_SIZE);

	if (token != NULL && (code != NULL || email != NULL))
		return request_invalid_body(r, "token", "misplaced",
					    "does not go with an address or a code");
	if (token == NULL && code == NULL)
		return request_invalid_body(r, "token", "required", "is missing");
	if (token == NULL && email == NULL)
		return request_invalid_body(r, "email", "required", "is missing");
	if (token != NULL)
		token_hash(str_of(token), hash);
	else
		letter_code_hash(secret, str_of(code), hash);
	r->values[token != NULL ? VALUE_LETTER_TOKEN_HASH : VALUE_LETTER_CODE_HASH] =
		hash;
	return limit_secret(r, RATE_LETTER);
}

/* Whatever is wrong with it is answered alike. */
static enum err
use(struct req *r)
{
	int index;
	enum err e = request_run(r, r->statement, &index);

	if (e == ERR_OK)
		e = reply_rows(r, index);
	limit_secret_settle(r, e);
	return e == ERR_NOT_FOUND ? request_fail(r, e, "letter_not_valid",
						 "This link or code is not valid. It may "
						 "be mistyped, "
						 "used or too old: ask for a new one.")
				  : e;
}

/* Hashes first, whether the letter is good or not. */
static enum err
reset_password(struct req *r)
{
	enum err e = account_hash(r, request_field(r, "password"));

	if (e == ERR_OK)
		return use(r);
	limit_secret_settle(r, e);
	return e;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
#define LETTER \
	{ "token", FIELD_LINE, HANDLED, 1, 100, NULL, NULL, 0 }, \
	{ "email", FIELD_EMAIL, 0, 3, 254, NULL, NULL, 0 }, \
	{ "code", FIELD_LINE, HANDLED, 1, 20, NULL, NULL, 0 }

static const struct field address_fields[] = {
	{ "email", FIELD_EMAIL, REQUIRED, 3, 254, NULL, NULL, 0 },
	END
};

static const struct field change_fields[] = {
	{ "email", FIELD_EMAIL, REQUIRED, 3, 254, NULL, NULL, 0 },
	{ "password", FIELD_PASSWORD, REQUIRED | HANDLED, 1, PASSWORD_MAX_BYTES, NULL, NULL, 0 },
	END
};

static const struct field letter_fields[] = { LETTER, END };

static const struct field reset_fields[] = {
	LETTER,
	{ "password", FIELD_PASSWORD, REQUIRED | HANDLED, PASSWORD_MIN_BYTES, PASSWORD_MAX_BYTES, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_POST, "/api/auth/forgot-password", ANYONE, address_fields, NULL, Q_PASSWORD_FORGOTTEN, ACCEPTED,
	  .handler = ask, .rate = RATE_LETTER,
	  DOC("forgotPassword", "Accounts", NULL, "Ask for a mail by which a forgotten password can be replaced") },
	{ HTTP_POST, "/api/auth/reset-password", ANYONE, reset_fields, NULL, Q_PASSWORD_RESET, NO_CONTENT,
	  .prepare = read_letter, .handler = reset_password, .rate = RATE_LETTER,
	  DOC("resetPassword", "Accounts", NULL, "Set a new password by the token or the code of a mail; ends all sessions and all other access", .also = "letter_not_valid") },
	{ HTTP_POST, "/api/auth/verify-email", ANYONE, letter_fields, NULL, Q_EMAIL_VERIFY, NO_CONTENT,
	  .prepare = read_letter, .handler = use, .rate = RATE_LETTER,
	  DOC("verifyEmail", "Accounts", NULL, "Prove the mail address of an account by the token or the code of a mail", .also = "letter_not_valid") },
	{ HTTP_POST, "/api/auth/resend-verification", SIGNED, NULL, NULL, Q_VERIFICATION_ASK, ACCEPTED,
	  .handler = ask, .rate = RATE_LETTER,
	  SESSION_ONLY,
	  DOC("resendVerification", "Accounts", NULL, "Ask for another mail by which the caller's mail address can be proved") },
	{ HTTP_POST, "/api/auth/change-email", SIGNED, change_fields, NULL, Q_PASSWORD_SALT, ACCEPTED,
	  .handler = change_email, .uses = { Q_EMAIL_CHANGE }, .writes = Q_EMAIL_CHANGE, .rate = RATE_LETTER,
	  SESSION_ONLY,
	  DOC("changeEmail", "Accounts", NULL, "Ask for a mail to a new address, which becomes that of the account when it is confirmed", .also = "wrong_password") },
	{ HTTP_POST, "/api/auth/confirm-email", ANYONE, letter_fields, NULL, Q_EMAIL_CONFIRM, NO_CONTENT,
	  .prepare = read_letter, .handler = use, .rate = RATE_LETTER,
	  DOC("confirmEmail", "Accounts", NULL, "Give an account the new mail address by the token or the code of the mail that went there", .also = "letter_not_valid") },
};
/* clang-format on */

RESOURCE(letters);
