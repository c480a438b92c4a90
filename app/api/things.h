#ifndef HOB_API_THINGS_H
#define HOB_API_THINGS_H

#include "serve/surface.h"

/* What a household has, as scopes are about it. */
extern const struct thing thing_residence, thing_task, thing_completion;

/* Lowest role that passes: SCOPE(&thing_task, ROLE_EDIT). */
enum role_in_residence { ROLE_NONE, ROLE_VIEW, ROLE_EDIT, ROLE_MANAGE, ROLE_OWN, ROLE_COUNT };
extern const struct role roles[ROLE_COUNT];

#endif
