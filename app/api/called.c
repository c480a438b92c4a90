/*
 * called.c: what fields and problems are called before people. A field that is not here is
 * called by its name. German is in languages/de.txt. Runs in every process, as constants.
 */
#include "api/called.h"

#include <stddef.h>

/* clang-format off */
const struct called called_fields[] = {
	{ "actual_cost",      "The cost" },
	{ "alarm_minutes",    "The reminder" },
	{ "assigned_to_id",   "The person it is assigned to" },
	{ "bathrooms",        "The number of bathrooms" },
	{ "bedrooms",         "The number of bedrooms" },
	{ "category",         "The category" },
	{ "city",             "The city" },
	{ "code",             "The code" },
	{ "completed_at",     "The time of completion" },
	{ "completed_by_id",  "The person who did it" },
	{ "contractor_name",  "The name of the contractor" },
	{ "country",          "The country" },
	{ "currency",         "The currency" },
	{ "days",             "The number of days" },
	{ "description",      "The description" },
	{ "device_name",      "The name of the device" },
	{ "due_on",           "The due day" },
	{ "due_time",         "The time of day" },
	{ "email",            "The mail address" },
	{ "estimated_cost",   "The estimated cost" },
	{ "events",           "The list of events" },
	{ "expires_at",       "The end of its time" },
	{ "expires_in_hours", "The number of hours" },
	{ "first_name",       "The first name" },
	{ "first_weekday",    "The first day of the week" },
	{ "floor_area",       "The floor area" },
	{ "from",             "The first day" },
	{ "last_name",        "The last name" },
	{ "locale",           "The language" },
	{ "lead_days",        "The number of days" },
	{ "max_uses",         "The number of uses" },
	{ "name",             "The name" },
	{ "new_password",     "The new password" },
	{ "note",             "The note" },
	{ "old_password",     "The old password" },
	{ "password",         "The password" },
	{ "postal_code",      "The postal code" },
	{ "priority",         "The priority" },
	{ "purchase_price",   "The purchase price" },
	{ "purchased_on",     "The day of purchase" },
	{ "q",                "The search" },
	{ "rating",           "The rating" },
	{ "recurrence",       "The recurrence" },
	{ "region",           "The region" },
	{ "residence_id",     "The home" },
	{ "residence_ids",    "The list of homes" },
	{ "role",             "The role" },
	{ "scope",            "The right" },
	{ "search",           "The search" },
	{ "starts_on",        "The first day" },
	{ "street_address",   "The street address" },
	{ "time_zone",        "The time zone" },
	{ "title",            "The title" },
	{ "to",               "The last day" },
	{ "type",             "The type" },
	{ "unit",             "The unit" },
	{ "until",            "The day" },
	{ "url",              "The address" },
	{ "year_built",       "The year of construction" },
	{ NULL, NULL }
};

const struct called called_titles[] = {
	{ "email_taken",          "This mail address is taken" },
	{ "invalid_credentials",  "Signing in did not work" },
	{ "session_required",     "Sign in with the password first" },
	{ "share_code_not_valid", "This code is not valid" },
	{ "token_narrowed",       "This is more than the access token is for" },
	{ "token_read_only",      "This needs the right to write" },
	{ "webhooks_off",         "There are no webhooks here" },
	{ "wrong_password",       "The password is wrong" },
	{ NULL, NULL }
};
/* clang-format on */
