/*
 * avatars.c: the picture of an account, which the people of its homes see. It is a file like others (uploads.c), that
 * hangs on who has sent it. Runs in workers.
 */
#include "api/downloads.h"
#include "api/resources.h"
#include "statements.h"

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct field avatar_fields[] = {
	{ "upload_id", FIELD_UUID, REQUIRED, 0, 0, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_PUT, "/api/auth/me/avatar", SIGNED, avatar_fields, NULL, Q_AVATAR_SET, ONE,
	  .again = THING(UPLOAD), SESSION_ONLY,
	  DOC("setAvatar", "Files", "Upload", "Make a picture that was sent the one of the account") },
	{ HTTP_DELETE, "/api/auth/me/avatar", SIGNED, NULL, NULL, Q_AVATAR_DELETE, NO_CONTENT,
	  SESSION_ONLY,
	  DOC("deleteAvatar", "Files", NULL, "Delete the picture of the account") },
	{ HTTP_GET, RESIDENCE "/members/{user_id}/avatar", SCOPE(THING(RESIDENCE), ROLE_VIEW), NULL, download_query, Q_AVATAR_CONTENT, HANDLER,
	  .handler = download_send,
	  DOC("downloadAvatar", "Files", "Bytes", "Download the picture of a member") },
};
/* clang-format on */

RESOURCE(avatars);
