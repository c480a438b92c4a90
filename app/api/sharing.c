/*
 * sharing.c: the codes for joining a residence. A code exists only in the request that
 * makes it and in the one that uses it; the database has its HMAC, under the secret that
 * also seals cursors. Runs in workers.
 */
#include "api/sharing.h"

#include "api/resources.h"
#include "api/values.h"
#include "crypto/hash.h"
#include "crypto/share_code.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"
#include "text/text.h"

void
sharing_bind_code(struct req *r, const char *code)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = heritage_secret(h);
	unsigned char mac[SHA256_SIZE];
	char *hex = arena_alloc(r->arena, SHA256_HEX_SIZE);

	/* The purpose is hashed too, so that no other use of the secret gives the same
	 * HMAC. */
	hmac_sha256(secret, str_of(arena_printf(r->arena, "share code %s", code)), mac);
	sha256_hex((struct str){ (const char *)mac, sizeof(mac) }, hex);
	r->values[VALUE_SHARE_CODE_HMAC] = hex;
}

static enum err
make_code(struct req *r)
{
	char *text = arena_alloc(r->arena, SHARE_CODE_TEXT_SIZE);
	char *stand_in = arena_alloc(r->arena, SHARE_CODE_TEXT_SIZE);
	char code[SHARE_CODE_SIZE];

	share_code_new(text);
	share_code_new(stand_in);
	share_code_read(str_of(text), code);
	r->values[VALUE_SHARE_CODE] = stand_in;
	sharing_bind_code(r, code);
	r->stand_in = str_of(stand_in);
	r->secret = str_of(text);
	return ERR_OK;
}

/* A malformed code is answered like a wrong one, after the same look in the database. */
static enum err
read_code(struct req *r)
{
	struct str typed = text_squeeze(r->arena, str_of(request_field(r, "code")));
	char code[SHARE_CODE_SIZE];

	sharing_bind_code(r, share_code_read(typed, code) ? code : "");
	return limit_secret(r, RATE_SHARE);
}

/* --- the table ---------------------------------------------------------------- */

#define MEMBER RESIDENCE "/members/{user_id}"

/* clang-format off */
const char *const sharing_roles[] = { "manager", "member", "viewer", NULL };

static const struct field member_fields[] = {
	{ "role", FIELD_CHOICE, REQUIRED, 0, 0, sharing_roles, NULL, 0 },
	END
};

static const struct field transfer_fields[] = {
	{ "user_id", FIELD_UUID, REQUIRED, 0, 0, NULL, NULL, 0 },
	END
};

static const struct field share_code_fields[] = {
	{ "role", FIELD_CHOICE, REQUIRED, 0, 0, sharing_roles, NULL, 0 },
	{ "expires_in_hours", FIELD_INT, 0, 1, 30 * 24, NULL, "168", 0 },	/* a week */
	{ "max_uses", FIELD_INT, 0, 1, 100, NULL, "1", 0 },
	END
};

static const struct field code_fields[] = {
	{ "code", FIELD_TEXT, REQUIRED | HANDLED, 1, 64, NULL, NULL, 0 },
	END
};

/* What is shown of a code that was made, or looked at, before; a home that was joined. */
static const struct thing made = { "share_code", "share_code_id", NO_STATEMENT, Q_SHARE_CODE_AGAIN };
static const struct thing invitation = { "invitation", "share_code_id", NO_STATEMENT, Q_SHARE_CODE_PREVIEW_AGAIN };

static const struct route routes[] = {
	{ HTTP_GET, RESIDENCE "/members", SCOPE(THING(RESIDENCE), ROLE_VIEW), NULL, NULL, Q_MEMBER_LIST, PAGE,
	  DOC("listMembers", "Sharing", "Member", "List the members of a residence") },
	{ HTTP_GET, MEMBER, SCOPE(THING(RESIDENCE), ROLE_VIEW), NULL, NULL, Q_MEMBER_GET, ONE,
	  DOC("getMember", "Sharing", "Member", "Show one member and their role") },
	{ HTTP_PATCH, MEMBER, SCOPE(THING(RESIDENCE), ROLE_OWN), member_fields, NULL, Q_MEMBER_SET_ROLE, ONE,
	  .again = THING(MEMBER),
	  SESSION_ONLY,
	  DOC("setRole", "Sharing", "Member", "Change the role of a member, but not the owner's", .also = "owner_must_transfer") },
	{ HTTP_DELETE, MEMBER, SCOPE(THING(RESIDENCE), ROLE_OWN), NULL, NULL, Q_MEMBER_REMOVE, NO_CONTENT,
	  SESSION_ONLY,
	  DOC("removeMember", "Sharing", NULL, "Remove a member; their open tasks become unassigned", .also = "owner_must_transfer") },
	{ HTTP_POST, RESIDENCE "/leave", SCOPE(THING(RESIDENCE), ROLE_VIEW), NULL, NULL, Q_RESIDENCE_LEAVE, NO_CONTENT,
	  SESSION_ONLY,
	  DOC("leaveResidence", "Sharing", NULL, "Leave a residence; the owner has to transfer it first", .also = "owner_must_transfer") },
	{ HTTP_POST, RESIDENCE "/transfer", SCOPE(THING(RESIDENCE), ROLE_OWN), transfer_fields, NULL, Q_RESIDENCE_TRANSFER, ONE,
	  .shows = THING(RESIDENCE),
	  SESSION_ONLY,
	  DOC("transferResidence", "Sharing", "Residence", "Transfer a residence to a member; the owner becomes a manager", .also = "already_the_owner member_disabled new_owner_full") },
	{ HTTP_GET, RESIDENCE "/share-codes", SCOPE(THING(RESIDENCE), ROLE_MANAGE), NULL, NULL, Q_SHARE_CODE_LIST, PAGE,
	  DOC("listShareCodes", "Sharing", "ShareCode", "List the share codes of a residence, the newest first, and who used them") },
	{ HTTP_POST, RESIDENCE "/share-codes", SCOPE(THING(RESIDENCE), ROLE_MANAGE), share_code_fields, NULL, Q_SHARE_CODE_CREATE, CREATED,
	  .prepare = make_code, .limited = true, .shows = &made,
	  SESSION_ONLY,
	  DOC("createShareCode", "Sharing", "NewShareCode", "Create a share code; it is shown only now", .also = "role_too_high") },
	{ HTTP_DELETE, RESIDENCE "/share-codes/{share_code_id}", SCOPE(THING(RESIDENCE), ROLE_MANAGE), NULL, NULL, Q_SHARE_CODE_REVOKE, NO_CONTENT,
	  SESSION_ONLY,
	  DOC("revokeShareCode", "Sharing", NULL, "Revoke a share code") },
	{ HTTP_POST, "/api/share-codes/preview", SIGNED, code_fields, NULL, Q_SHARE_CODE_PREVIEW, ONE,
	  .prepare = read_code, .rate = RATE_SHARE, .shows = &invitation,
	  SESSION_ONLY,
	  DOC("previewShareCode", "Sharing", "Invitation", "Show what a share code opens", .also = "share_code_not_valid") },
	{ HTTP_POST, "/api/residences/join", SIGNED, code_fields, NULL, Q_RESIDENCE_JOIN, ONE,
	  .prepare = read_code, .rate = RATE_SHARE, .limited = true, .shows = THING(RESIDENCE),
	  SESSION_ONLY,
	  DOC("joinResidence", "Sharing", "Residence", "Join a residence by a share code", .also = "share_code_not_valid already_a_member") },
};
/* clang-format on */

RESOURCE(sharing);
