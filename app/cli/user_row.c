/*
 * user_row.c: one account of `hob user import`: a table of the members that a line may have, each with its check.
 * Whether the account is there already, and whether its time zone exists, says the database.
 */
#include "cli/user_row.h"

#include <ctype.h>
#include <string.h>

#include "core/clock.h"
#include "core/date.h"
#include "core/uuid.h"
#include "crypto/password_scheme.h"
#include "model/mail.h"
#include "text/text.h"

enum { EMAIL_MAX = 254, NAME_MAX_LETTERS = 100, ZONE_MAX = 64, LOCALE_MAX = 35 };

/* NULL, and *out what is to be stored; else what is wrong, which reads on behind the name. */
typedef const char *check(struct arena *a, struct str text, struct str *out);

/* --- checks ---------------------------------------------------------------- */

static const char *
check_email(struct arena *a, struct str text, struct str *out)
{
	return text.len <= EMAIL_MAX && mail_read(a, text, out)
		       ? NULL
		       : "must be one mail address of at most 254 bytes";
}

static const char *
check_hash(struct arena *a, struct str text, struct str *out)
{
	char *why = arena_alloc(a, PASSWORD_WHY_SIZE);

	*out = text;
	return password_scheme_takes(arena_cstr(a, text), why)
		       ? NULL
		       : arena_printf(a,
				      "%s; bring the account in with null: its owner "
				      "asks for a new password by mail",
				      why);
}

static const char *
check_name(struct arena *a, struct str text, struct str *out)
{
	*out = text_line(a, text);
	if (out->ptr == NULL)
		return "must be one line without control characters";
	return str_utf8_length(*out) <= NAME_MAX_LETTERS
		       ? NULL
		       : "must be at most 100 characters long";
}

static const char *
check_locale(struct arena *a, struct str text, struct str *out)
{
	bool good = text.len >= 2 && text.len <= LOCALE_MAX &&
		    isalpha((unsigned char)text.ptr[0]);

	(void)a;
	for (size_t i = 0; good && i < text.len; i++)
		good = isalnum((unsigned char)text.ptr[i]) || text.ptr[i] == '-';
	*out = text;
	return good ? NULL : "must be a language tag such as en or pt-BR";
}

static const char *
check_zone(struct arena *a, struct str text, struct str *out)
{
	(void)a;
	*out = text;
	return text.len > 0 && text.len <= ZONE_MAX
		       ? NULL
		       : "must be an IANA time zone such as Europe/Lisbon";
}

static const char *
check_instant(struct arena *a, struct str text, struct str *out)
{
	char *shown = arena_alloc(a, 28);
	int64_t us;

	if (!instant_parse(text, &us) || us > clock_now_us() ||
	    us < (int64_t)date_days(1900, 1, 1) * 86400 * 1000000)
		return "must be an instant (RFC 3339) since 1900 that is over";
	instant_format_us(us, shown);
	*out = str_of(shown);
	return NULL;
}

static const char *
check_id(struct arena *a, struct str text, struct str *out)
{
	(void)a;
	*out = text;
	return uuid_is(text) ? NULL : "must be a UUID";
}

/* --- the table ------------------------------------------------------------- */

enum { REQUIRED = 1, NULLABLE = 2, FLAG = 4 };

/* clang-format off */
static const struct member {
	const char *name;
	unsigned is;
	check *check; /* NULL: of a flag */
} members[] = {
	{ "email",          REQUIRED,            check_email },
	{ "password_hash",  REQUIRED | NULLABLE, check_hash },
	{ "first_name",     0,                   check_name },
	{ "last_name",      0,                   check_name },
	{ "locale",         0,                   check_locale },
	{ "time_zone",      0,                   check_zone },
	{ "created_at",     0,                   check_instant },
	{ "id",             0,                   check_id },
	{ "is_active",      FLAG,                NULL },
	{ "email_verified", FLAG,                NULL },
};
/* clang-format on */

enum { MEMBERS = sizeof(members) / sizeof(members[0]), DEPTH = 1 };

static const char unknown[] =
	"has a member that is not known: there are email, password_hash, first_name, "
	"last_name, locale, time_zone, created_at, id, is_active and email_verified";

static int
find_member(const char *name)
{
	for (int i = 0; i < MEMBERS; i++)
		if (strcmp(members[i].name, name) == 0)
			return i;
	return -1;
}

/* What one member of the line comes to, as JSON in `out`. */
static const char *
write_value(struct arena *a, const struct member *m, const cJSON *v,
	    struct json_writer *out)
{
	struct str text = STR_NONE;
	const char *why = NULL;

	if (m->is & FLAG) {
		if (!cJSON_IsBool(v))
			return arena_printf(a, "%s must be true or false", m->name);
	} else if (cJSON_IsString(v)) {
		why = m->check(a, str_of(v->valuestring), &text);
	} else if (!cJSON_IsNull(v) || !(m->is & NULLABLE)) {
		why = "must be a text";
	}
	if (why != NULL)
		return arena_printf(a, "%s %s", m->name, why);
	json_key(out, m->name);
	if (m->is & FLAG)
		json_bool(out, cJSON_IsTrue(v));
	else
		json_string_or_null(out, text);
	return NULL;
}

static const char *
write_members(struct arena *a, const cJSON *object, struct json_writer *out)
{
	bool given[MEMBERS] = { false };

	for (const cJSON *v = object->child; v != NULL; v = v->next) {
		int i = find_member(v->string);
		const char *why = i < 0 ? unknown : write_value(a, &members[i], v, out);

		if (why != NULL)
			return why;
		given[i] = true;
	}
	for (int i = 0; i < MEMBERS; i++)
		if ((members[i].is & REQUIRED) && !given[i])
			return arena_printf(a, "%s is missing", members[i].name);
	return NULL;
}

bool
user_row(struct arena *a, struct str line, long number, struct json_writer *out,
	 const char **why)
{
	const struct json_limits max = { .depth = DEPTH, .values = MEMBERS + 2 };
	struct json_writer before = *out;
	size_t len = out->out->len;
	struct json_fault fault;
	struct json_doc doc;

	if (json_read(a, line, max, &doc, &fault) != ERR_OK ||
	    !cJSON_IsObject(doc.root)) {
		*why = "is no JSON object with each member once: one account a line";
		return false;
	}
	json_object(out);
	*why = write_members(a, doc.root, out);
	if (*why != NULL) {
		*out = before;
		out->out->len = len;
		out->out->ptr[len] = '\0';
		return false;
	}
	json_key(out, "line");
	json_i64(out, number);
	json_end_object(out);
	return true;
}
