/*
 * doc.c: the words of the API document: the meanings of names. Those of one schema:
 * doc_schemas.c; schemas, descriptions and examples: document/. Nothing here changes what
 * the API does; a route without an operation, or a name without a word, fails `hob-api
 * -t` and the tests.
 */
#include "api/doc.h"

#include <stddef.h>

#include "api/search.h"
#include "api/sync.h"
#include "document.h"
#include "serve/surface.h"
#include "statements.h"

/* clang-format off */
/* In the order of the alphabet. */
static const struct word words[] = {
	{ "access_token_id", "One access token of the caller.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7a61\"", false },
	{ "access_tokens_ended", "How many access tokens ended: new ones have to be made.", "1", false },
	{ "action", "What was done: created, updated, deleted, restored, joined, left, removed, role_changed, transferred, revoked, undone, moved_in or moved_out, of a task that comes from another residence or goes to one; treat unknown values as updated.", "\"updated\"", false },
	{ "active", "Whether it is told anything.", "true", false },
	{ "actual_cost", "What it cost. Decimal, in the currency of the residence.", "\"31.50\"", true },
	{ "address", "Where its business is, in lines.", "\"2 Depot Street\\nBrattleboro, VT 05301\"", true },
	{ "after", "The id of the task behind which it goes on.", NULL, false },
	{ "after_id", "The task it shall stand behind; null for the top.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7c02\"", true },
	{ "alarm", "Minutes before a task is due at which a calendar rings, instead of those of the feed.", "30", false },
	{ "alarm_minutes", "Minutes before a task is due at which a calendar rings, of a day from midnight; null for never.", "30", true },
	{ "already_shown", "This request was answered before: the secret was in that answer, and is no longer known.", "false", false },
	{ "anchor", "Whether the next day counts from the day it is due (due) or from the day it was done (completion).", "\"due\"", false },
	{ "app_version", "Version of the app on it.", "\"2.4.1\"", false },
	{ "archived", "Hidden from the board and, unless asked for, from lists.", "false", false },
	{ "as_of", "When the board was drawn.", "\"2026-11-23T08:30:03Z\"", false },
	{ "assigned_to", "The member who shall do it; null when it is anybody's.", NULL, true, "Person" },
	{ "assigned_to_id", "The member who shall do it; null when it is anybody's.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7a01\"", true },
	{ "assigned_to_me", "Only tasks that are the caller's to do.", "false", false },
	{ "at", "When it was done.", "\"2026-11-23T08:30:03Z\"", false },
	{ "attached", "Does it hang on something?", "false", false },
	{ "attempts", "How often it was tried.", "0", false },
	{ "bathrooms", "Number of bathrooms, halves allowed.", "\"2.5\"", true },
	{ "bedrooms", "Number of bedrooms.", "4", true },
	{ "before_id", "The newest notification that the person saw; newer ones stay as they are.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7a81\"", false },
	{ "body", "More about it, in the language of the request.", "\"A task at Chestnut Hill.\"", false },
	{ "bom", "Begin CSV with a byte order mark, which Excel needs; a browser gets it unasked.", "true", false },
	{ "bytes", "How many bytes it has: as it was sent, and, as soon as it is ready, as it is downloaded.", "48213", false },
	{ "calendar_feeds_ended", "How many calendar feeds ended: their addresses are read no more, new ones have to be made.", "1", false },
	{ "call_out_rate", "What coming costs. Decimal, in the currency of the residence.", "\"95.00\"", true },
	{ "category", "Code of a task category.", "\"plumbing\"", false },
	{ "changes", "Names of the fields that an update changed.", "[\"due_on\",\"title\"]", false },
	{ "channel", "The way by which it went.", NULL, false, "DeliveryChannel" },
	{ "city", "Town or city.", "\"Brattleboro\"", true },
	{ "climate", "Where it is needed; in a query, also what is needed everywhere. Treat unknown values as any.", "\"cold\"", false },
	{ "code", "Of a template, what it is referred to by; of a share code, twelve characters, in any case, with or without hyphens.", "\"7K3D-MN0Q-X4VB\"", false },
	{ "codes", "Codes of templates.", "[\"clean_gutters\"]", false },
	{ "company", "Name of its business.", "\"Green Mountain Oil & Heat\"", true },
	{ "completed", "Nothing of it is open any more; in a query, only such tasks, or only the others.", "false", false },
	{ "completed_at", "When it was done; in a body now when it is left out.", "\"2026-11-23T08:30:03Z\"", false },
	{ "completed_by", "Who did it.", NULL, false, "Person" },
	{ "completed_by_id", "Who did it; in a body the caller when it is left out.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7a01\"", false },
	{ "completion_count", "How often it was done; what was skipped does not count.", "0", false },
	{ "completion_id", "One completion.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7d01\"", false },
	{ "contact_person", "Whom to ask for.", "\"Walt Pruitt\"", true },
	{ "contractor_id", "One contractor.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7f01\"", true },
	{ "contractor_name", "Who was hired for it.", "\"Sweep & Sons\"", true },
	{ "count", "Of a column of the board, how many tasks; of a rule, how many occurrences in all.", "3", true },
	{ "country", "ISO 3166-1 code.", "\"US\"", true },
	{ "counts", "Open work by column of the board.", NULL, false },
	{ "created_at", "When it was made.", "\"2026-11-23T08:30:03Z\"", false },
	{ "created_by", "Who made it.", NULL, false, "Person" },
	{ "currency", "ISO 4217 code, of every amount in this residence.", "\"USD\"", false },
	{ "current", "Is it the session of this request?", "true", false },
	{ "cursor", "The next_cursor of the page before; bound to the filters.", NULL, false },
	{ "days", "By how many days, from today or from the day it is due, whichever is later; 1 when until is absent too. Not beside until.", "3", false },
	{ "days_threshold", "Within how many days, today the first, a task is due soon.", "30", false },
	{ "delete_at", "When the account is erased, unless somebody signs in to it before.", "\"2026-12-07T08:30:03Z\"", false },
	{ "description", "More about it.", "\"Bring the long ladder.\"", true },
	{ "device_id", "One device of the caller.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7a71\"", false },
	{ "device_name", "What the person calls the device.", "\"Kitchen tablet\"", true },
	{ "disabled_at", "Since when nothing is pushed to it; null: it is pushed to.", "\"2026-11-23T08:30:03Z\"", true },
	{ "disabled_reason", "Why nothing is pushed to it.", "\"unregistered\"", true },
	{ "do_not_use", "Nobody shall hire it again.", "false", false },
	{ "do_not_use_reason", "Why not; null without the flag.", "\"Took a deposit and did not come.\"", true },
	{ "document_id", "One document.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7c81\"", false },
	{ "document_types", "Types of documents.", NULL, false },
	{ "dry_run", "Only tell what would be done.", "true", false },
	{ "due_after", "When the task was due next; null when that was the last.", "\"2026-12-14\"", true },
	{ "due_before", "When it was due.", "\"2026-11-23\"", true },
	{ "due_on", "Day on which it is due, in the zone of its residence.", "\"2027-05-14\"", true },
	{ "due_soon", "Number of tasks due within days_threshold.", "2", false },
	{ "due_time", "Time of that day; null for the whole day, and without a day.", "\"17:30\"", true },
	{ "email", "Mail address: at most 64 bytes before the @, 254 in all.", "\"robin@example.com\"", false },
	{ "email_verified", "Is it known that the account's owner reads its mail address?", "true", false },
	{ "ended_at", "When that was; null: it is still to be sent.", "\"2026-11-23T08:30:03Z\"", true },
	{ "environment", "Of the app: production from a store, sandbox from a developer.", "\"production\"", false },
	{ "estimated_cost", "Decimal, in the currency of the residence.", "\"25.00\"", true },
	{ "event", "What was done, as in events.", "\"task.completed\"", false, "WebhookEvent" },
	{ "event_id", "The id of what was done, as in the activity; it is the webhook-id of what is sent, the same at every try.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7e02\"", false },
	{ "events", "What it is told of.", "[\"task.completed\",\"task.created\"]", false, "WebhookEvent", "WantedEvent" },
	{ "every", "Every so many of the unit.", "1", false },
	{ "expires_at", "When it ends at the latest.", "\"2027-05-22T08:30:03Z\"", false },
	{ "expires_in_hours", "For how many hours the code works.", "168", false },
	{ "expiring_warranties", "Number of active warranties of which a line of cover ends within 30 days.", "1", false },
	{ "export_id", "One export of the caller.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7aa1\"", false },
	{ "export_token", "From the link of an export: its id, and what seals it.", NULL, false },
	{ "failing_since", "Since when nothing that was sent has been taken; null while all is well. After five days it is switched off.", "\"2026-11-23T08:30:03Z\"", true },
	{ "feature", "What a residence must have for it; null for every residence.", "\"gutters\"", true },
	{ "feed", "The secret of a feed, and .ics.", NULL, false },
	{ "feed_id", "One calendar feed of the caller.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7d51\"", false },
	{ "file_id", "One file of it.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7f51\"", false },
	{ "file_token", "From a link to a file: which one, for whom and until when, and what seals it.", NULL, false },
	{ "files", "The oldest 20 files that hang on it; there only where include asked for them. Their next_cursor goes on at the list of its files.", NULL, false },
	{ "first_name", "Given name.", "\"Robin\"", false },
	{ "first_photo_id", "The oldest of the photos that photo_count counts, as a file_id of its .../files; null: there is none.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7f51\"", true },
	{ "first_weekday", "With which day a week begins in calendars. Rules count weeks from Monday.", NULL, false, "Weekday", "Weekday" },
	{ "floor_area", "Square metres.", "\"186.00\"", true },
	{ "format", "json or csv; of an export csv or ics.", "\"json\"", false },
	{ "from", "First day, in the zone of the residence.", "\"2026-01-01\"", true },
	{ "hemisphere", "Where the seasons are turned round; what the country of the residence says when it is left out.", "\"north\"", false },
	{ "hidden", "Only pending tasks whose starts_on is still to come, instead of the others.", "false", false },
	{ "hint", "The last four characters of the token, to recognise it by.", "\"s2r8\"", false },
	{ "hourly_rate", "What an hour costs. Decimal, in the currency of the residence.", "\"110.00\"", true },
	{ "id", "A UUIDv7; one made by the client is kept.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7c01\"", false },
	{ "in_digest", "Is it told together with others, in one push or mail?", "false", false },
	{ "in_progress", "Number of tasks somebody is at.", "1", false },
	{ "inbox", "Kinds of notifications that stand in the inbox; security always does.", "[\"security\",\"task_due\"]", false, "NotificationKind", "WantedKind" },
	{ "include", "files adds the oldest 20 that hang on it.", "\"files\"", false },
	{ "insurance_expires_on", "Last day on which it is insured.", "\"2027-05-14\"", true },
	{ "invitation_id", "One invitation to the caller's address.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7b71\"", false },
	{ "invited_by", "The name of who invites.", "\"Robin Goodfellow\"", false },
	{ "is_favorite", "Whether the caller likes to call it; in a query, only such contractors, or only the others.", "true", false },
	{ "is_overdue", "Open, and past its day, or past its time today, in the zone of its residence; it changes with the clock.", "false", false },
	{ "job_count", "How many completions name it, those that were undone or skipped left out.", "3", false },
	{ "joined_at", "Since when.", "\"2026-11-23T08:30:03Z\"", false },
	{ "keep_current", "Spare the session of this request.", "true", false },
	{ "kind", "Only those of this kind.", "\"task_due\"", false },
	{ "label", "What a phone is for.", "\"Office\"", true },
	{ "last_completed_at", "When it was last done.", "\"2026-11-23T08:30:03Z\"", true },
	{ "last_completed_by", "Who did it last.", NULL, true, "Person" },
	{ "last_completion_id", "The newest completion, done or skipped: what undo takes back.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7d01\"", true },
	{ "last_name", "Family name.", "\"Goodfellow\"", false },
	{ "last_seen_at", "When it was last used, to the hour.", "\"2026-11-23T08:30:03Z\"", false },
	{ "last_used_at", "When it was last used, to the hour; null: never.", "\"2026-11-23T08:30:03Z\"", true },
	{ "last_used_on", "Day of the newest of these, where the residence is.", "\"2026-11-22\"", true },
	{ "lead_days", "How many days before it is due a task starts; at once when it is left out.", "14", true },
	{ "licence_number", "Number of its licence.", "\"VT-H-20417\"", true },
	{ "limit", "Most results of a page; what is above the greatest is cut to it, 200 for a list.", "50", false },
	{ "list", "Name of a lookup list.", "\"task_categories\"", false },
	{ "locale", "Language tag: of what is said to the account where no Accept-Language comes.", "\"en\"", false },
	{ "made_at", "When it was made; null: not yet.", "\"2026-11-23T08:30:05Z\"", true },
	{ "mail", "Kinds of notifications that are mailed; security always is.", "[\"security\"]", false, "NotificationKind", "WantedKind" },
	{ "max_uses", "How many may join by it.", "1", false },
	{ "media_type", "What it is, by its content: a HEIC is a JPEG as soon as it is ready.", "\"image/jpeg\"", false },
	{ "member_count", "How many belong to it, the owner included.", "2", false },
	{ "minutes", "How long it takes, roughly; null when a craftsman does it.", "60", true },
	{ "missed", "How many days on which it would have been due went by before.", "0", false },
	{ "month", "In which month it begins, in the northern hemisphere; null when any will do.", "10", true },
	{ "month_day", "Day of the month, cut to its length; -1 is the last.", "31", true },
	{ "my_rating", "The caller's own rating, 1 to 5.", "5", true },
	{ "my_rating_note", "What they noted with it; nobody else sees it.", "\"Came within two hours.\"", true },
	{ "name", "What it or they are called.", "\"Chestnut Hill\"", false },
	{ "new_password", "8 to 256 bytes of UTF-8, and none that everybody tries first.", NULL, false },
	{ "next_at", "When it is tried next; null: not any more.", "\"2026-11-23T08:30:03Z\"", true },
	{ "note", "What somebody wrote to it.", "\"The ladder is too short.\"", true },
	{ "notes", "What else there is to know.", "\"Book in August.\"", true },
	{ "notification_id", "One notification of the caller.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7a81\"", false },
	{ "nth_weekday", "Which of those weekdays in the month; -1 is the last.", "2", true },
	{ "number", "A phone number, as it was written.", "\"+1 802 555 0111\"", false },
	{ "occurrence", "Number of the occurrence, 1 the first; of a task the open one, or the last when it is done for good. Sent along, it makes a second tap harmless.", "1", false },
	{ "old_password", "The one until now.", NULL, false },
	{ "ordering", "Key to sort by, descending with a minus before it.", NULL, false },
	{ "outcome", "done or skipped; treat unknown values as done.", "\"done\"", false },
	{ "overdue", "Number of tasks past their day.", "1", false },
	{ "owner", "Who owns the residence.", NULL, false, "Person" },
	{ "owner_name", "Who owns the residence.", "\"Robin\"", false },
	{ "password", "8 to 256 bytes of UTF-8 where one is chosen.", NULL, false },
	{ "path", "Address of the feed on this server. Whoever has it reads the feed.", "\"/api/calendar/WkFJ7oQ0b1rVnq6m2cTz9xYdE4uHsKpL.ics\"", false },
	{ "phones", "Its phones.", NULL, false, "Phone" },
	{ "photo_count", "How many pictures hang on it as files that are ready. One that comes or goes makes no new version.", "0", false },
	{ "platform", "Of the phone.", "\"ios\"", false },
	{ "position", "A key to sort by, byte for byte.", "\"10401932799901942f3a6f007a108c015d2e9b4f7c01\"", false },
	{ "postal_code", "As written on a letter there.", "\"05301\"", true },
	{ "priority", "Code of a task priority.", "\"medium\"", false },
	{ "purchase_price", "Decimal, in the currency of the residence.", "\"412000.00\"", true },
	{ "purchased_on", "Day of the purchase.", "\"2020-08-08\"", true },
	{ "push", "Kinds of notifications that are pushed to phones.", "[\"task_due\"]", false, "NotificationKind", "WantedKind" },
	{ "quiet_from", "From when on nothing is pushed or mailed, in the time zone of the account; null, like quiet_until, for no quiet hours.", "\"22:00\"", true },
	{ "quiet_until", "Until when nothing is pushed or mailed; the next day when it is before quiet_from.", "\"07:00\"", true },
	{ "rating", "1 to 5.", "4", true },
	{ "rating_count", "How many people of the residence have rated it.", "2", false },
	{ "read_at", "When it was read; null: not yet.", "\"2026-11-23T08:30:03Z\"", true },
	{ "reason", "Why it is not accepted; of one that waits, what the last try met with; null: there is none.", NULL, true, "DeliveryReason" },
	{ "recorded_by", "Who noted it.", NULL, false, "Person" },
	{ "recurrence", "The rule by which it comes back, or the code of a simple one; null when it is done once. weekdays go with weeks, or one of them with nth_weekday in months and years; month_day with months and years; until and count not together. It needs a first day, due_on or starts_on, and a second one.", "{\"unit\":\"month\",\"every\":3}", true, "Recurrence" },
	{ "region", "State, province or the like.", "\"VT\"", true },
	{ "remind_at", "When reminders of a day come, in the time zone of the account.", "\"09:00\"", false },
	{ "remind_before", "How long before something is due one is reminded, P0D on the day itself, where the thing says nothing of its own.", "[\"P7D\",\"P0D\"]", false, "ReminderSpan", "WantedSpan" },
	{ "request_id", "X-Request-Id of the request that did it.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7f01\"", true },
	{ "residence", "The residence it opens.", NULL, false },
	{ "residence_id", "The residence it belongs to.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7b01\"", false },
	{ "residence_ids", "The residences it is for; null for all of the caller's, also those to come.", "[\"01942f3a-6f00-7a10-8c01-5d2e9b4f7b01\"]", true },
	{ "residence_roles", "Roles in a residence.", NULL, false },
	{ "residence_types", "Types of residences.", NULL, false },
	{ "response_status", "What the other side answered last; null: nothing yet.", "204", true },
	{ "results", "The items.", NULL, false },
	{ "role", "The role in the residence, the caller's own where none else is meant; of a share code or an invitation one below its maker's. Treat unknown values as viewer.", "\"member\"", false },
	{ "scope", "read or write; who may write may read as well.", "\"read\"", false, "TokenScope", "GivenTokenScope" },
	{ "search", "Part of a name, a title or an address, or of the first 280 characters of a text, in any case. Counts as ten reads.", "\"attic\"", false },
	{ "season", "spring, summer, autumn, winter or any.", "\"autumn\"", false },
	{ "secret", "What signs what is sent: whsec_ and base64, as Standard Webhooks has it. It is shown only now; null when it was shown before.", "\"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"", true },
	{ "sent_invitation_id", "One invitation to the residence.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7b71\"", false },
	{ "session_id", "One session of the caller.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7a52\"", false },
	{ "sessions_ended", "How many sessions ended.", "2", false },
	{ "sha256", "SHA-256 in hexadecimal of its bytes: as they were sent, and, as soon as it is ready, as they are downloaded.", "\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"", false },
	{ "share_code_id", "One share code of the residence.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7b51\"", false },
	{ "since", "The sync_token of the last answer; without it the first sync begins.", NULL, false },
	{ "specialties", "Codes of what it does, of the list specialties.", "[\"heating\"]", false },
	{ "specialty", "Code of the list specialties.", "\"heating\"", false },
	{ "starts_on", "Day from which the rule counts, the task's own when it is left out. A preview needs one, here or in the rule, and the rule's goes first.", "\"2027-01-31\"", true },
	{ "state", "Of a task pending, in_progress or cancelled; of a share code active, used, expired or revoked, as it also is when its maker leaves or may not give that role any more; treat unknown values as pending, or as expired.", "\"pending\"", false },
	{ "status", "Whether it was delivered.", "\"pending\"", false, "DeliveryStatus" },
	{ "street_address", "Street and number.", "\"14 Chestnut Hill Road\"", true },
	{ "subject", "What was changed: residence, member, task, completion, document, file or share_code, which managers see; skip unknown values.", "\"task\"", false },
	{ "subject_id", "Which one; of a member, the id of the user.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7c01\"", false },
	{ "task", "The task as it is now.", NULL, false, "Task" },
	{ "task_categories", "Categories of tasks.", NULL, false },
	{ "task_id", "One task; of a template, the one that the residence has of it.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7c01\"", true },
	{ "task_priorities", "Priorities of tasks; the higher the rank the more urgent.", NULL, false },
	{ "task_states", "States of tasks.", NULL, false },
	{ "time_zone", "IANA time zone; it decides what today is.", "\"America/New_York\"", false },
	{ "title", "What is to be done, in a line.", "\"Clean the gutters\"", false },
	{ "to", "Last day.", "\"2026-12-31\"", true },
	{ "today", "The day it is there.", "\"2026-11-23\"", false },
	{ "token", "The token: hob_pat_ and 49 characters. It is shown only now.", "\"hob_pat_VnEwQjdoY2NkT0d0Y3Z4bWZ0a0J2cUx5b1pXaXRhcXJ3bs2r8\"", false },
	{ "total_spend", "What these cost together. Decimal, in the currency of the residence.", "\"631.50\"", false },
	{ "type", "Code of a residence type.", "\"house\"", false },
	{ "unit", "Flat, floor or the like; of a rule day, week, month or year.", "\"2b\"", true },
	{ "unread", "Only what is unread, or only what is read.", "true", false },
	{ "unsubscribe_token", "From a link of a mail: the kind or all, the account, and what seals them.", NULL, false },
	{ "until", "Last day, the day itself included.", "\"2027-06-30\"", true },
	{ "upcoming", "Number of other open tasks.", "7", false },
	{ "updated_at", "When it was last changed.", "\"2026-11-23T08:30:03Z\"", false },
	{ "upload_id", "One file that the caller has sent.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7f51\"", false },
	{ "upload_ids", "Files that the caller has sent within a day and hang on nothing yet.", "[\"01942f3a-6f00-7a10-8c01-5d2e9b4f7f51\"]", false },
	{ "uploaded_by", "Who sent it.", NULL, false, "Person" },
	{ "url", "Where it leads: https, on the public internet.", "\"https://example.com/hooks/home\"", false },
	{ "used_count", "How many joined by it.", "1", false },
	{ "user", "Whom it is about, by the name last known here.", NULL, false, "Person" },
	{ "user_id", "A person; in a query, only what they did.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7a02\"", false },
	{ "uses", "Who joined by it, and when.", NULL, false, "ShareCodeUse" },
	{ "variant", "The file itself (main), or a picture of it: as large as a screen (display), or small (thumb).", "\"thumb\"", false },
	{ "variants", "What of it can be downloaded: nothing before it is ready. Skip unknown values.", "[\"display\",\"main\",\"thumb\"]", false, "FileVariant" },
	{ "version", "Counts changes; what If-Match compares, and a PATCH may name in its body.", "1", false },
	{ "webhook_id", "One webhook of the residence.", "\"01942f3a-6f00-7a10-8c01-5d2e9b4f7b61\"", false },
	{ "webhooks_ended", "How many webhooks that the account had made ended.", "1", false },
	{ "website", "Its site: an address that begins with http:// or https://.", "\"https://gmoil.example\"", true },
	{ "weekdays", "Days of the week.", "[\"mon\",\"thu\"]", false },
	{ "year_built", "Year in which it was built.", "1931", true },
};


static const struct schema written[] = { { "Search", search_schema }, { "Sync", sync_schema }, { NULL, NULL } };
static const struct row_schema rows[] = {
	{ "SyncTask", Q_SYNC_TASKS }, { "SyncCompletion", Q_SYNC_COMPLETIONS },
	{ "SyncDocument", Q_SYNC_DOCUMENTS }, { "SyncContractor", Q_SYNC_CONTRACTORS },
	{ NULL, 0 }
};
static const struct likeness likes[] = {
	{ "CompletionAndTask", "Completion" }, { "SyncCompletion", "Completion" }, { "SyncTask", "Task" },
	{ "SyncContractor", "Contractor" },
	{ "SyncDocument", "Document" }, { NULL, NULL }
};

/* Codes that handlers say, beside those of refusals[]. */
static const struct refusal said[] = {
	{ "letter_not_valid", NULL, ERR_NOT_FOUND, "letter_not_valid", "This link or code is not valid. It may be mistyped, used or too old: ask for a new one." },
	{ "invalid_credentials", NULL, ERR_UNAUTHORIZED, "invalid_credentials", "Mail address or password is wrong." },
	{ "webhooks_off", NULL, ERR_CONFLICT, "webhooks_off", "This server is not set up for webhooks yet." },
	{ "store_off", NULL, ERR_CONFLICT, "store_off", "This server sells nothing in this store." },
	{ "not_genuine", NULL, ERR_FORBIDDEN, "not_genuine", "The store has not signed this for this app." },
	{ "no_file", NULL, ERR_MALFORMED, "no_file", "There is no file in it." },
	{ "file_too_large", NULL, ERR_TOO_LARGE, "file_too_large", "A file may have 25600 KiB at most." },
	{ "file_type_not_allowed", NULL, ERR_MEDIA_TYPE, "file_type_not_allowed", "A file of this kind is not taken." },
	{ "malformed_csv", NULL, ERR_MALFORMED, "malformed_csv", "The quotes of line 7 do not end." },
	{ "malformed_vcard", NULL, ERR_MALFORMED, "malformed_vcard", "There is no card in this file." },
	{ NULL, NULL, ERR_OK, NULL, NULL }
};

/* The order in which the examples of operations follow each other. */
static const char *const story[] = {
	"getLive", "getReady", "getOpenapi", "getStaticData", "getStaticList", "listTiers", "register", "login", "getMe",
	"resendVerification", "verifyEmail", "updateMe", "createResidence", "getSubscription", "getResidence", "updateResidence", "createTask", "listTasks",
	"updateTask", "bulkTasks", "previewRecurrence", "listTaskTemplates", "applyTaskTemplates",
	"startTask", "stopTask", "snoozeTask", "moveTask", "copyTask", "transferTask", "cancelTask",
	"uncancelTask", "archiveTask", "unarchiveTask", "deleteTask", "getBoard", "completeTask", "getTask",
	"addTaskFiles", "listTaskFiles", "getTaskFile", "downloadTaskFile", "linkTaskFile", "deleteTaskFile",
	"listOccurrences", "search", "listTaskCompletions", "listCompletions", "getCompletion",
	"updateCompletion",
	"addCompletionFiles", "listCompletionFiles", "getCompletionFile", "downloadCompletionFile", "linkCompletionFile", "deleteCompletionFile",
	"skipTask", "undoCompletion", "getReport", "exportTasks", "importTasks",
	"addResidenceFiles", "listResidenceFiles", "getResidenceFile", "downloadResidenceFile", "linkResidenceFile", "showLinkedFile", "deleteResidenceFile",
	"createUpload", "getUpload", "deleteUpload", "setAvatar", "downloadAvatar", "deleteAvatar",
	"createContractor", "listContractors", "getContractor", "updateContractor", "favorContractor", "rateContractor",
	"listContractorTasks", "exportContractor", "importContractors", "unrateContractor", "unfavorContractor", "deleteContractor",
	"createDocument", "getDocument", "updateDocument", "listDocuments", "listWarranties", "listExpiring",
	"addDocumentFiles", "listDocumentFiles", "getDocumentFile", "downloadDocumentFile", "linkDocumentFile", "deleteDocumentFile",
	"deactivateDocument", "activateDocument", "voidDocument", "unvoidDocument", "deleteDocument",
	"listResidences", "listSummaries", "deleteCompletion", "createCalendarFeed", "listCalendarFeeds",
	"getCalendarFeed", "updateCalendarFeed", "getCalendar", "deleteCalendarFeed", "createAccessToken",
	"listAccessTokens", "getAccessToken", "updateAccessToken", "deleteAccessToken", "createShareCode",
	"listShareCodes", "previewShareCode", "joinResidence", "listMembers", "getMember", "createWebhook",
	"listWebhooks", "getWebhook", "updateWebhook", "rotateWebhookSecret", "assignTask",
	"listWebhookDeliveries", "deleteWebhook", "createDevice", "listDevices", "getDevice", "testDevice",
	"getNotificationPreferences", "updateNotificationPreferences", "unsubscribe", "listNotifications", "listNotificationDeliveries", "deleteDevice", "countUnread", "readNotification", "unreadNotification", "readAllNotifications",
	"deleteNotification", "setRole", "removeMember", "revokeShareCode", "createInvitation", "listInvitations",
	"listReceivedInvitations", "declineInvitation", "acceptInvitation", "revokeInvitation",
	"listActivity", "sync", "transferResidence", "leaveResidence", "deleteResidence", "listSessions",
	"revokeSession",
	"createExport", "getExport", "downloadExport", "changeEmail", "confirmEmail", "changePassword", "logoutAll", "logout", "forgotPassword",
	"resetPassword", "deleteAccount", NULL
};

static const char info[] =
	"{\"title\":\"Hob\",\"version\":\"1\",\"summary\":\"A household and what belongs to it\","
	"\"description\":\"Changes are additive: ignore members you do not know, and treat unknown values of a "
	"code as the description says. Every failure is a problem document.\\n\\n"
	"Every POST, PUT, PATCH and DELETE takes an Idempotency-Key: make one for each request and send it with every try of it. For 24 hours the request is then done once, and "
	"answered with the status and the shape of the first time, showing things as they are now, with Idempotency-Replayed: true; 410 when what it would show is gone, and "
	"422 for another request under the key. A try while the first is running is 409 idempotency_in_progress. "
	"Register may be sent again under its key, too; login may simply be repeated. "
	"Where waiting helps (429, 503, idempotency_in_progress) Retry-After says how many seconds.\","
	"\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"}}";
static const char tags[] =
	"[{\"name\":\"Accounts\",\"description\":\"Signing up, in and out\"},"
	"{\"name\":\"Access tokens\",\"description\":\"Keys for scripts and home automation\"},"
	"{\"name\":\"Residences\",\"description\":\"The homes that people keep\"},"
	"{\"name\":\"Sharing\",\"description\":\"Who belongs to a residence\"},"
	"{\"name\":\"Tasks\",\"description\":\"What is to be done, and the board\"},"
	"{\"name\":\"Completions\",\"description\":\"What was done, and taking it back\"},"
	"{\"name\":\"Contractors\",\"description\":\"Who works for a household\"},"
	"{\"name\":\"Documents\",\"description\":\"Papers, warranties and what ends when\"},"
	"{\"name\":\"Files\",\"description\":\"Photos and papers that hang on things\"},"
	"{\"name\":\"Templates\",\"description\":\"Maintenance through the year\"},"
	"{\"name\":\"Reports\",\"description\":\"Sums and forecasts\"},"
	"{\"name\":\"Calendar\",\"description\":\"Feeds for calendar programs\"},"
	"{\"name\":\"Search\",\"description\":\"Finding what is somewhere\"},"
	"{\"name\":\"Webhooks\",\"description\":\"Telling other servers what is done in a residence\"},"
	"{\"name\":\"Notifications\",\"description\":\"What people are told, and the phones that are told\"},"
	"{\"name\":\"Sync\",\"description\":\"Keeping a copy\"},"
	"{\"name\":\"Lookups\",\"description\":\"Codes and their labels\"},"
	"{\"name\":\"Operations\",\"description\":\"For those who run the server\"}]";
/* clang-format on */

const struct words api_words = {
	.words = words,
	.word_count = sizeof(words) / sizeof(words[0]),
	.of_schemas = words_of_schemas,
	.schemas = document_schemas,
	.operations = document_operations,
	.story = story,
	.written = written,
	.rows = rows,
	.likes = likes,
	.items = bulk_items,
	.said = said,
	.info = info,
	.tags = tags,
};
