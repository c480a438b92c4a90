#ifndef HOB_SERVE_HOST_H
#define HOB_SERVE_HOST_H

#include <stdbool.h>

#include "model/verdict.h"
#include "model/config.h"

/* The checks of a start on its host: also in the master. Opens no connection. */

/*
 * Checks in the order of a start: as the starting user, then binds its socket, becomes
 * its user (its groups, HOME, USER and LOGNAME, too), and checks as that user. True when
 * all is good. `path` is the configuration's, NULL without a file.
 *
 * `listen_fd` is -1 or a socket that was passed to us; the caller removes one that was
 * bound here. The first failure ends it. NULL (-t): makes nothing and goes on
 * to the end, unless it is still root's then.
 */
bool host_start(const struct config *c, const char *path, enum check_to to,
		int *listen_fd);
/* The checks of the last step alone, for a reload: as the user that we have become. */
bool host_check(const struct config *c, const char *path, enum check_to to);

#endif
