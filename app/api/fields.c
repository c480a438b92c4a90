/*
 * fields.c: the tables of fields. Lengths are code points and generous: they
 * guard the database and the screen, not taste. No list is without an end.
 */
#include "api/fields.h"

#include <stddef.h>
#include <string.h>

#include "api/rules.h"
#include "model/password_rules.h"

/* Codes of one lookup in a query: more than any has. */
enum { CODES_ASKED_MAX = 50 };

/* clang-format off */
#define END { .name = NULL }
#define PASSWORD(name) \
	{ name, FIELD_PASSWORD, REQUIRED | HANDLED, PASSWORD_MIN_BYTES, PASSWORD_MAX_BYTES, NULL, NULL, 0 }
/* An id that the client made, offline perhaps; else the request's own. */
#define NEW_ID { "id", FIELD_NEW_ID, CREATE | HANDLED, 0, 0, NULL, NULL, 0 }

static const char *const roles[] = { "owner", "manager", "member", "viewer", NULL };
static const char *const subjects[] = { "residence", "member", "task", "completion", "share_code", NULL };
static const char *const outcomes[] = { "done", "skipped", NULL };
static const char *const units[] = { "day", "week", "month", "year", NULL };
static const char *const weekdays[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };
static const char *const anchors[] = { "due", "completion", NULL };
static const char *const task_states[] = { "pending", "in_progress", "cancelled", NULL };

const struct field register_fields[] = {
	{ "email", FIELD_EMAIL, REQUIRED, 3, 254, NULL, NULL, 0 },
	PASSWORD("password"),
	{ "first_name", FIELD_LINE, 0, 0, 100, NULL, "", 0 },
	{ "last_name", FIELD_LINE, 0, 0, 100, NULL, "", 0 },
	{ "locale", FIELD_LOCALE, 0, 2, 35, NULL, "en", 0 },
	{ "time_zone", FIELD_ZONE, 0, 1, 64, NULL, "UTC", 0 },
	{ "device_name", FIELD_LINE, 0, 0, 100, NULL, "", 0 },
	END
};

const struct field login_fields[] = {
	{ "email", FIELD_EMAIL, REQUIRED, 3, 254, NULL, NULL, 0 },
	/* Any length: the rules may have changed since it was chosen. */
	{ "password", FIELD_PASSWORD, REQUIRED | HANDLED, 1, PASSWORD_MAX_BYTES, NULL, NULL, 0 },
	{ "device_name", FIELD_LINE, 0, 0, 100, NULL, "", 0 },
	END
};

const struct field me_fields[] = {
	{ "first_name", FIELD_LINE, 0, 0, 100, NULL, NULL, 0 },
	{ "last_name", FIELD_LINE, 0, 0, 100, NULL, NULL, 0 },
	{ "locale", FIELD_LOCALE, 0, 2, 35, NULL, NULL, 0 },
	{ "time_zone", FIELD_ZONE, 0, 1, 64, NULL, NULL, 0 },
	END
};

const struct field change_password_fields[] = {
	{ "old_password", FIELD_PASSWORD, REQUIRED | HANDLED, 1, PASSWORD_MAX_BYTES, NULL, NULL, 0 },
	PASSWORD("new_password"),
	END
};

const struct field logout_all_fields[] = {
	{ "keep_current", FIELD_BOOL, 0, 0, 0, NULL, "true", 0 },
	END
};

const struct field residence_fields[] = {
	NEW_ID,
	{ "name", FIELD_LINE, REQUIRED, 1, 200, NULL, NULL, 0 },
	{ "type", FIELD_CODE, 0, 1, 64, NULL, "house", 0 },
	{ "street_address", FIELD_TEXT, NULLABLE, 0, 200, NULL, NULL, 0 },
	{ "unit", FIELD_LINE, NULLABLE, 0, 50, NULL, NULL, 0 },
	{ "city", FIELD_LINE, NULLABLE, 0, 100, NULL, NULL, 0 },
	{ "region", FIELD_LINE, NULLABLE, 0, 100, NULL, NULL, 0 },
	{ "postal_code", FIELD_LINE, NULLABLE, 0, 20, NULL, NULL, 0 },
	{ "country", FIELD_COUNTRY, NULLABLE, 2, 2, NULL, NULL, 0 },
	/* Absent: the zone of the user who makes the home; the statement fills it in. */
	{ "time_zone", FIELD_ZONE, 0, 1, 64, NULL, NULL, 0 },
	{ "currency", FIELD_CURRENCY, 0, 3, 3, NULL, "USD", 0 },
	{ "bedrooms", FIELD_INT, NULLABLE, 0, 1000, NULL, NULL, 0 },
	{ "bathrooms", FIELD_DECIMAL, NULLABLE, 0, 100, NULL, NULL, 1 },
	{ "floor_area", FIELD_DECIMAL, NULLABLE, 0, 1000000, NULL, NULL, 2 },
	{ "year_built", FIELD_INT, NULLABLE, 1000, 2200, NULL, NULL, 0 },
	{ "purchased_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "purchase_price", FIELD_DECIMAL, NULLABLE, 0, 999999999999, NULL, NULL, 2 },
	{ "description", FIELD_TEXT, NULLABLE, 0, 5000, NULL, NULL, 0 },
	END
};

static const char *const given_roles[] = { "manager", "member", "viewer", NULL };

const struct field member_fields[] = {
	{ "role", FIELD_CHOICE, REQUIRED, 0, 0, given_roles, NULL, 0 },
	END
};

const struct field transfer_fields[] = {
	{ "user_id", FIELD_UUID, REQUIRED, 0, 0, NULL, NULL, 0 },
	END
};

const struct field share_code_fields[] = {
	{ "role", FIELD_CHOICE, REQUIRED, 0, 0, given_roles, NULL, 0 },
	{ "expires_in_hours", FIELD_INT, 0, 1, 30 * 24, NULL, "168", 0 },	/* a week */
	{ "max_uses", FIELD_INT, 0, 1, 100, NULL, "1", 0 },
	END
};

const struct field code_fields[] = {
	{ "code", FIELD_TEXT, REQUIRED | HANDLED, 1, 64, NULL, NULL, 0 },
	END
};

const struct field residence_query[] = {
	{ "role", FIELD_CHOICE, 0, 0, 0, roles, NULL, 0 },
	{ "type", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

const struct field days_query[] = {
	{ "days_threshold", FIELD_INT, 0, 1, 365, NULL, "30", 0 },
	END
};

const struct field activity_query[] = {
	{ "subject", FIELD_CHOICE, 0, 0, 0, subjects, NULL, 0 },
	{ "user_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	END
};

const struct field recurrence_fields[] = {
	{ "unit", FIELD_CHOICE, REQUIRED, 0, 0, units, NULL, 0 },
	{ "every", FIELD_INT, 0, 1, 999, NULL, "1", 0 },
	{ "weekdays", FIELD_CHOICES, 0, 0, 7, weekdays, NULL, 0 },
	{ "month_day", FIELD_INT, NULLABLE | NOT_ZERO, -1, 31, NULL, NULL, 0 },
	{ "nth_weekday", FIELD_INT, NULLABLE | NOT_ZERO, -1, 4, NULL, NULL, 0 },
	{ "anchor", FIELD_CHOICE, 0, 0, 0, anchors, "due", 0 },
	{ "until", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "count", FIELD_INT, NULLABLE, 1, 9999, NULL, NULL, 0 },
	{ "starts_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	END
};

const struct field preview_fields[] = {
	{ "recurrence", FIELD_OBJECT, REQUIRED | HANDLED, 0, 0, NULL, NULL, 0, &rule_object },
	{ "starts_on", FIELD_DAY, HANDLED, 0, 0, NULL, NULL, 0 },
	END
};

const struct field task_fields[] = {
	NEW_ID,
	{ "residence_id", FIELD_UUID, REQUIRED | CREATE, 0, 0, NULL, NULL, 0 },
	{ "title", FIELD_LINE, REQUIRED, 1, 200, NULL, NULL, 0 },
	{ "description", FIELD_TEXT, NULLABLE, 0, 10000, NULL, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, "other", 0 },
	{ "priority", FIELD_CODE, 0, 1, 64, NULL, "medium", 0 },
	{ "due_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "due_time", FIELD_TIME, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "recurrence", FIELD_OBJECT, NULLABLE, 0, 0, NULL, NULL, 0, &rule_object },
	{ "assigned_to_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "estimated_cost", FIELD_DECIMAL, NULLABLE, 0, 999999999999, NULL, NULL, 2 },
	END
};

const struct field task_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "state", FIELD_CHOICE, 0, 0, 0, task_states, NULL, 0 },
	{ "state__in", FIELD_CHOICES, 0, 1, 3, task_states, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "category__in", FIELD_CODES, 0, 1, CODES_ASKED_MAX, NULL, NULL, 0 },
	{ "priority", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "priority__in", FIELD_CODES, 0, 1, CODES_ASKED_MAX, NULL, NULL, 0 },
	{ "assigned_to_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "assigned_to_id__isnull", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "due_on__gte", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "due_on__lte", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "due_on__isnull", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "archived", FIELD_BOOL, 0, 0, 0, NULL, "false", 0 },
	{ "completed", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

const struct field board_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "days_threshold", FIELD_INT, HANDLED, 1, 365, NULL, "30", 0 },
	END
};

#define OCCURRENCE(flags) { "occurrence", FIELD_INT, flags, 1, INT32_MAX, NULL, NULL, 0 }
#define NOTED \
	{ "contractor_name", FIELD_LINE, NULLABLE, 1, 200, NULL, NULL, 0 }, \
	{ "actual_cost", FIELD_DECIMAL, NULLABLE, 0, 999999999999, NULL, NULL, 2 }, \
	{ "note", FIELD_TEXT, NULLABLE, 0, 5000, NULL, NULL, 0 }, \
	{ "rating", FIELD_INT, NULLABLE, 1, 5, NULL, NULL, 0 }

const struct field complete_fields[] = {
	NEW_ID,
	OCCURRENCE(REQUIRED),
	{ "completed_at", FIELD_INSTANT, 0, 0, 0, NULL, NULL, 0 },
	{ "completed_by_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	NOTED,
	END
};

const struct field skip_fields[] = {
	NEW_ID,
	OCCURRENCE(REQUIRED),
	{ "note", FIELD_TEXT, NULLABLE, 0, 5000, NULL, NULL, 0 },
	END
};

const struct field completion_fields[] = {
	NOTED,
	END
};

/* One of until and days; until goes first. */
const struct field snooze_fields[] = {
	OCCURRENCE(0),
	{ "until", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "days", FIELD_INT, 0, 1, 365, NULL, "1", 0 },
	END
};

const struct field assign_fields[] = {
	{ "assigned_to_id", FIELD_UUID, REQUIRED | NULLABLE, 0, 0, NULL, NULL, 0 },
	END
};

const struct field move_fields[] = {
	{ "after_id", FIELD_UUID, REQUIRED | NULLABLE, 0, 0, NULL, NULL, 0 },
	END
};

const struct field task_completions_query[] = {
	{ "outcome", FIELD_CHOICE, 0, 0, 0, outcomes, NULL, 0 },
	END
};

const struct field completion_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "task_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "completed_by_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "outcome", FIELD_CHOICE, 0, 0, 0, outcomes, NULL, 0 },
	{ "completed_at__gte", FIELD_INSTANT, 0, 0, 0, NULL, NULL, 0 },
	{ "completed_at__lte", FIELD_INSTANT, 0, 0, 0, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

static const char *const seasons[] = { "spring", "summer", "autumn", "winter", "any", NULL };
static const char *const climates[] = { "any", "cold", "hot", "humid", "dry", "coastal", NULL };
static const char *const hemispheres[] = { "north", "south", NULL };

const struct field template_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "season", FIELD_CHOICE, 0, 0, 0, seasons, NULL, 0 },
	{ "climate", FIELD_CHOICE, 0, 0, 0, climates, NULL, 0 },
	{ "feature__in", FIELD_CODES, 0, 1, CODES_ASKED_MAX, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

const struct field apply_fields[] = {
	{ "residence_id", FIELD_UUID, REQUIRED, 0, 0, NULL, NULL, 0 },
	{ "codes", FIELD_CODES, REQUIRED, 1, 200, NULL, NULL, 0 },
	/* Absent: where the home's country lies. */
	{ "hemisphere", FIELD_CHOICE, 0, 0, 0, hemispheres, NULL, 0 },
	END
};

static const char *const formats[] = { "json", "csv", NULL };

const struct field report_query[] = {
	{ "from", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "to", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "format", FIELD_CHOICE, HANDLED, 0, 0, formats, "json", 0 },
	{ "bom", FIELD_BOOL, HANDLED, 0, 0, NULL, NULL, 0 },
	END
};

static const char *const file_formats[] = { "csv", "ics", NULL };

const struct field export_query[] = {
	{ "format", FIELD_CHOICE, HANDLED, 0, 0, file_formats, "csv", 0 },
	{ "bom", FIELD_BOOL, HANDLED, 0, 0, NULL, NULL, 0 },
	{ "after", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	END
};

const struct field import_query[] = {
	{ "dry_run", FIELD_BOOL, HANDLED, 0, 0, NULL, "false", 0 },
	END
};

/* Four weeks are the longest that Outlook takes. */
enum { ALARM_MINUTES_MAX = 4 * 7 * 24 * 60 };

const struct field feed_fields[] = {
	NEW_ID,
	{ "name", FIELD_LINE, 0, 1, 100, NULL, NULL, 0 },
	{ "residence_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "assigned_to_me", FIELD_BOOL, 0, 0, 0, NULL, "false", 0 },
	{ "alarm_minutes", FIELD_INT, NULLABLE, 0, ALARM_MINUTES_MAX, NULL, NULL, 0 },
	END
};

const struct field calendar_query[] = {
	{ "alarm", FIELD_INT, HANDLED, 0, ALARM_MINUTES_MAX, NULL, NULL, 0 },
	END
};

const struct field sync_query[] = {
	{ "since", FIELD_TEXT, HANDLED, 1, 4000, NULL, NULL, 0 },
	/* Of each kind; sync.c has its own greatest, and larger ones are cut to it. */
	{ "limit", FIELD_INT, HANDLED, 1, INT32_MAX, NULL, "500", 0 },
	END
};
/* clang-format on */
