/*
 * lookups.c: codes and their labels. Runs in workers.
 */
#include "api/resources.h"

#include "statements.h"

/* --- the table ---------------------------------------------------------------- */

/* Lookups change with a release or by staff; ten minutes late is soon enough. */
enum { LOOKUPS_MAX_AGE_S = 600 };

/* clang-format off */
static const struct route routes[] = {
	{ HTTP_GET, "/api/static-data", ANYONE, NULL, NULL, Q_STATIC_DATA, ONE,
	  .max_age_s = LOOKUPS_MAX_AGE_S,
	  DOC("getStaticData", "Lookups", "StaticData", "Show every lookup list") },
	{ HTTP_GET, "/api/static-data/{list}", ANYONE, NULL, NULL, Q_STATIC_LIST, ONE,
	  .max_age_s = LOOKUPS_MAX_AGE_S,
	  DOC("getStaticList", "Lookups", "StaticList", "Show one lookup list") },
};
/* clang-format on */

RESOURCE(lookups);
