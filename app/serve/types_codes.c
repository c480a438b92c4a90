/*
 * types_codes.c: ids, codes, zones, currencies and languages. Runs in workers.
 */
#include "serve/checkers.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "core/uuid.h"

struct fault
check_uuid(struct req *r, const struct field *f, struct str text, const char **out)
{
	(void)r;
	(void)f;
	*out = text.ptr;
	return uuid_is(text) ? fine : bad("format", "must be a UUID");
}

static bool
has_capitals(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (isupper((unsigned char)s.ptr[i]))
			return true;
	return false;
}

/* RFC 9562 4: version 1 to 8 and the variant of that document; in small letters, as we print it. */
struct fault
check_new_id(struct req *r, const struct field *f, struct str text, const char **out)
{
	char *id = arena_cstr(r->arena, text);

	(void)f;
	*out = id;
	for (; *id != '\0'; id++)
		*id = (char)tolower((unsigned char)*id);
	if (!uuid_is(text) || text.ptr[14] < '1' || text.ptr[14] > '8' ||
	    strchr("89abAB", text.ptr[19]) == NULL)
		return bad("format", "must be a UUID (RFC 9562)");
	return fine;
}

static bool
all_of(struct str s, const char *more)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (!(c < 128 && (isalnum(c) || strchr(more, c) != NULL)) || c == '\0')
			return false;
	}
	return s.len > 0;
}

struct fault
check_code(struct req *r, const struct field *f, struct str text, const char **out)
{
	static const struct field one = { .min = 1, .max = CODE_LENGTH_MAX };

	*out = text.ptr;
	if (!all_of(text, "_") || has_capitals(text))
		return bad("format",
			   "must be a code of lower-case letters, digits and _");
	return check_characters(r, field_is_list(f) ? &one : f, text);
}

struct fault
check_choice(struct req *r, const struct field *f, struct str text, const char **out)
{
	struct str cut = str_head(text, NAME_SHOWN_MAX);

	*out = text.ptr;
	for (int i = 0; field_choice(f, i) != NULL; i++)
		if (str_is(text, field_choice(f, i)))
			return fine;
	return bad("choice", request_say(r, "does not know \"%.*s%s\"", STR_FMT(cut),
					 cut.len < text.len ? "…" : ""));
}

/*
 * Names such as CET and EST5EDT are fixed offsets to PostgreSQL and none to others; whoever lives
 * there has a place. Old names of places stay.
 */
static bool
has_region(struct str zone)
{
	static const char *const regions[] = { "Africa",    "America", "Antarctica",
					       "Arctic",    "Asia",    "Atlantic",
					       "Australia", "Europe",  "Indian",
					       "Pacific" };
	struct str region = str_cut(&zone, '/');

	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
		if (zone.ptr != NULL && str_is(region, regions[i]))
			return true;
	return zone.ptr == NULL && str_is(region, "UTC");
}

/* The zones this host knows; PostgreSQL checks once more against its own. */
struct fault
check_zone(struct req *r, const struct field *f, struct str text, const char **out)
{
	const char *path;
	struct stat st;

	*out = text.ptr;
	if (text.len > (size_t)f->max || !all_of(text, "_+-/"))
		return bad("format", "must be an IANA time zone such as Europe/Lisbon");
	path = arena_printf(r->arena, "/usr/share/zoneinfo/%.*s", STR_FMT(text));
	if (!has_region(text) || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return bad("choice", "is not a time zone known here");
	return fine;
}

struct fault
check_capitals(struct req *r, const struct field *f, struct str text, const char **out)
{
	bool good = text.len == (size_t)f->max;

	(void)r;
	for (size_t i = 0; i < text.len; i++)
		good = good && text.ptr[i] >= 'A' && text.ptr[i] <= 'Z';
	*out = text.ptr;
	if (good)
		return fine;
	return bad("format", f->type == FIELD_COUNTRY
				     ? "must be an ISO 3166-1 code, two capitals"
				     : "must be an ISO 4217 code, three capitals");
}

struct fault
check_locale(struct req *r, const struct field *f, struct str text, const char **out)
{
	*out = text.ptr;
	if (!all_of(text, "-") || !isalpha((unsigned char)text.ptr[0]))
		return bad("format", "must be a language tag such as en or pt-BR");
	return check_characters(r, f, text);
}
