/*
 * invitations.c: people are asked to a residence by mail. The letter is written by app/jobs/invitation.c; its code
 * joins like any share code (sharing.c), and who has the address needs none. Nothing here looks whether an account
 * has it. Runs in workers.
 */
#include "api/resources.h"

#include "api/sharing.h"
#include "api/values.h"
#include "model/invitation.h"
#include "serve/worker.h"
#include "statements.h"

static enum err
make_invitation(struct req *r)
{
	const struct heritage *h = r->worker->heritage;
	struct str secret = heritage_secret(h);
	char text[SHARE_CODE_TEXT_SIZE], code[SHARE_CODE_SIZE];

	invitation_code(secret, r->values[VALUE_NEW_ID], text);
	share_code_read(str_of(text), code);
	sharing_bind_code(r, code);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

#define SENT RESIDENCE "/invitations"
#define RECEIVED "/api/invitations"

/* clang-format off */
static const struct field invitation_fields[] = {
	{ "email", FIELD_EMAIL, REQUIRED, 3, 254, NULL, NULL, 0 },
	{ "role", FIELD_CHOICE, REQUIRED, 0, 0, sharing_roles, NULL, 0 },
	END
};

static const struct thing sent = { "invitation", "sent_invitation_id", NO_STATEMENT, Q_INVITATION_AGAIN };

static const struct route routes[] = {
	{ HTTP_GET, SENT, SCOPE(THING(RESIDENCE), ROLE_MANAGE), NULL, NULL, Q_INVITATION_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listInvitations", "Sharing", "SentInvitation", "List the invitations to a residence, the newest first") },
	{ HTTP_POST, SENT, SCOPE(THING(RESIDENCE), ROLE_MANAGE), invitation_fields, NULL, Q_INVITATION_CREATE, CREATED,
	  .prepare = make_invitation, .limited = true, .shows = &sent,
	  SESSION_ONLY,
	  DOC("createInvitation", "Sharing", "SentInvitation", "Invite somebody to a residence by mail", .also = "role_too_high email_not_verified") },
	{ HTTP_DELETE, SENT "/{sent_invitation_id}", SCOPE(THING(RESIDENCE), ROLE_MANAGE), NULL, NULL, Q_INVITATION_REVOKE, NO_CONTENT,
	  SESSION_ONLY,
	  DOC("revokeInvitation", "Sharing", NULL, "Take back an invitation that nobody has answered") },
	{ HTTP_GET, RECEIVED, SIGNED, NULL, NULL, Q_RECEIVED_INVITATION_LIST, PAGE,
	  SESSION_ONLY,
	  DOC("listReceivedInvitations", "Sharing", "ReceivedInvitation", "List the invitations to the caller's own address") },
	{ HTTP_POST, RECEIVED "/{invitation_id}/accept", SIGNED, NULL, NULL, Q_INVITATION_ACCEPT, ONE,
	  .limited = true, .shows = THING(RESIDENCE),
	  SESSION_ONLY,
	  DOC("acceptInvitation", "Sharing", "Residence", "Join a residence by an invitation", .also = "already_a_member") },
	{ HTTP_POST, RECEIVED "/{invitation_id}/decline", SIGNED, NULL, NULL, Q_INVITATION_DECLINE, NO_CONTENT,
	  SESSION_ONLY,
	  DOC("declineInvitation", "Sharing", NULL, "Decline an invitation") },
};
/* clang-format on */

RESOURCE(invitations);
