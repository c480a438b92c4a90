/* sessions.c: who is signed in to the panel, and the end of it. Runs in workers. */
#include "admin/resources.h"

#include "statements.h"

/* clang-format off */
static const struct field pages[] = { PAGED, END };

/* Of others an admin's; the views and functions see to that. */
static const struct route routes[] = {
	{ HTTP_GET, ADMIN "/sessions", STAFF(ROLE_SUPPORT), NULL, pages, Q_SESSION_LIST, HANDLER,
	  .handler = list_show, .uses = { Q_SESSION_COUNT } },
	{ HTTP_DELETE, ADMIN "/sessions/{session_id}", STAFF(ROLE_SUPPORT), NULL, NULL, Q_SESSION_END, NO_CONTENT },
};
/* clang-format on */

RESOURCE(sessions);
