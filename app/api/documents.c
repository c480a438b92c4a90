/*
 * documents.c: documents and warranties, and what of them is about to end. Runs in workers.
 */
#include "api/resources.h"

#include "api/attachments.h"
#include "serve/objects.h"
#include "statements.h"

#define DOCUMENT "/api/documents/{document_id}"

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const char *const cover_kinds[] = {
	"manufacturer", "seller", "extended", "parts", "labor", "service", "insurance", "other", NULL
};
static const char *const claim_statuses[] = { "open", "approved", "rejected", "settled", "withdrawn", NULL };
static const char *const cover_states[] = { "active", "expiring", "expired", "lifetime", "void", NULL };
enum { COVER_STATES = 5, COVERS_MAX = 10, CLAIMS_MAX = 50, LINES_MAX = 20 };

/* One of ends_on and lifetime. */
static const struct field cover_fields[] = {
	{ "kind", FIELD_CHOICE, 0, 0, 0, cover_kinds, "other", 0 },
	{ "provider", FIELD_LINE, NULLABLE, 0, 200, NULL, NULL, 0 },
	{ "starts_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "ends_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "lifetime", FIELD_BOOL, 0, 0, 0, NULL, "false", 0 },
	{ "terms", FIELD_TEXT, NULLABLE, 0, 500, NULL, NULL, 0 },
	END
};

static const struct field claim_fields[] = {
	{ "on", FIELD_DAY, REQUIRED, 0, 0, NULL, NULL, 0 },
	{ "status", FIELD_CHOICE, 0, 0, 0, claim_statuses, "open", 0 },
	{ "outcome", FIELD_TEXT, NULLABLE, 0, 300, NULL, NULL, 0 },
	{ "replacement", FIELD_LINE, NULLABLE, 0, 100, NULL, NULL, 0 },
	END
};

static const struct field_object cover_object = {
	.name = "covers", .fields = cover_fields, .wanted = "must be a list of objects", .schema = "CoverGiven",
	.read = objects_from_json,
};
static const struct field_object claim_object = {
	.name = "claims", .fields = claim_fields, .wanted = "must be a list of objects", .schema = "ClaimGiven",
	.read = objects_from_json,
};

static const struct field document_fields[] = {
	NEW_ID,
	{ "residence_id", FIELD_UUID, REQUIRED | CREATE, 0, 0, NULL, NULL, 0 },
	{ "type", FIELD_CODE, 0, 1, 64, NULL, "other", 0 },
	{ "title", FIELD_LINE, REQUIRED, 1, 200, NULL, NULL, 0 },
	{ "description", FIELD_TEXT, NULLABLE, 0, 5000, NULL, NULL, 0 },
	{ "tags", FIELD_LINES, 0, 0, LINES_MAX, NULL, "{}", 50 },
	{ "issuer", FIELD_LINE, NULLABLE, 0, 200, NULL, NULL, 0 },
	{ "issued_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "number", FIELD_LINE, NULLABLE, 0, 100, NULL, NULL, 0 },
	{ "contractor_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "task_id", FIELD_UUID, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "category", FIELD_CODE, NULLABLE, 1, 64, NULL, NULL, 0 },
	{ "product", FIELD_LINE, NULLABLE, 0, 200, NULL, NULL, 0 },
	{ "brand", FIELD_LINE, NULLABLE, 0, 100, NULL, NULL, 0 },
	{ "model", FIELD_LINE, NULLABLE, 0, 100, NULL, NULL, 0 },
	{ "serial_numbers", FIELD_LINES, 0, 0, LINES_MAX, NULL, "{}", 100 },
	{ "purchased_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "price", FIELD_DECIMAL, NULLABLE, 0, 999999999999, NULL, NULL, 2 },
	{ "shop", FIELD_LINE, NULLABLE, 0, 200, NULL, NULL, 0 },
	{ "provider", FIELD_LINE, NULLABLE, 0, 200, NULL, NULL, 0 },
	{ "claim_contact", FIELD_TEXT, NULLABLE, 0, 500, NULL, NULL, 0 },
	{ "covers", FIELD_OBJECTS, 0, 0, COVERS_MAX, NULL, "[]", 0, &cover_object },
	{ "claims", FIELD_OBJECTS, 0, 0, CLAIMS_MAX, NULL, "[]", 0, &claim_object },
	END
};

static const struct field document_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "type", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "type__in", FIELD_CODES, 0, 1, CODES_ASKED_MAX, NULL, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "contractor_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "task_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "expires_on__lte", FIELD_DAY, 0, 0, 0, NULL, NULL, 0 },
	{ "is_active", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "tag", FIELD_LINE, 0, 1, 50, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

static const struct field warranty_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "state", FIELD_CHOICE, 0, 0, 0, cover_states, NULL, 0 },
	{ "state__in", FIELD_CHOICES, 0, 1, COVER_STATES, cover_states, NULL, 0 },
	{ "category", FIELD_CODE, 0, 1, 64, NULL, NULL, 0 },
	{ "is_active", FIELD_BOOL, 0, 0, 0, NULL, NULL, 0 },
	{ "search", FIELD_SEARCH, 0, 0, 100, NULL, NULL, 0 },
	END
};

static const struct field expiring_query[] = {
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	{ "days", FIELD_INT, 0, 0, 365, NULL, "30", 0 },
	END
};

/* Something that is done with a document: the same again changes nothing, and shows it. */
#define ACT(name, statement, words) \
	{ HTTP_POST, DOCUMENT "/" name, SCOPE(THING(DOCUMENT), ROLE_EDIT), NULL, NULL, statement, ONE, \
	  .shows = THING(DOCUMENT), words }

static const struct route routes[] = {
	{ HTTP_GET, "/api/documents", SIGNED, NULL, document_query, Q_DOCUMENT_LIST, PAGE,
	  DOC("listDocuments", "Documents", "Document", "List the documents of all the caller's residences") },
	{ HTTP_POST, "/api/documents", SCOPE(THING(RESIDENCE), ROLE_EDIT), document_fields, NULL, Q_DOCUMENT_CREATE, CREATED,
	  .location = "/api/documents/", .shows = THING(DOCUMENT), .limited = true,
	  DOC("createDocument", "Documents", "Document", "Create a document, a warranty among them") },
	{ HTTP_GET, "/api/documents/warranties", SIGNED, NULL, warranty_query, Q_WARRANTY_LIST, PAGE,
	  DOC("listWarranties", "Documents", "Document", "List warranties, those first that end first") },
	{ HTTP_GET, "/api/documents/expiring", SIGNED, NULL, expiring_query, Q_EXPIRING_LIST, PAGE,
	  DOC("listExpiring", "Documents", "Expiring", "List what is about to end: cover of documents, insurances of contractors") },
	{ HTTP_GET, DOCUMENT, SCOPE(THING(DOCUMENT), ROLE_VIEW), NULL, attachments_query, Q_DOCUMENT_GET, ONE,
	  .prepare = attachments_place, .includes = { Q_FILE_LIST },
	  DOC("getDocument", "Documents", "Document", "Show one document") },
	{ HTTP_PATCH, DOCUMENT, SCOPE(THING(DOCUMENT), ROLE_EDIT), document_fields, NULL, Q_DOCUMENT_UPDATE, ONE,
	  .shows = THING(DOCUMENT),
	  DOC("updateDocument", "Documents", "Document", "Change a document") },
	{ HTTP_DELETE, DOCUMENT, SCOPE(THING(DOCUMENT), ROLE_EDIT), NULL, NULL, Q_DOCUMENT_DELETE, NO_CONTENT,
	  .shows = THING(DOCUMENT),
	  DOC("deleteDocument", "Documents", NULL, "Delete a document") },
	ACT("activate", Q_DOCUMENT_ACTIVATE,
	    DOC("activateDocument", "Documents", "Document", "Make a document count again")),
	ACT("deactivate", Q_DOCUMENT_DEACTIVATE,
	    DOC("deactivateDocument", "Documents", "Document", "Put a document aside: nobody is reminded of it")),
	ACT("void", Q_DOCUMENT_VOID,
	    DOC("voidDocument", "Documents", "Document", "Say that what a document covers is void")),
	ACT("unvoid", Q_DOCUMENT_UNVOID,
	    DOC("unvoidDocument", "Documents", "Document", "Take that back")),
};
/* clang-format on */

RESOURCE(documents);
