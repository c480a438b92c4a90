/* audit.c: the record of what staff did. Runs in workers. */
#include "admin/resources.h"

#include "statements.h"

/* clang-format off */
static const struct field filters[] = {
	PAGED,
	{ "action", FIELD_CODE, 0, 1, CODE_LENGTH_MAX, NULL, NULL, 0 },
	{ "entity", FIELD_CODE, 0, 1, CODE_LENGTH_MAX, NULL, NULL, 0 },
	{ "subject", FIELD_LINE, 0, 1, 100, NULL, NULL, 0 },
	{ "staff_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, ADMIN "/audit-events", STAFF(ROLE_SUPPORT), NULL, filters, Q_AUDIT_LIST, HANDLER,
	  .handler = list_show, .uses = { Q_AUDIT_COUNT } },
};
/* clang-format on */

RESOURCE(audit);
