/* operations.c: whether this program lives and is ready; for its host alone. Runs in workers. */
#include "admin/resources.h"

#include "serve/health.h"
#include "statements.h"

/* clang-format off */
static const struct route routes[] = {
	{ HTTP_GET, ADMIN "/livez", INTERNAL, NULL, NULL, Q_NONE, HANDLER,
	  .handler = health_live, .rate = RATE_NONE, .is_probe = true,
	  DOC("getLive", "Operations", "Live", "Tell whether the process is alive") },
	{ HTTP_GET, ADMIN "/readyz", INTERNAL, NULL, NULL, Q_READY_CHECK, HANDLER,
	  .handler = health_ready, .rate = RATE_NONE, .is_probe = true,
	  DOC("getReady", "Operations", "Ready", "Tell whether database and schema are available; for this host alone") },
};
/* clang-format on */

RESOURCE(operations);
