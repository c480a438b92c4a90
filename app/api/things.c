/*
 * things.c: what scopes are about, and the roles in a residence. Runs in workers.
 */
#include "api/things.h"

#include "statements.h"

const struct thing thing_residence = { "residence", Q_SCOPE_RESIDENCE };
const struct thing thing_task = { "task", Q_SCOPE_TASK };
const struct thing thing_completion = { "completion", Q_SCOPE_COMPLETION };

const struct role roles[ROLE_COUNT] = {
	[ROLE_NONE] = { "", NULL },	    [ROLE_VIEW] = { "view", "viewer" },
	[ROLE_EDIT] = { "edit", "member" }, [ROLE_MANAGE] = { "manage", "manager" },
	[ROLE_OWN] = { "own", "owner" },
};
