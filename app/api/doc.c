/*
 * doc.c: the words of the API document. Nothing here changes what the API does; a route
 * without an operation, or a name without a word, fails `hob-api -t` and the tests.
 */
#include "serve/words.h"

#include <stddef.h>
#include <string.h>

#include "api/sync.h"

/* clang-format off */
/* In the order of the alphabet. */
static const struct word words[] = {
	{ "action", "What was done: created, updated, deleted, restored, joined, left, removed, role_changed, transferred, revoked or undone; treat unknown values as updated.", "\"updated\"", false },
	{ "actual_cost", "What it cost. Decimal, in the currency of the residence.", "\"31.50\"", true },
	{ "after", "The id of the task behind which it goes on.", NULL, false },
	{ "after_id", "The task it shall stand behind; null for the top.", NULL, true },
	{ "alarm", "Minutes before a task is due at which a calendar rings, instead of those of the feed.", "30", false },
	{ "alarm_minutes", "Minutes before a task is due at which a calendar rings, of a day from midnight; null for never.", "30", true },
	{ "anchor", "Whether the next day counts from the day it is due (due) or from the day it was done (completion).", "\"due\"", false },
	{ "archived", "Hidden from the board and, unless asked for, from lists.", "false", false },
	{ "as_of", "When the board was drawn.", "\"2026-11-23T08:30:03Z\"", false },
	{ "assigned_to", "The member who shall do it; null when it is anybody's.", NULL, true },
	{ "assigned_to_id", "The member who shall do it; null when it is anybody's.", NULL, true },
	{ "assigned_to_me", "Only tasks that are the caller's to do.", "false", false },
	{ "at", "When it was done.", "\"2026-11-23T08:30:03Z\"", false },
	{ "bathrooms", "Number of bathrooms, halves allowed.", "\"2.5\"", true },
	{ "bedrooms", "Number of bedrooms.", "4", true },
	{ "bom", "Begin CSV with a byte order mark, which Excel needs; a browser gets it unasked.", "true", false },
	{ "calendar_feeds_ended", "How many calendar feeds ended: their addresses are read no more, new ones have to be made.", "1", false },
	{ "category", "Code of a task category.", "\"plumbing\"", false },
	{ "changes", "Names of the fields that an update changed.", "[\"due_on\",\"title\"]", false },
	{ "city", "Town or city.", "\"Brattleboro\"", true },
	{ "climate", "Where it is needed; in a query, also what is needed everywhere. Treat unknown values as any.", "\"cold\"", false },
	{ "code", "Of a template, what it is referred to by; of a share code, twelve characters, in any case, with or without hyphens.", "\"7K3D-MN0Q-X4VB\"", false },
	{ "codes", "Codes of templates.", "[\"clean_gutters\"]", false },
	{ "completed", "Nothing of it is open any more; in a query, only such tasks, or only the others.", "false", false },
	{ "completed_at", "When it was done; in a body now when it is left out.", "\"2026-11-23T08:30:03Z\"", false },
	{ "completed_by", "Who did it.", NULL, false },
	{ "completed_by_id", "Who did it; in a body the caller when it is left out.", NULL, false },
	{ "completion_count", "How often it was done; what was skipped does not count.", "0", false },
	{ "completion_id", "One completion.", NULL, false },
	{ "contractor_name", "Who was hired for it.", "\"Sweep & Sons\"", true },
	{ "count", "Of a column of the board, how many tasks; of a rule, how many occurrences in all.", "3", true },
	{ "country", "ISO 3166-1 code.", "\"US\"", true },
	{ "counts", "Open work by column of the board.", NULL, false },
	{ "created_at", "When it was made.", "\"2026-11-23T08:30:03Z\"", false },
	{ "created_by", "Who made it.", NULL, false },
	{ "currency", "ISO 4217 code, of every amount in this residence.", "\"USD\"", false },
	{ "current", "Is it the session of this request?", "true", false },
	{ "cursor", "The next_cursor of the page before; bound to the filters.", NULL, false },
	{ "days", "By how many days, from today or from the day it is due, whichever is later; not looked at beside until.", "3", false },
	{ "days_threshold", "Within how many days, today the first, a task is due soon.", "30", false },
	{ "description", "More about it.", "\"Bring the long ladder.\"", true },
	{ "device_name", "What the person calls the device.", "\"Kitchen tablet\"", true },
	{ "dry_run", "Only tell what would be done.", "true", false },
	{ "due_after", "When the task was due next; null when that was the last.", "\"2026-12-14\"", true },
	{ "due_before", "When it was due.", "\"2026-11-23\"", true },
	{ "due_on", "Day on which it is due, in the zone of its residence.", "\"2027-05-14\"", true },
	{ "due_soon", "Number of tasks due within days_threshold.", "2", false },
	{ "due_time", "Time of that day; null for the whole day, and without a day.", "\"17:30\"", true },
	{ "email", "Mail address: at most 64 bytes before the @, 254 in all.", "\"robin@example.com\"", false },
	{ "estimated_cost", "Decimal, in the currency of the residence.", "\"25.00\"", true },
	{ "every", "Every so many of the unit.", "1", false },
	{ "expires_at", "When it ends at the latest.", "\"2027-05-22T08:30:03Z\"", false },
	{ "expires_in_hours", "For how many hours the code works.", "168", false },
	{ "feature", "What a residence must have for it; null for every residence.", "\"gutters\"", true },
	{ "feed", "The secret of a feed, and .ics.", NULL, false },
	{ "feed_id", "One calendar feed of the caller.", NULL, false },
	{ "first_name", "Given name.", "\"Robin\"", false },
	{ "floor_area", "Square metres.", "\"186.00\"", true },
	{ "format", "json or csv; of an export csv or ics.", "\"json\"", false },
	{ "from", "First day, in the zone of the residence.", "\"2026-01-01\"", true },
	{ "hemisphere", "Where the seasons are turned round; what the country of the residence says when it is left out.", "\"north\"", false },
	{ "id", "A UUIDv7; one made by the client is kept.", "\"0193a3c0-8a4e-7d26-9d1c-3f6b2a0c5e71\"", false },
	{ "in_progress", "Number of tasks somebody is at.", "1", false },
	{ "is_overdue", "Past its day, or past its time today.", "false", false },
	{ "joined_at", "Since when.", "\"2026-11-23T08:30:03Z\"", false },
	{ "keep_current", "Spare the session of this request.", "true", false },
	{ "last_completed_at", "When it was last done.", "\"2026-11-23T08:30:03Z\"", true },
	{ "last_completed_by", "Who did it last.", NULL, true },
	{ "last_completion_id", "The newest completion, done or skipped: what undo takes back.", "\"0193a3c0-8a4e-7d26-9d1c-3f6b2a0c5e74\"", true },
	{ "last_name", "Family name.", "\"Goodfellow\"", false },
	{ "last_seen_at", "When it was last used, to the hour.", "\"2026-11-23T08:30:03Z\"", false },
	{ "limit", "Most results of a page; what is above the greatest is cut to it, 200 for a list.", "50", false },
	{ "list", "Name of a lookup list.", "\"task_categories\"", false },
	{ "locale", "Language tag.", "\"en\"", false },
	{ "max_uses", "How many may join by it.", "1", false },
	{ "member_count", "How many belong to it, the owner included.", "2", false },
	{ "minutes", "How long it takes, roughly; null when a craftsman does it.", "60", true },
	{ "missed", "How many days on which it would have been due went by before.", "0", false },
	{ "month", "In which month it begins, in the northern hemisphere; null when any will do.", "10", true },
	{ "month_day", "Day of the month, cut to its length; -1 is the last.", "31", true },
	{ "name", "What it or they are called.", "\"Chestnut Hill\"", false },
	{ "new_password", "8 to 256 bytes of UTF-8, and none that everybody tries first.", NULL, false },
	{ "note", "What somebody wrote to it.", "\"The ladder is too short.\"", true },
	{ "nth_weekday", "Which of those weekdays in the month; -1 is the last.", "2", true },
	{ "occurrence", "Number of the occurrence, 1 the first; of a task the open one, or the last when it is done for good. Sent along, it makes a second tap harmless.", "1", false },
	{ "old_password", "The one until now.", NULL, false },
	{ "ordering", "Key to sort by, descending with a minus before it.", NULL, false },
	{ "outcome", "done or skipped; treat unknown values as done.", "\"done\"", false },
	{ "overdue", "Number of tasks past their day.", "1", false },
	{ "owner", "Who owns the residence.", NULL, false },
	{ "owner_name", "Who owns the residence.", "\"Robin\"", false },
	{ "password", "8 to 256 bytes of UTF-8 where one is chosen.", NULL, false },
	{ "path", "Address of the feed on this server. Whoever has it reads the feed.", "\"/api/calendar/WkFJ7oQ0b1rVnq6m2cTz9xYdE4uHsKpL.ics\"", false },
	{ "position", "Where somebody dragged it, a key for sorting; null: where its day puts it.", NULL, true },
	{ "postal_code", "As written on a letter there.", "\"05301\"", true },
	{ "priority", "Code of a task priority.", "\"medium\"", false },
	{ "purchase_price", "Decimal, in the currency of the residence.", "\"412000.00\"", true },
	{ "purchased_on", "Day of the purchase.", "\"2020-08-08\"", true },
	{ "rating", "1 to 5.", "4", true },
	{ "recorded_by", "Who noted it.", NULL, false },
	{ "recurrence", "The rule by which it comes back, or the code of a simple one; null when it is done once. weekdays go with weeks, or one of them with nth_weekday in months and years; month_day with months and years; until and count not together. It needs a first day, due_on or starts_on, and a second one.", "{\"unit\":\"month\",\"every\":3}", true, "Recurrence" },
	{ "region", "State, province or the like.", "\"VT\"", true },
	{ "request_id", "X-Request-Id of the request that did it.", "\"0193a3c0-8a4e-7d26-9d1c-3f6b2a0c5e72\"", true },
	{ "residence", "The residence it opens.", NULL, false },
	{ "residence_id", "The residence it belongs to.", NULL, false },
	{ "residence_roles", "Roles in a residence.", NULL, false },
	{ "residence_types", "Types of residences.", NULL, false },
	{ "results", "The items.", NULL, false },
	{ "role", "The role in the residence, the caller's own where none else is meant; of a share code one below its maker's. Treat unknown values as viewer.", "\"member\"", false },
	{ "search", "Part of a name, a title or an address, or of the first 280 characters of a text, in any case. Counts as ten reads.", "\"attic\"", false },
	{ "season", "spring, summer, autumn, winter or any.", "\"autumn\"", false },
	{ "session_id", "One session of the caller.", NULL, false },
	{ "sessions_ended", "How many sessions ended.", "2", false },
	{ "share_code_id", "One share code of the residence.", NULL, false },
	{ "since", "The sync_token of the last answer; without it the first sync begins.", NULL, false },
	{ "starts_on", "Day from which the rule counts, the task's own when it is left out. A preview needs one, here or in the rule, and the rule's goes first.", "\"2027-01-31\"", true },
	{ "state", "Of a task pending, in_progress or cancelled; of a share code active, used, expired or revoked, as it also is when its maker leaves or may not give that role any more; treat unknown values as pending, or as expired.", "\"pending\"", false },
	{ "street_address", "Street and number.", "\"14 Chestnut Hill Road\"", true },
	{ "subject", "What was changed: residence, member, task, completion or share_code, which managers see; skip unknown values.", "\"task\"", false },
	{ "subject_id", "Which one; of a member, the id of the user.", "\"0193a3c0-8a4e-7d26-9d1c-3f6b2a0c5e73\"", false },
	{ "task", "What has become of the task.", NULL, false },
	{ "task_categories", "Categories of tasks.", NULL, false },
	{ "task_id", "One task; of a template, the one that the residence has of it.", "\"0193a3c0-8a4e-7d26-9d1c-3f6b2a0c5e75\"", true },
	{ "task_priorities", "Priorities of tasks; the higher the rank the more urgent.", NULL, false },
	{ "task_states", "States of tasks.", NULL, false },
	{ "time_zone", "IANA time zone; it decides what today is.", "\"America/New_York\"", false },
	{ "title", "What is to be done, in a line.", "\"Clean the gutters\"", false },
	{ "to", "Last day.", "\"2026-12-31\"", true },
	{ "today", "The day it is there.", "\"2026-11-23\"", false },
	{ "type", "Code of a residence type.", "\"house\"", false },
	{ "unit", "Flat, floor or the like; of a rule day, week, month or year.", "\"2b\"", true },
	{ "until", "Last day, the day itself included.", "\"2027-06-30\"", true },
	{ "upcoming", "Number of other open tasks.", "7", false },
	{ "updated_at", "When it was last changed.", "\"2026-11-23T08:30:03Z\"", false },
	{ "used_count", "How many joined by it.", "1", false },
	{ "user", "Whom it is about, by the name last known here.", NULL, false },
	{ "user_id", "A person; in a query, only what they did.", NULL, false },
	{ "uses", "Who joined by it, and when.", "[{\"user\":{\"id\":\"0193a3c0-8a4e-7d26-9d1c-3f6b2a0c5e71\",\"name\":\"Robin\"},\"used_at\":\"2026-11-23T08:30:03Z\"}]", false },
	{ "version", "Counts changes; what If-Match compares.", "1", false },
	{ "weekdays", "Days of the week.", "[\"mon\",\"thu\"]", false },
	{ "year_built", "Year in which it was built.", "1931", true },
};


#define STRING(says) "{\"type\":\"string\",\"description\":\"" says "\"}"
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define OBJECT(required, properties) \
	"{\"type\":\"object\",\"required\":[" required "],\"properties\":{" properties "}}"
#define NUMBER(says) "{\"type\":\"integer\",\"description\":\"" says "\"}"
#define MONEY "{\"type\":\"string\",\"description\":\"Decimal, in the currency of the residence.\",\"pattern\":\"^[0-9]+(\\\\.[0-9]+)?$\"}"
#define LINES(name, says) \
	"\"" name "\":{\"type\":\"array\",\"description\":\"" says "\",\"items\":" REF("ReportLine") "}"
#define FEED_MEMBERS \
	"\"id\":" ID("A UUID.") ",\"name\":" STRING("What calendars call it.") "," \
	"\"residence_id\":{\"type\":[\"string\",\"null\"],\"format\":\"uuid\",\"description\":\"Of one residence; null for all.\"}," \
	"\"assigned_to_me\":{\"type\":\"boolean\",\"description\":\"Only what is the caller's to do.\"}," \
	"\"alarm_minutes\":" NUMBER_OR_NULL("Minutes before a task is due at which a calendar rings; null for never.") "," \
	"\"created_at\":" INSTANT("When it was made.") ",\"updated_at\":" INSTANT("When it was changed last.") "," \
	"\"version\":" NUMBER("Grows with each change.")
#define FEED_NAMES "\"id\",\"name\",\"residence_id\",\"assigned_to_me\",\"alarm_minutes\",\"created_at\",\"updated_at\",\"version\""
#define NUMBER_OR_NULL(says) \
	"{\"type\":[\"integer\",\"null\"],\"description\":\"" says "\"}"
#define ID(says) "{\"type\":\"string\",\"format\":\"uuid\",\"description\":\"" says "\"}"
#define INSTANT(says) "{\"type\":\"string\",\"format\":\"date-time\",\"description\":\"" says "\"}"
#define DAY_OR_NULL(says) \
	"{\"type\":[\"string\",\"null\"],\"format\":\"date\",\"description\":\"" says "\"}"
#define PERSON OBJECT("\"id\",\"name\"", "\"id\":" ID("Of the person.") ",\"name\":" STRING("What to show."))
#define ACTS(says, fields) \
	"{\"type\":\"array\",\"description\":\"" says "\",\"maxItems\":100,\"items\":{\"type\":\"object\",\"required\":[\"task_id\",\"occurrence\"]," \
	"\"description\":\"The members of " fields ", and which task.\",\"properties\":{\"task_id\":" ID("Which task.") "," \
	"\"occurrence\":" NUMBER("Which occurrence.") "}}}"
#define LOOKUPS(name) "\"" name "\":{\"type\":\"array\",\"items\":" REF("Lookup") "}"

static const char schemas[] =
	"\"Live\":" OBJECT("\"status\"", "\"status\":" STRING("Always alive.")) ","
	"\"Ready\":" OBJECT("\"status\",\"schema_version\",\"schema_good_for\",\"redis\"",
		"\"status\":" STRING("Always ready.") ","
		"\"schema_version\":{\"type\":\"integer\",\"description\":\"Last migration.\"},"
		"\"schema_good_for\":{\"type\":\"integer\",\"description\":\"Programs that know this version, or a newer, may serve with it.\"},"
		"\"redis\":" STRING("up or away; it decides nothing.")) ","
	"\"Openapi\":{\"type\":\"object\",\"description\":\"An OpenAPI 3.1 document.\"},"
	"\"Session\":" OBJECT("\"token\",\"user\"",
		"\"token\":" STRING("The key of this session, shown once.") ",\"user\":" REF("Me")) ","
	"\"Board\":" OBJECT("\"as_of\",\"complete\",\"columns\"",
		"\"as_of\":{\"type\":\"string\",\"format\":\"date-time\",\"description\":\"When it was drawn.\"},"
		"\"complete\":{\"type\":\"boolean\",\"description\":\"No task was left out; false when there are more than 3,000: then the least urgent are left out, and not counted.\"},"
		"\"columns\":{\"type\":\"array\",\"description\":\"Always all, in this order.\",\"items\":" OBJECT(
			"\"name\",\"count\",\"tasks\"",
			"\"name\":" STRING("overdue, due_soon, upcoming, in_progress, completed or cancelled.") ","
			"\"count\":{\"type\":\"integer\",\"description\":\"Number of tasks in it.\"},"
			"\"tasks\":{\"type\":\"array\",\"description\":\"In the order to show, the first 200 of them.\",\"items\":" REF("Card") "}") "}") ","
	"\"TaskBulk\":{\"type\":\"object\",\"description\":\"At most 100 items in all lists together, and at least one.\",\"minProperties\":1,\"additionalProperties\":false,\"properties\":{"
		"\"create\":{\"type\":\"array\",\"description\":\"Tasks to make.\",\"maxItems\":100,\"items\":" REF("TaskCreate") "},"
		"\"update\":{\"type\":\"array\",\"description\":\"Tasks to change.\",\"maxItems\":100,\"items\":{\"type\":\"object\",\"required\":[\"id\"],"
			"\"description\":\"The members of TaskPatch, and which task.\",\"properties\":{"
			"\"id\":{\"type\":\"string\",\"format\":\"uuid\",\"description\":\"Which task.\"},"
			"\"version\":{\"type\":\"integer\",\"description\":\"Only if it still has this one.\"}}}},"
		"\"complete\":" ACTS("Tasks to complete.", "CompleteTaskBody") ",\"skip\":" ACTS("Tasks to skip.", "SkipTaskBody") "}},"
	"\"TaskBulkResults\":" OBJECT("\"created\",\"updated\",\"completed\",\"skipped\"",
		"\"created\":{\"type\":\"array\",\"description\":\"In the order of create.\",\"items\":" REF("TaskBulkResult") "},"
		"\"updated\":{\"type\":\"array\",\"description\":\"In the order of update.\",\"items\":" REF("TaskBulkResult") "},"
		"\"completed\":{\"type\":\"array\",\"description\":\"In the order of complete.\",\"items\":" REF("TaskBulkResult") "},"
		"\"skipped\":{\"type\":\"array\",\"description\":\"In the order of skip.\",\"items\":" REF("TaskBulkResult") "}") ","
	"\"TaskImport\":" OBJECT("\"dry_run\",\"created\",\"existing\",\"refused\",\"rows\"",
		"\"dry_run\":{\"type\":\"boolean\",\"description\":\"Nothing was done: this is what would be.\"},"
		"\"created\":{\"type\":\"integer\",\"description\":\"Rows that became tasks.\"},"
		"\"existing\":{\"type\":\"integer\",\"description\":\"Rows whose tasks were there already.\"},"
		"\"refused\":{\"type\":\"integer\",\"description\":\"Rows with a problem.\"},"
		"\"rows\":{\"type\":\"array\",\"description\":\"In the order of the file.\",\"items\":"
			"{\"type\":\"object\",\"required\":[\"line\",\"status\"],\"additionalProperties\":false,\"properties\":{"
			"\"line\":{\"type\":\"integer\",\"description\":\"Of the file, where the row begins.\"},"
			"\"status\":{\"type\":\"integer\",\"description\":\"201 made, 200 there already, else as of the problem.\"},"
			"\"id\":{\"type\":\"string\",\"format\":\"uuid\",\"description\":\"Of the task.\"},"
			"\"problem\":" REF("Problem") "}}}") ","
	"\"TaskBulkResult\":{\"type\":\"object\",\"description\":\"What the item alone would have been answered.\","
		"\"required\":[\"status\"],\"properties\":{\"status\":{\"type\":\"integer\",\"description\":\"As of an answer.\"},"
		"\"task\":" REF("Task") ",\"completion\":" REF("Completion") ",\"problem\":" REF("Problem") "}},"
	"\"Card\":{\"description\":\"A task on the board; of its description the first 280 characters, the last of them … when it goes on.\",\"allOf\":[" REF("Task") "," OBJECT("\"is_overdue\"",
		"\"is_overdue\":{\"type\":\"boolean\",\"description\":\"Past its day, or past its time today.\"}") "]},"
	"\"Recurrence\":" OBJECT("\"unit\",\"every\",\"weekdays\",\"month_day\",\"nth_weekday\",\"anchor\",\"until\",\"count\",\"starts_on\"",
		"\"unit\":" STRING("day, week, month or year.") ",\"every\":" NUMBER("Every so many of the unit.") ","
		"\"weekdays\":{\"type\":\"array\",\"description\":\"mon to sun.\",\"items\":{\"type\":\"string\"}},"
		"\"month_day\":" NUMBER_OR_NULL("Day of the month, cut to its length; -1 is the last.") ","
		"\"nth_weekday\":" NUMBER_OR_NULL("Which of the weekdays in the month; -1 is the last.") ","
		"\"anchor\":" STRING("due or completion.") ",\"until\":" DAY_OR_NULL("Last day.") ","
		"\"count\":" NUMBER_OR_NULL("How many occurrences in all.") ","
		"\"starts_on\":" DAY_OR_NULL("Day from which it counts.")) ","
	"\"TaskTemplateResults\":" OBJECT("\"created\",\"existing\"",
		"\"created\":{\"type\":\"array\",\"description\":\"What was made.\",\"items\":" REF("Task") "},"
		"\"existing\":{\"type\":\"array\",\"description\":\"What the residence had already.\",\"items\":" REF("Task") "}") ","
	"\"Text\":{\"type\":\"string\",\"description\":\"No JSON.\"},"
	"\"Report\":" OBJECT("\"residence_id\",\"today\",\"from\",\"to\",\"currency\",\"complete\",\"total\",\"by_category\",\"by_contractor\",\"by_year\",\"by_person\",\"forecast\"",
		"\"residence_id\":" ID("The residence.") ",\"today\":{\"type\":\"string\",\"format\":\"date\",\"description\":\"The day it is there.\"},"
		"\"from\":" DAY_OR_NULL("First day.") ",\"to\":" DAY_OR_NULL("Last day.") ",\"currency\":" STRING("Of every amount.") ","
		"\"complete\":{\"type\":\"boolean\",\"description\":\"False when it is about the newest 20,000 completions, the 100 most expensive lines of a list, or 50,000 days to come alone.\"},"
		"\"total\":" REF("ReportLine") "," LINES("by_category", "The most expensive first.") "," LINES("by_contractor", "By the name that was noted.") ","
		LINES("by_year", "By the local year.") "," LINES("by_person", "Who did it.") ","
		"\"forecast\":" OBJECT("\"months\",\"cost\"",
			"\"months\":{\"type\":\"array\",\"description\":\"Twelve, this one the first; what is late falls into it.\",\"items\":" OBJECT("\"month\",\"planned\",\"cost\"",
				"\"month\":" STRING("As 2026-12.") ",\"planned\":" NUMBER("How many occurrences have a cost.") ",\"cost\":" MONEY) "},"
			"\"cost\":" MONEY)) ","
	"\"ReportLine\":" OBJECT("\"key\",\"name\",\"done\",\"skipped\",\"on_time\",\"late\",\"on_time_rate\",\"cost\"",
		"\"key\":{\"type\":[\"string\",\"null\"],\"description\":\"Code, name, year or id of what is summed; null of the total.\"},"
		"\"name\":{\"type\":[\"string\",\"null\"],\"description\":\"What to show.\"},"
		"\"done\":" NUMBER("How often it was done.") ",\"skipped\":" NUMBER("How often it was skipped.") ","
		"\"on_time\":" NUMBER("Done by the day.") ",\"late\":" NUMBER("Done after the day.") ","
		"\"on_time_rate\":{\"type\":[\"number\",\"null\"],\"description\":\"on_time of both; null when nothing had a day.\"},"
		"\"cost\":" MONEY) ","
	"\"CalendarFeed\":" OBJECT(FEED_NAMES, FEED_MEMBERS) ","
	"\"NewCalendarFeed\":" OBJECT("\"path\"," FEED_NAMES,
		"\"path\":" STRING("Address on this server; whoever has it reads the feed.") "," FEED_MEMBERS) ","
	"\"RecurrencePreview\":" OBJECT("\"days\",\"ends\"",
		"\"days\":{\"type\":\"array\",\"description\":\"At most twelve.\",\"items\":{\"type\":\"string\",\"format\":\"date\"}},"
		"\"ends\":{\"type\":\"boolean\",\"description\":\"These are all.\"}") ","
	"\"SyncCompletion\":" OBJECT("\"id\",\"residence_id\",\"task_id\",\"occurrence\",\"outcome\",\"due_before\","
			"\"due_after\",\"missed\",\"completed_at\",\"completed_by\",\"recorded_by\",\"contractor_name\","
			"\"actual_cost\",\"note\",\"rating\",\"created_at\",\"updated_at\",\"version\"",
		"\"id\":" ID("A UUIDv7.") ",\"residence_id\":" ID("The residence.") ",\"task_id\":" ID("What was done.") ","
		"\"occurrence\":{\"type\":\"integer\",\"description\":\"1 for the first time it was due.\"},"
		"\"outcome\":" STRING("done or skipped; treat unknown values as done.") ","
		"\"due_before\":" DAY_OR_NULL("When it was due.") ",\"due_after\":" DAY_OR_NULL("When it is due next.") ","
		"\"missed\":" NUMBER("How many days went by before.") ",\"completed_at\":" INSTANT("When it was done.") ","
		"\"contractor_name\":{\"type\":[\"string\",\"null\"],\"description\":\"Who was hired for it.\"},"
		"\"completed_by\":" PERSON ",\"recorded_by\":" PERSON ","
		"\"actual_cost\":{\"type\":[\"string\",\"null\"],\"description\":\"Decimal, in the currency of the residence.\",\"pattern\":\"^-?[0-9]+(\\\\.[0-9]+)?$\"},"
		"\"note\":{\"type\":[\"string\",\"null\"],\"description\":\"What somebody wrote to it.\"},"
		"\"rating\":{\"type\":[\"integer\",\"null\"],\"description\":\"1 to 5.\"},"
		"\"created_at\":" INSTANT("When it was noted.") ",\"updated_at\":" INSTANT("When it was last changed.") ",\"version\":" NUMBER("Counts changes.")) ","
	"\"Lookup\":{\"type\":\"object\",\"description\":\"An item of a lookup list. Some lists have more members.\","
		"\"required\":[\"code\",\"label\",\"position\"],\"properties\":{"
		"\"code\":" STRING("What other objects refer to; never changes.") ","
		"\"label\":" STRING("What to show.") ","
		"\"position\":{\"type\":\"integer\",\"description\":\"Order in the list.\"},"
		"\"icon\":" STRING("Name of an icon.") ",\"color\":" STRING("As in CSS.") ","
		"\"rank\":{\"type\":\"integer\",\"description\":\"Higher is more urgent.\"}}},"
	"\"StaticData\":" OBJECT("\"residence_types\",\"residence_roles\",\"task_categories\",\"task_priorities\",\"task_states\"",
		LOOKUPS("residence_types") "," LOOKUPS("residence_roles") "," LOOKUPS("task_categories") ","
		LOOKUPS("task_priorities") "," LOOKUPS("task_states")) ","
	"\"StaticList\":" OBJECT("\"results\"", LOOKUPS("results")) ","
	"\"FieldError\":" OBJECT("\"field\",\"pointer\",\"code\",\"detail\"",
		"\"field\":" STRING("Name in the body, the query or the headers.") ","
		"\"pointer\":{\"type\":[\"string\",\"null\"],\"description\":\"JSON pointer into the body.\"},"
		"\"code\":" STRING("Never changes.") ",\"detail\":" STRING("For people.")) ","
	"\"Problem\":{\"type\":\"object\",\"description\":\"RFC 9457. More members by code: current with stale; occurrence with not_current_occurrence; limit, used, max and tier_needed with plan_limit_reached.\","
		"\"required\":[\"type\",\"title\",\"status\",\"code\",\"request_id\"],\"properties\":{"
		"\"type\":{\"type\":\"string\",\"format\":\"uri-reference\",\"description\":\"Of the problem; goes with its code.\"},\"title\":" STRING("For people.") ","
		"\"status\":{\"type\":\"integer\",\"description\":\"The status of the answer.\"},\"detail\":" STRING("For people.") ","
		"\"code\":" STRING("For programs; never changes.") ",\"request_id\":" STRING("As in the log.") ","
		"\"errors\":{\"type\":\"array\",\"items\":" REF("FieldError") "},"
		"\"limit\":" STRING("With plan_limit_reached: which one.") ",\"used\":" NUMBER("How many there are.") ","
		"\"max\":" NUMBER("How many there may be.") ",\"tier_needed\":{\"type\":[\"string\",\"null\"],\"description\":\"The tier that lifts it.\"},"
		"\"occurrence\":" NUMBER("The occurrence of the task that is due now.") ","
		"\"current\":{\"type\":\"object\",\"description\":\"The object as it is now.\"}}}";

static const struct schema written[] = { { "Sync", sync_schema }, { NULL, NULL } };

static const char info[] =
	"{\"title\":\"Hob\",\"version\":\"1\",\"summary\":\"A household and what belongs to it\","
	"\"description\":\"Changes are additive: ignore members you do not know, and treat unknown values of a "
	"code as the description says. Every failure is a problem document.\","
	"\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"}}";
static const char tags[] =
	"[{\"name\":\"Accounts\",\"description\":\"Signing up, in and out\"},"
	"{\"name\":\"Residences\",\"description\":\"The homes that people keep\"},"
	"{\"name\":\"Sharing\",\"description\":\"Who belongs to a residence\"},"
	"{\"name\":\"Tasks\",\"description\":\"What is to be done, and the board\"},"
	"{\"name\":\"Completions\",\"description\":\"What was done, and taking it back\"},"
	"{\"name\":\"Templates\",\"description\":\"Maintenance through the year\"},"
	"{\"name\":\"Reports\",\"description\":\"Sums and forecasts\"},"
	"{\"name\":\"Calendar\",\"description\":\"Feeds for calendar programs\"},"
	"{\"name\":\"Sync\",\"description\":\"Keeping a copy\"},"
	"{\"name\":\"Lookups\",\"description\":\"Codes and their labels\"},"
	"{\"name\":\"Operations\",\"description\":\"For those who run the server\"}]";
/* clang-format on */

const struct words api_words = {
	.words = words,
	.word_count = sizeof(words) / sizeof(words[0]),
	.schemas = schemas,
	.written = written,
	.info = info,
	.tags = tags,
};
