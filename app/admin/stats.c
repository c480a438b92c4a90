/* stats.c: the numbers of the service, of today and of former days. Runs in workers. */
#include "admin/resources.h"

#include "statements.h"

/* clang-format off */
static const struct field days[] = {
	{ "days", FIELD_INT, 0, 1, 400, NULL, "30", 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, ADMIN "/stats/overview", STAFF(ROLE_SUPPORT), NULL, NULL, Q_STATS_OVERVIEW, ONE,
	  DOC("getStatsOverview", "Service", "StatsOverview", "Show the numbers of today") },
	{ HTTP_GET, ADMIN "/stats/timeseries", STAFF(ROLE_SUPPORT), NULL, days, Q_STATS_TIMESERIES, ONE,
	  DOC("getStatsTimeseries", "Service", "StatsTimeseries", "Show the numbers of former days") },
};
/* clang-format on */

RESOURCE(stats);
