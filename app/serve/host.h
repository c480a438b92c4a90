#ifndef HOB_SERVE_HOST_H
#define HOB_SERVE_HOST_H

#include <stdbool.h>

#include "serve/verdict.h"
#include "model/config.h"

/* What a start needs of its host: also in the master. Opens no connection to anybody. */

/*
 * Walks it in the order of a start: checks as whoever started us, binds api.socket, becomes
 * api.user (its groups, HOME, USER and LOGNAME, too), checks as that user. True when all is good.
 * `path` is the configuration's, NULL without a file.
 *
 * `listen_fd` is -1 or a socket that somebody left for us; bound, it is to be removed by the
 * caller. What fails first ends it. NULL (`hob-api -t`): makes nothing and goes on to the end,
 * unless it is still root's then.
 */
bool host_start(const struct config *c, const char *path, enum check_to to,
		int *listen_fd);
/* The checks of the last step alone, for a reload: as the user that we have become. */
bool host_check(const struct config *c, const char *path, enum check_to to);

#endif
