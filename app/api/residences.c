/*
 * residences.c: residences, their summaries and their activity. Runs in workers.
 */
#include "api/resources.h"

#include "api/attachments.h"
#include "api/rules.h"
#include "statements.h"

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const char *const role_names[] = { "owner", "manager", "member", "viewer", NULL };

static const struct field residence_fields[] = {
	NEW_ID,
	{ "name", FIELD_LINE, REQUIRED, 1, 200, NULL, NULL, 0 },
	{ "type", FIELD_CODE, 0, 1, 64, NULL, "house", 0 },
	{ "street_address", FIELD_TEXT, NULLABLE, 0, 200, NULL, NULL, 0 },
	{ "unit", FIELD_LINE, NULLABLE, 0, 50, NULL, NULL, 0 },
	{ "city", FIELD_LINE, NULLABLE, 0, 100, NULL, NULL, 0 },
	{ "region", FIELD_LINE, NULLABLE, 0, 100, NULL, NULL, 0 },
	{ "postal_code", FIELD_LINE, NULLABLE, 0, 20, NULL, NULL, 0 },
	{ "country", FIELD_COUNTRY, NULLABLE, 2, 2, NULL, NULL, 0 },
	/* Absent: the zone of the user who makes the residence; the statement fills it in. */
	{ "time_zone", FIELD_ZONE, 0, 1, 64, NULL, NULL, 0 },
	/* Absent: those of the country. */
	{ "currency", FIELD_CURRENCY, 0, 3, 3, NULL, NULL, 0 },
	{ "first_weekday", FIELD_CHOICE, 0, 0, 0, rule_weekdays, NULL, 0 },
	{ "bedrooms", FIELD_INT, NULLABLE, 0, 1000, NULL, NULL, 0 },
	{ "bathrooms", FIELD_DECIMAL, NULLABLE, 0, 100, NULL, NULL, 1 },
	{ "floor_area", FIELD_DECIMAL, NULLABLE, 0, 1000000, NULL, NULL, 2 },
	{ "year_built", FIELD_INT, NULLABLE, 1000, 2200, NULL, NULL, 0 },
	{ "purchased_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "purchase_price", FIELD_DECIMAL, NULLABLE, 0, 999999999999, NULL, NULL, 2 },
	{ "description", FIELD_TEXT, NULLABLE, 0, 5000, NULL, NULL, 0 },
	END
};

/* The counts of its open tasks, which hang on the tasks and on the clock. */
static const char *const residence_parts[] = { "summary", NULL };

static const struct field residence_query[] = {
	{ "role", FIELD_CHOICE, 0, 0, 0, role_names, NULL, 0 },
	{ "type", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	{ "include", FIELD_CHOICES, DEAR, 1, 1, residence_parts, NULL, 0 },
	{ "days_threshold", FIELD_INT, 0, 1, 365, NULL, "30", 0 },
	END
};

static const struct field days_query[] = {
	{ "days_threshold", FIELD_INT, 0, 1, 365, NULL, "30", 0 },
	END
};

static const struct field activity_query[] = {
	{ "subject", FIELD_CHOICE, 0, 0, 0, NULL, NULL, 0, .choice = thing_subject },
	{ "user_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, "/api/residences", SIGNED, NULL, residence_query, Q_RESIDENCE_LIST, PAGE,
	  .cached = true,
	  DOC("listResidences", "Residences", "Residence", "List the caller's residences") },
	{ HTTP_POST, "/api/residences", SIGNED, residence_fields, NULL, Q_RESIDENCE_CREATE, CREATED,
	  .location = "/api/residences/", .shows = THING(RESIDENCE), .limited = true,
	  DOC("createResidence", "Residences", "Residence", "Create a residence; the caller owns it", .also = "token_narrowed") },
	{ HTTP_GET, "/api/residences/summary", SIGNED, NULL, days_query, Q_RESIDENCE_SUMMARY, PAGE,
	  .dear = true,
	  DOC("listSummaries", "Residences", "Summary", "List all residences with the counts of their open tasks") },
	{ HTTP_GET, RESIDENCE, SCOPE(THING(RESIDENCE), ROLE_VIEW), NULL, attachments_query, Q_RESIDENCE_GET, ONE,
	  .prepare = attachments_place, .includes = { Q_FILE_LIST },
	  DOC("getResidence", "Residences", "Residence", "Show one residence") },
	{ HTTP_PATCH, RESIDENCE, SCOPE(THING(RESIDENCE), ROLE_MANAGE), residence_fields, NULL, Q_RESIDENCE_UPDATE, ONE,
	  .shows = THING(RESIDENCE),
	  DOC("updateResidence", "Residences", "Residence", "Change a residence") },
	{ HTTP_DELETE, RESIDENCE, SCOPE(THING(RESIDENCE), ROLE_OWN), NULL, NULL, Q_RESIDENCE_DELETE, NO_CONTENT,
	  .shows = THING(RESIDENCE),
	  SESSION_ONLY,
	  DOC("deleteResidence", "Residences", NULL, "Delete a residence") },
	{ HTTP_GET, RESIDENCE "/activity", SCOPE(THING(RESIDENCE), ROLE_VIEW), NULL, activity_query, Q_ACTIVITY_LIST, PAGE,
	  DOC("listActivity", "Residences", "Activity", "List who did what in a residence, the newest first") },
};
/* clang-format on */

RESOURCE(residences);
