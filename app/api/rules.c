/*
 * rules.c: rules of recurrence in bodies, and their preview. Members are checked by the
 * same tables as any field, combinations of members by app/model/recurrence.h. Checks
 * that depend on the task's own day are the database's (hob.begin_recurrence). Runs in
 * workers.
 */
#include "api/rules.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "api/resources.h"
#include "core/date.h"
#include "json/json.h"
#include "model/recurrence.h"
#include "serve/objects.h"
#include "serve/pipeline.h"
#include "serve/replay.h"
#include "serve/reply.h"
#include "statements.h"

enum { PREVIEW_DAYS = 12 };

/* clang-format off */
static const char *const rule_codes[] = {
	"weekly", "biweekly", "monthly", "quarterly", "semiannually", "annually", NULL
};
static const char *const code_rules[] = {
	"{\"unit\":\"week\",\"every\":1}",
	"{\"unit\":\"week\",\"every\":2}",
	"{\"unit\":\"month\",\"every\":1}",
	"{\"unit\":\"month\",\"every\":3}",
	"{\"unit\":\"month\",\"every\":6}",
	"{\"unit\":\"year\",\"every\":1}",
};
/* clang-format on */

/* clang-format off */
static const char *const units[] = { "day", "week", "month", "year", NULL };
const char *const rule_weekdays[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };
static const char *const anchors[] = { "due", "completion", NULL };

static const struct field recurrence_fields[] = {
	{ "unit", FIELD_CHOICE, REQUIRED, 0, 0, units, NULL, 0 },
	{ "every", FIELD_INT, 0, 1, 999, NULL, "1", 0 },
	{ "weekdays", FIELD_CHOICES, 0, 0, 7, rule_weekdays, NULL, 0 },
	{ "month_day", FIELD_INT, NULLABLE | NOT_ZERO, -1, 31, NULL, NULL, 0 },
	{ "nth_weekday", FIELD_INT, NULLABLE | NOT_ZERO, -1, 4, NULL, NULL, 0 },
	{ "anchor", FIELD_CHOICE, 0, 0, 0, anchors, "due", 0 },
	{ "until", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	{ "count", FIELD_INT, NULLABLE, 1, 9999, NULL, NULL, 0 },
	{ "starts_on", FIELD_DAY, NULLABLE, 0, 0, NULL, NULL, 0 },
	END
};
/* clang-format on */

static enum err
rule_from_code(struct req *r, const struct field *f, const char *code, const char **out)
{
	for (int i = 0; rule_codes[i] != NULL; i++) {
		if (strcmp(rule_codes[i], code) != 0)
			continue;
		*out = code_rules[i];
		return ERR_OK;
	}
	return request_invalid_body(r, f->name, "choice",
				    "must be an object, or weekly, biweekly, monthly, "
				    "quarterly, "
				    "semiannually or annually");
}

/* --- an object --------------------------------------------------------------- */

static void
check_whole(struct req *r, const char *rule)
{
	const struct recurrence_fault *fault;
	struct recurrence read;

	if (!recurrence_read(r->arena, str_of(rule), &read))
		request_invalid_body(r, "unit", "format", "makes no rule");
	else if ((fault = recurrence_fault(&read)) != NULL)
		request_invalid_body(r, fault->member, fault->code, fault->detail);
}

static void
read_rule(struct req *r, struct str raw, const char **out)
{
	const char *texts[FIELDS_MAX];

	if (!object_read(r, recurrence_fields, raw, texts))
		return;
	*out = object_write(r, recurrence_fields, texts, NULL);
	check_whole(r, *out);
}

static enum err
rule_from_json(struct req *r, const struct field *f, const cJSON *v, struct str raw,
	       const char **out)
{
	size_t faults = r->error_count;

	if (cJSON_IsString(v))
		return rule_from_code(r, f, v->valuestring, out);
	r->within = f->name;
	read_rule(r, raw, out);
	r->within = NULL;
	return r->error_count == faults ? ERR_OK : ERR_INVALID;
}

const struct field_object rule_object = {
	.name = "recurrence",
	.fields = recurrence_fields,
	.codes = rule_codes,
	.wanted = "must be an object, or the code of a simple rule",
	.schema = "RecurrenceRule",
	.code_schema = "RecurrenceCode",
	.read = rule_from_json,
};

/* --- a preview ------------------------------------------------------------------ */

static enum err
rule_of_body(struct req *r, struct recurrence *rule)
{
	const char *starts_on = request_field(r, "starts_on");
	const struct recurrence_fault *fault;

	recurrence_read(r->arena, str_of(request_field(r, "recurrence")), rule);
	if (rule->starts_on != RECURRENCE_NO_DAY && starts_on != NULL)
		return request_invalid_body(r, "starts_on", "misplaced",
					    "does not go with the rule's own");
	if (starts_on != NULL)
		date_parse(str_of(starts_on), &rule->starts_on);
	if (rule->starts_on == RECURRENCE_NO_DAY)
		return request_invalid_body(r, "starts_on", "required", "is missing");
	fault = recurrence_fault(rule);
	if (fault == NULL)
		return ERR_OK;
	r->within = "recurrence";
	request_invalid_body(r, fault->member, fault->code, fault->detail);
	r->within = NULL;
	return ERR_INVALID;
}

static void
write_preview(struct req *r, const int32_t *days, int count, bool ends)
{
	struct json_writer w;

	json_begin(&w, &r->out->body);
	json_object(&w);
	json_key(&w, "days");
	json_array(&w);
	for (int i = 0; i < count; i++) {
		char text[DATE_TEXT_SIZE];

		date_format(days[i], text);
		json_cstring(&w, text);
	}
	json_end_array(&w);
	json_key(&w, "ends");
	json_bool(&w, ends);
	json_end_object(&w);
}

static enum err
recurrence_preview(struct req *r)
{
	int32_t days[PREVIEW_DAYS + 1];
	struct recurrence rule;
	enum err e = rule_of_body(r, &rule);
	int index, n;

	if (e == ERR_OK)
		e = request_run(r, NO_STATEMENT, &index);
	if (e == ERR_DONE)
		e = replay_run(r, &index);
	if (e != ERR_OK)
		return e;
	n = recurrence_series(&rule, days, PREVIEW_DAYS + 1);
	reply_json(r, 200);
	write_preview(r, days, n < PREVIEW_DAYS ? n : PREVIEW_DAYS, n <= PREVIEW_DAYS);
	return ERR_OK;
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct field preview_fields[] = {
	{ "recurrence", FIELD_OBJECT, REQUIRED | HANDLED, 0, 0, NULL, NULL, 0, &rule_object },
	{ "starts_on", FIELD_DAY, HANDLED, 0, 0, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_POST, "/api/recurrence/preview", SIGNED, preview_fields, NULL, Q_NONE, HANDLER,
	  .handler = recurrence_preview, .reads = true,
	  DOC("previewRecurrence", "Tasks", "RecurrencePreview", "Preview the next days of a rule") },
};
/* clang-format on */

RESOURCE(rules);
