/*
 * contractors.c: who works for a household, and what each of its people thinks of them. Cards of address
 * books: contractor_cards.c. Runs in workers.
 */
#include "api/contractors.h"

#include "serve/objects.h"
#include "serve/request.h"
#include "statements.h"

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct field phone_fields[] = {
	{ "label", FIELD_LINE, NULLABLE, 1, 40, NULL, NULL, 0 },
	{ "number", FIELD_LINE, REQUIRED, 1, 40, NULL, NULL, 0 },
	END
};
static const struct field_object phone = {
	.name = "phones", .fields = phone_fields, .wanted = "must be a list of phones",
	.schema = "Phone", .read = objects_from_json,
};

static const struct field contractor_fields[] = {
	NEW_ID,
	{ "residence_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "name", FIELD_LINE, REQUIRED, 1, 200, NULL, NULL, 0 },
	{ "company", FIELD_LINE, NULLABLE, 1, 200, NULL, NULL, 0 },
	{ "contact_person", FIELD_LINE, NULLABLE, 1, 200, NULL, NULL, 0 },
	{ "phones", FIELD_OBJECTS, 0, 0, PHONES_MAX, NULL, "[]", 0, &phone },
	{ "email", FIELD_EMAIL, NULLABLE, 3, 254, NULL, NULL, 0 },
	{ "website", FIELD_URL, NULLABLE, 1, 2000, NULL, NULL, 0 },
	{ "address", FIELD_TEXT, NULLABLE, 1, 500, NULL, NULL, 0 },
	{ "notes", FIELD_TEXT, NULLABLE, 0, 5000, NULL, NULL, 0 },
	{ "specialties", FIELD_CODES, 0, 0, SPECIALTIES_MAX, NULL, NULL, 0 },
	{ "licence_number", FIELD_LINE, NULLABLE, 1, 100, NULL, NULL, 0 },
	{ "insurance_expires_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "call_out_rate", FIELD_DECIMAL, NULLABLE, 0, 999999999999, NULL, NULL, 2 },
	{ "hourly_rate", FIELD_DECIMAL, NULLABLE, 0, 999999999999, NULL, NULL, 2 },
	{ "do_not_use", FIELD_BOOL, 0, 0, 0, NULL, "false", 0 },
	{ "do_not_use_reason", FIELD_LINE, NULLABLE, 1, 500, NULL, NULL, 0 },
	END
};

static const struct field contractor_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "specialty", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "is_favorite", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "do_not_use", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

static const struct field contractor_tasks_query[] = {
	{ "completed", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	END
};

static const struct field rating_fields[] = {
	{ "rating", FIELD_INT, REQUIRED, 1, 5, NULL, NULL, 0 },
	{ "note", FIELD_TEXT, NULLABLE, 0, 1000, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, "/api/contractors", SIGNED, NULL, contractor_query, Q_CONTRACTOR_LIST, PAGE,
	  DOC("listContractors", "Contractors", "Contractor", "List the contractors of all the caller's residences, and their own") },
	{ HTTP_POST, "/api/contractors", SIGNED, contractor_fields, NULL, Q_CONTRACTOR_CREATE, CREATED,
	  .location = "/api/contractors/", .shows = THING(CONTRACTOR), .limited = true,
	  DOC("createContractor", "Contractors", "Contractor", "Create a contractor of a residence, or one that only the caller sees", .also = "forbidden not_found token_narrowed") },
	{ HTTP_GET, CONTRACTOR, SCOPE(THING(CONTRACTOR), ROLE_VIEW), NULL, NULL, Q_CONTRACTOR_GET, ONE,
	  DOC("getContractor", "Contractors", "Contractor", "Show one contractor") },
	{ HTTP_PATCH, CONTRACTOR, SCOPE(THING(CONTRACTOR), ROLE_EDIT), contractor_fields, NULL, Q_CONTRACTOR_UPDATE, ONE,
	  .shows = THING(CONTRACTOR), .limited = true,
	  DOC("updateContractor", "Contractors", "Contractor", "Change a contractor, or share it with a residence") },
	{ HTTP_DELETE, CONTRACTOR, SCOPE(THING(CONTRACTOR), ROLE_EDIT), NULL, NULL, Q_CONTRACTOR_DELETE, NO_CONTENT,
	  .shows = THING(CONTRACTOR),
	  DOC("deleteContractor", "Contractors", NULL, "Delete a contractor; history keeps its name") },
	{ HTTP_PUT, CONTRACTOR "/favorite", SCOPE(THING(CONTRACTOR), ROLE_VIEW), NULL, NULL, Q_CONTRACTOR_FAVOR, ONE,
	  .again = THING(CONTRACTOR),
	  DOC("favorContractor", "Contractors", "Contractor", "Make a contractor a favourite of the caller's") },
	{ HTTP_DELETE, CONTRACTOR "/favorite", SCOPE(THING(CONTRACTOR), ROLE_VIEW), NULL, NULL, Q_CONTRACTOR_UNFAVOR, NO_CONTENT,
	  .again = THING(CONTRACTOR),
	  DOC("unfavorContractor", "Contractors", NULL, "Make a contractor no favourite of the caller's") },
	{ HTTP_PUT, CONTRACTOR "/rating", SCOPE(THING(CONTRACTOR), ROLE_VIEW), rating_fields, NULL, Q_CONTRACTOR_RATE, ONE,
	  .again = THING(CONTRACTOR),
	  DOC("rateContractor", "Contractors", "Contractor", "Rate a contractor; it replaces what the caller said before") },
	{ HTTP_DELETE, CONTRACTOR "/rating", SCOPE(THING(CONTRACTOR), ROLE_VIEW), NULL, NULL, Q_CONTRACTOR_UNRATE, NO_CONTENT,
	  .again = THING(CONTRACTOR),
	  DOC("unrateContractor", "Contractors", NULL, "Take the caller's rating back") },
	{ HTTP_GET, CONTRACTOR "/tasks", SCOPE(THING(CONTRACTOR), ROLE_VIEW), NULL, contractor_tasks_query, Q_CONTRACTOR_TASKS, PAGE,
	  DOC("listContractorTasks", "Contractors", "Task", "List the tasks of a contractor") },
};
/* clang-format on */

RESOURCE(contractors);
