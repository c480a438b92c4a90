/*
 * answer.c: what an answer of Gorush means for one device. Pure: bytes in, a verdict out.
 * Whatever is not as it should be is tried later; no device is given up for it.
 */
#include "push/answer.h"

#include <string.h>

#include "core/strbuf.h"
#include "json/json.h"

enum { WORDS_MAX = 200 };

/* An answer is as deep as its logs, and has six values for each; there is one, or one for each retry. */
static const struct json_limits limits = { .depth = 4, .values = 1000 };

/* --- tables ---------------------------------------------------------------- */

/* clang-format off */
static const char *const names[] = {
	[PUSH_ACCEPTED] = "accepted", [PUSH_AWAY] = "away", [PUSH_SILENT] = "silent",
	[PUSH_LATER] = "later", [PUSH_UNKNOWN] = "unknown", [PUSH_REFUSED] = "refused",
	 [PUSH_ENVIRONMENT] = "environment", [PUSH_DEAD] = "dead",
};

/* Statuses that say that the request itself is wrong. With others but 200 Gorush counts as away. */
static const int refusals[] = { 400, 413, 422 };

/*
 * Errors, whole. Those of APNs are one word: "Sending notification requests to APNs", table of reasons.
 * BadDeviceToken is what APNs says of a token of its other environment, too, and of every token when
 * Gorush talks to the wrong one: so it is not dead at once.
 */
static const struct {
	const char *error;
	enum push_verdict verdict;
} errors[] = {
	/* APNs, 410 */
	{ "Unregistered",                PUSH_DEAD },
	{ "ExpiredToken",                PUSH_DEAD },
	/* FCM, 404: the text of today and the one before it; then 400 */
	{ "NotRegistered",               PUSH_DEAD },
	{ "Requested entity was not found.", PUSH_DEAD },
	{ "The registration token is not a valid FCM registration token", PUSH_DEAD },
	{ "InvalidRegistration",         PUSH_DEAD },
	/* another environment, app or project */
	{ "BadDeviceToken",              PUSH_ENVIRONMENT },
	{ "DeviceTokenNotForTopic",      PUSH_ENVIRONMENT },
	{ "SenderId mismatch",           PUSH_ENVIRONMENT },
	{ "MismatchSenderId",            PUSH_ENVIRONMENT },
	/* the notice */
	{ "PayloadTooLarge",             PUSH_REFUSED },
	{ "PayloadEmpty",                PUSH_REFUSED },
	{ "BadCollapseId",               PUSH_REFUSED },
	{ "BadExpirationDate",           PUSH_REFUSED },
	{ "BadMessageId",                PUSH_REFUSED },
	{ "BadPriority",                 PUSH_REFUSED },
	{ "InvalidPushType",             PUSH_REFUSED },
	{ "Request contains an invalid argument.", PUSH_REFUSED },
	/* the way there, or how Gorush is set up: all devices have it */
	{ "TooManyRequests",             PUSH_LATER },
	{ "TooManyProviderTokenUpdates", PUSH_LATER },
	{ "IdleTimeout",                 PUSH_LATER },
	{ "InternalServerError",         PUSH_LATER },
	{ "ServiceUnavailable",          PUSH_LATER },
	{ "Shutdown",                    PUSH_LATER },
	{ "BadTopic",                    PUSH_LATER },
	{ "MissingTopic",                PUSH_LATER },
	{ "TopicDisallowed",             PUSH_LATER },
	{ "BadCertificate",              PUSH_LATER },
	{ "BadCertificateEnvironment",   PUSH_LATER },
	{ "BadEnvironmentKeyInToken",    PUSH_LATER },
	{ "ExpiredProviderToken",        PUSH_LATER },
	{ "InvalidProviderToken",        PUSH_LATER },
	{ "MissingProviderToken",        PUSH_LATER },
	{ "Forbidden",                   PUSH_LATER },
	{ "Internal error encountered.", PUSH_LATER },
	{ "The service is currently unavailable.", PUSH_LATER },
	{ "max capacity reached",        PUSH_LATER },
};

/* Errors that go on with what Go says of a connection or of an HTTP answer: their beginnings. */
static const char *const passing[] = {
	"Post \"https://", "timed out while making an http call", "failed to establish a connection",
	"unknown error while making an http call", "unexpected http response with status: 5",
	"unexpected http response with status: 429", "Quota exceeded",
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *
push_verdict_name(enum push_verdict v)
{
	return names[v];
}

static enum push_verdict
judge(struct str error)
{
	for (size_t i = 0; i < COUNT(errors); i++)
		if (str_is(error, errors[i].error))
			return errors[i].verdict;
	for (size_t i = 0; i < COUNT(passing); i++)
		if (str_starts(error, str_of(passing[i])))
			return PUSH_LATER;
	return PUSH_UNKNOWN;
}

/* --- words ----------------------------------------------------------------- */

/* Go writes the URL into its errors, and APNs has the token there. */
const char *
push_words(struct arena *a, struct str text, struct str token)
{
	struct strbuf out;
	char *line;

	strbuf_init(&out);
	while (text.len > 0 && out.len < WORDS_MAX) {
		if (token.len > 0 && str_starts(text, token)) {
			strbuf_add_cstr(&out, "TOKEN");
			text.ptr += token.len;
			text.len -= token.len;
			continue;
		}
		strbuf_add_char(&out,
				*text.ptr < ' ' || *text.ptr > '~' ? ' ' : *text.ptr);
		text.ptr++;
		text.len--;
	}
	line = arena_cstr(a, str_trim(strbuf_str(&out)));
	strbuf_release(&out);
	return line;
}

static struct push_result
result(struct arena *a, enum push_verdict verdict, const char *text,
       const struct push_sent *sent)
{
	return (struct push_result){ verdict, push_words(a, str_of(text), sent->token) };
}

/* --- reading --------------------------------------------------------------- */

/* STR_NONE when it is no text. */
static struct str
text_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(item) ? str_of(item->valuestring) : STR_NONE;
}

static bool
counts_fit(const struct json_doc *doc, const struct push_sent *sent)
{
	const cJSON *item = doc->root->child;
	int64_t counts = 0;

	for (size_t i = 0; i < doc->count; i++, item = item->next)
		if (strcmp(item->string, "counts") == 0 &&
		    !str_to_i64(doc->raw[i], &counts))
			return false;
	return counts >= 1 && counts <= sent->counts_max;
}

/* Is each of them a failure of this notice? */
static bool
logs_fit(const cJSON *logs, const struct push_sent *sent)
{
	const cJSON *log;

	if (!cJSON_IsArray(logs))
		return false;
	cJSON_ArrayForEach (log, logs) {
		struct str id = text_of(log, "notif_id");

		if (!str_is(text_of(log, "type"), "failed-push") ||
		    text_of(log, "error").ptr == NULL ||
		    (id.ptr != NULL && !str_eq(id, sent->id)))
			return false;
	}
	return true;
}

/* The heaviest of them. */
static struct push_result
read_logs(struct arena *a, const cJSON *logs, const struct push_sent *sent)
{
	struct push_result heaviest = { PUSH_ACCEPTED, "" };
	const cJSON *log;

	cJSON_ArrayForEach (log, logs) {
		struct str error = text_of(log, "error");
		enum push_verdict verdict = judge(error);

		if (verdict > heaviest.verdict)
			heaviest = result(a, verdict, error.ptr, sent);
	}
	return heaviest;
}

static struct push_result
read_ok(struct arena *a, const struct json_doc *doc, const struct push_sent *sent)
{
	const cJSON *logs = cJSON_GetObjectItemCaseSensitive(doc->root, "logs");

	if (!str_is(text_of(doc->root, "success"), "ok") || !logs_fit(logs, sent))
		return result(a, PUSH_LATER, "an answer that is none of Gorush's", sent);
	if (logs->child != NULL)
		return read_logs(a, logs, sent);
	if (!counts_fit(doc, sent))
		return result(a, PUSH_LATER,
			      "ok, but its counts are not of what was sent: is the "
			      "platform enabled?",
			      sent);
	return (struct push_result){ PUSH_ACCEPTED, "" };
}

static struct push_result
read_refusal(struct arena *a, int status, const struct json_doc *doc,
	     const struct push_sent *sent)
{
	struct str message = doc != NULL ? text_of(doc->root, "message") : STR_NONE;
	enum push_verdict verdict = PUSH_AWAY;

	for (size_t i = 0; i < COUNT(refusals); i++)
		if (status == refusals[i])
			verdict = PUSH_REFUSED;
	return result(a, verdict,
		      arena_printf(a, "status %d%s%.*s", status,
				   message.len > 0 ? ": " : "", STR_FMT(message)),
		      sent);
}

struct push_result
push_read(struct arena *a, int status, struct str body, const struct push_sent *sent)
{
	struct json_doc doc;
	struct json_fault fault;
	bool is_json = json_read(a, body, limits, &doc, &fault) == ERR_OK &&
		       cJSON_IsObject(doc.root);

	if (status != 200)
		return read_refusal(a, status, is_json ? &doc : NULL, sent);
	if (!is_json)
		return result(a, PUSH_LATER, "an answer that is no JSON object", sent);
	return read_ok(a, &doc, sent);
}
