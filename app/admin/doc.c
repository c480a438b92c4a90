/*
 * doc.c: the words of the document of the staff API: the meanings of names that recur. Those of one entity are in its
 * table (sql/entities), schemas, descriptions and examples of the rest in document/. A route without an operation, or a
 * name without a word, fails `hob-admin -t` and the tests.
 */
#include "admin/doc.h"

#include <stddef.h>

#include "admin/entities.h"
#include "document.h"
#include "serve/principal.h"

/* clang-format off */
/* In the order of the alphabet. */
static const struct word words[] = {
	{ "X-Hob-Reason", "Why, as one line of percent-encoded UTF-8. It is written to the record of what staff did.", NULL, false },
	{ "action", "What was done.", NULL, false },
	{ "address", "The network address that it came from.", NULL, false },
	{ "at", "When it was.", NULL, false },
	{ "bom", "Begin CSV with a byte order mark, which Excel needs.", "true", false },
	{ "category", "Code of the category.", NULL, false },
	{ "code", "Six digits of the authenticator app, or a recovery code.", "\"482913\"", false },
	{ "confirmed_until", "Until when the password need not be given again; null: it must be.", NULL, true },
	{ "contractor_id", "The contractor who is hired for it.", NULL, false },
	{ "created_at", "When it was made.", NULL, false },
	{ "created_by", "Who made it.", NULL, false },
	{ "currency", "ISO 4217 code.", NULL, false },
	{ "days", "How many days.", "30", false },
	{ "deleted_at", "When it was deleted; null: it is there.", NULL, false },
	{ "description", "More about it.", NULL, false },
	{ "disabled_at", "Since when it is switched off; null: it is not.", NULL, false },
	{ "email", "Mail address: at most 64 bytes before the @, 254 in all.", "\"ada@example.com\"", false },
	{ "ended_at", "When that was; null: not yet.", NULL, false },
	{ "ends_at", "When it ends at the latest.", NULL, false },
	{ "environment", "Of the app: production from a store, sandbox from a developer.", NULL, false },
	{ "expires_at", "When it ends.", NULL, false },
	{ "hint", "What it can be recognised by.", NULL, false },
	{ "icon", "Code of its icon.", NULL, false },
	{ "id", "Its id.", NULL, false },
	{ "id__in", "Only these, with commas between their ids.", NULL, false },
	{ "idle_ends_at", "When the session ends unless something is asked.", "\"2026-11-23T09:00:03Z\"", false },
	{ "ids", "Ids of those that are meant.", NULL, false },
	{ "is_active", "Whether it counts.", NULL, false },
	{ "is_deleted", "Whether it is deleted; it can come back for a while.", NULL, false },
	{ "kind", "Of which kind it is.", NULL, false },
	{ "label", "What people read, in English.", NULL, false },
	{ "last_seen_at", "When it was last used, to the hour.", NULL, false },
	{ "locale", "Language tag.", NULL, false },
	{ "message", "What callers are told; null: nothing.", "\"We move to a larger machine; back at six.\"", true },
	{ "name", "What it or they are called.", "\"Ada Field\"", false },
	{ "occurrence", "Which occurrence it is, 1 the first.", NULL, false },
	{ "ordering", "By what they are sorted; with - in front the other way round.", NULL, false },
	{ "page", "Which page, 1 the first.", "1", false },
	{ "page_size", "How many a page has.", "25", false },
	{ "password", "The password.", "\"a lamp in the 3rd window\"", false },
	{ "photo_count", "How many photos hang on it.", NULL, false },
	{ "position", "Where it stands among the others, from 0.", NULL, false },
	{ "priority", "Code of the priority.", NULL, false },
	{ "rank", "The higher the more.", NULL, false },
	{ "rating", "How content they are, 1 to 5.", NULL, false },
	{ "read_only", "Whether nothing of a household can be changed.", NULL, false },
	{ "reason", "Why.", NULL, false },
	{ "recurrence", "The rule by which it comes again; null: it does not.", NULL, false },
	{ "request_id", "X-Request-Id of the request, as in the log.", NULL, false },
	{ "residence_id", "The home that it belongs to.", NULL, false },
	{ "residence_name", "What that home is called.", NULL, false },
	{ "revoked_at", "When it was taken back; null: it was not.", NULL, false },
	{ "role", "What they may do.", "\"editor\"", false },
	{ "search", "What is looked for. Where much begins so, it is found among the first 500 by the alphabet.", NULL, false },
	{ "set", "What is to change.", NULL, false },
	{ "since", "Since when; null: it is not.", NULL, true },
	{ "staff_email", "Their mail address at that time.", NULL, false },
	{ "staff_id", "Who of staff.", NULL, false },
	{ "state", "What has become of it.", NULL, false },
	{ "store", "Which store.", NULL, false },
	{ "subject", "What it is about.", NULL, false },
	{ "subject_id", "Which one.", NULL, false },
	{ "task_id", "The task.", NULL, false },
	{ "texts", "Texts in languages, by their tags.", NULL, false },
	{ "tier", "Which tier.", NULL, false },
	{ "time_zone", "IANA time zone; it decides what today is.", NULL, false },
	{ "title", "What it is called, in a line.", NULL, false },
	{ "type", "Code of its type.", NULL, false },
	{ "updated_at", "When it was last changed.", NULL, false },
	{ "user_id", "Whose it is.", NULL, false },
	{ "user_name", "What they are called.", NULL, false },
	{ "version", "Counts changes; what If-Match compares.", "1", false },
};

/* What is neither an entity nor named after its operation alone. */
static const struct word own_words[] = {
	{ "ConfirmBody", "The password.", NULL, false },
	{ "CreateStaffMemberBody", "Somebody new.", NULL, false },
	{ "LoginBody", "What somebody signs in with.", NULL, false },
	{ "Me", "Who is signed in, and until when.", NULL, false },
	{ "Mode", "Whether the service is read-only.", NULL, false },
	{ "SetModeBody", "What callers are told.", NULL, false },
	{ .name = NULL }
};
static const struct word *const of_schemas[] = { own_words, entity_words, NULL };

/* Codes that handlers say, beside those of refusals[]. */
static const struct refusal said[] = {
	{ "header_needed", NULL, ERR_FORBIDDEN, "header_needed", principal_header_needed },
	{ "foreign_origin", NULL, ERR_FORBIDDEN, "foreign_origin", principal_foreign_origin },
	{ "wrong_login", NULL, ERR_UNAUTHORIZED, "wrong_login", "The mail address, the password or the code is wrong." },
	{ "wrong_password", NULL, ERR_FORBIDDEN, "wrong_password", "The password is wrong." },
	{ NULL, NULL, ERR_OK, NULL, NULL }
};

static const char info[] =
	"{\"title\":\"Hob for staff\",\"version\":\"1\",\"summary\":\"What the admin panel asks\","
	"\"description\":\"For the panel at /admin, and for those who run a Hob. Sign in by login: it sets a cookie, and every request carries the header X-Hob-Admin beside it. "
	"What each operation wants is a role: support, editor or admin; each may what those before it may.\\n\\n"
	"Some acts want a reason in X-Hob-Reason (422 reason_needed), some the password once more (403 password_needed: see confirm). "
	"What staff change is changed by the rules that hold for households, and written to a record that nobody can change. "
	"Every failure is a problem document.\","
	"\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"}}";
/* clang-format on */

const struct words admin_words = {
	.words = words,
	.word_count = sizeof(words) / sizeof(words[0]),
	.of_schemas = of_schemas,
	.schemas = document_schemas,
	.operations = document_operations,
	.likes = entity_likes,
	.said = said,
	.info = info,
	.tags = document_tags,
};
