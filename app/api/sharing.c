/*
 * sharing.c: the codes by which somebody joins a home. A code exists in the request that
 * makes it and in the one that brings it; the database has its HMAC, under the secret that also
 * seals cursors. Runs in workers.
 */
#include "api/handlers.h"

#include "api/values.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "crypto/hash.h"
#include "crypto/share_code.h"
#include "text/text.h"

static void
bind_hmac(struct req *r, const char *code)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = { (const char *)h->cursor_secret, sizeof(h->cursor_secret) };
	unsigned char mac[SHA256_SIZE];
	char *hex = arena_alloc(r->arena, SHA256_HEX_SIZE);

	/* What it is for goes in, so that no other use of the secret makes the same. */
	hmac_sha256(secret, str_of(arena_printf(r->arena, "share code %s", code)), mac);
	sha256_hex((struct str){ (const char *)mac, sizeof(mac) }, hex);
	r->values[VALUE_SHARE_CODE_HMAC] = hex;
}

enum err
share_code_make(struct req *r)
{
	char *text = arena_alloc(r->arena, SHARE_CODE_TEXT_SIZE);
	char *stand_in = arena_alloc(r->arena, SHARE_CODE_TEXT_SIZE);
	char code[SHARE_CODE_SIZE];
	int index;
	enum err e;

	share_code_new(text);
	share_code_new(stand_in);
	share_code_read(str_of(text), code);
	r->values[VALUE_SHARE_CODE] = stand_in;
	bind_hmac(r, code);
	e = request_run(r, r->statement, &index);
	if (e == ERR_OK)
		e = reply_rows(r, index);
	if (e == ERR_OK)
		reply_reveal(r, str_of(stand_in), str_of(text));
	return e;
}

/* What is no code at all is answered like one that does not open, and asks the database as much. */
enum err
share_code_use(struct req *r)
{
	char code[SHARE_CODE_SIZE];
	bool by_account;
	int index;
	enum err e = limit_secret(r, RATE_SHARE, &by_account);

	if (e != ERR_OK)
		return e;
	bind_hmac(r, share_code_read(text_squeeze(r->arena,
						  str_of(request_field(r, "code"))),
				     code)
			     ? code
			     : "");
	e = request_run(r, r->statement, &index);
	limit_secret_settle(r, RATE_SHARE, by_account, e);
	return e == ERR_OK ? reply_rows(r, index) : e;
}
