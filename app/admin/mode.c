/* mode.c: read-only mode: whether hob-api takes what changes something. Runs in workers. */
#include "admin/resources.h"

#include "statements.h"

enum { MESSAGE_MAX = 500 };

/* clang-format off */
static const struct field mode_fields[] = {
	/* What callers are told. */
	{ "message", FIELD_LINE, REQUIRED, 1, MESSAGE_MAX, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, ADMIN "/mode", STAFF(ROLE_SUPPORT), NULL, NULL, Q_MODE_GET, ONE,
	  DOC("getMode", "Service", "Mode", "Show the mode of the service") },
	{ HTTP_PUT, ADMIN "/mode", STAFF(ROLE_ADMIN), mode_fields, NULL, Q_MODE_READ_ONLY, ONE,
	  DOC("setMode", "Service", "Mode", "Begin read-only mode", .also = "password_needed", .wants_reason = true) },
	{ HTTP_DELETE, ADMIN "/mode", STAFF(ROLE_ADMIN), NULL, NULL, Q_MODE_NORMAL, NO_CONTENT,
	  DOC("endMode", "Service", NULL, "End read-only mode", .also = "password_needed", .wants_reason = true) },
};
/* clang-format on */

RESOURCE(mode);
