/*
 * operations.c: whether this server lives and is ready, and how it is spoken to. Runs in workers.
 */
#include "api/resources.h"

#include "serve/health.h"
#include "statements.h"

/* --- the table ---------------------------------------------------------------- */

/* Lookups change with a release or by staff; ten minutes late is soon enough. */
enum { LOOKUPS_MAX_AGE_S = 600 };

/* clang-format off */
static const struct route routes[] = {
	{ HTTP_GET, "/livez", ANYONE, NULL, NULL, Q_NONE, HANDLER,
	  .handler = health_live, .rate = RATE_NONE, .is_probe = true,
	  DOC("getLive", "Operations", "Live", "Tell whether the process is alive") },
	{ HTTP_GET, "/readyz", INTERNAL, NULL, NULL, Q_READY_CHECK, HANDLER,
	  .handler = health_ready, .rate = RATE_NONE, .is_probe = true,
	  DOC("getReady", "Operations", "Ready", "Tell whether database and schema are available; for this host alone") },
	{ HTTP_GET, "/api/openapi.json", ANYONE, NULL, NULL, Q_NONE, HANDLER,
	  .handler = openapi_show, .max_age_s = LOOKUPS_MAX_AGE_S,
	  DOC("getOpenapi", "Operations", "Openapi", "Show this document") },
};
/* clang-format on */

RESOURCE(operations);
