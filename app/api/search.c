/*
 * search.c: searching in everything of the caller's residences at once, some of each kind. The
 * kinds are in things.c; all are asked in one round trip. Runs in workers.
 */
#include "api/search.h"

#include "api/resources.h"
#include "db/db.h"
#include "json/json.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

enum { FOUND_MAX = 20 }; /* of a kind */

/* Without ?kind= all are. */
static bool
is_asked(const struct req *r, const char *kind)
{
	const char *kinds = request_query(r, "kind");
	struct str left = kinds != NULL ? str_of(kinds) : STR_NONE;

	while (left.ptr != NULL)
		if (str_is(str_cut(&left, ','), kind))
			return true;
	return kinds == NULL;
}

/* All in one pipeline; -1 where a kind was not asked for. */
static enum err
ask(struct req *r, int index[THING_COUNT])
{
	enum err e = request_open(r);

	if (e != ERR_OK)
		return e;
	request_queue(r, NO_STATEMENT);
	r->values[VALUE_LIMIT] = arena_printf(r->arena, "%d", FOUND_MAX + 1);
	for (int i = 0; i < THING_COUNT; i++) {
		int statement = things[i].found_by;

		index[i] = -1;
		if (statement != NO_STATEMENT && is_asked(r, things[i].kind))
			index[i] = db_queue(r->worker->db, statement,
					    binding_values(r->worker->binding, r,
							   statement));
	}
	return request_wait(r);
}

static void
write_kind(struct req *r, const struct household_thing *t, int index)
{
	bool more;
	int count = reply_rows_that_fit(r->worker->db, index, FOUND_MAX, &more);

	strbuf_addf(&r->out->body, "\"%s\":{\"results\":[", t->kind);
	reply_add_rows(r, t->found_by, index, count);
	strbuf_addf(&r->out->body, "],\"has_more\":%s}", more ? "true" : "false");
}

static enum err
search_show(struct req *r)
{
	int index[THING_COUNT];
	const char *comma = "";
	enum err e = ask(r, index);

	if (e != ERR_OK)
		return e;
	reply_json(r, 200);
	strbuf_add_char(&r->out->body, '{');
	for (int i = 0; i < THING_COUNT; i++) {
		if (index[i] < 0)
			continue;
		strbuf_add_cstr(&r->out->body, comma);
		write_kind(r, &things[i], index[i]);
		comma = ",";
	}
	strbuf_add_char(&r->out->body, '}');
	return ERR_OK;
}

/* --- in the document ---------------------------------------------------------- */

/* clang-format off */
static const char schema_kind[] =
	"{\"type\":\"object\",\"required\":[\"results\",\"has_more\"],\"description\":\"The best of this kind; there unless kind left it out.\",\"properties\":{"
	"\"results\":{\"type\":\"array\",\"description\":\"The first 20, the best first; of completions the newest.\",\"items\":{\"$ref\":\"#/components/schemas/%s\"}},"
	"\"has_more\":{\"type\":\"boolean\",\"description\":\"There are others: the list of this kind has them all, by search.\",\"examples\":[false]}}}";
/* clang-format on */

void
search_schema(struct strbuf *out)
{
	const char *comma = "";

	strbuf_add_cstr(out, "{\"type\":\"object\",\"description\":\"What was found, by "
			     "kind.\",\"properties\":{");
	for (int i = 0; i < THING_COUNT; i++) {
		if (things[i].found_by == NO_STATEMENT)
			continue;
		strbuf_addf(out, "%s\"%s\":", comma, things[i].kind);
		strbuf_addf(out, schema_kind, things[i].found_as);
		comma = ",";
	}
	strbuf_add_cstr(out, "}}");
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct field search_query[] = {
	{ "q", FIELD_SEARCH, REQUIRED, 1, 100, NULL, NULL, 0 },
	{ "kind", FIELD_CHOICES, HANDLED, 1, THING_COUNT, NULL, NULL, 0, .choice = thing_found },
	{ "residence_id", FIELD_UUID, 0, 0, 0, NULL, NULL, 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, "/api/search", SIGNED, NULL, search_query, NO_STATEMENT, HANDLER,
	  .handler = search_show, .uses_of = thing_found_by, .dear = true,
	  DOC("search", "Search", "Search", "Search in everything of the caller's residences") },
};
/* clang-format on */

RESOURCE(search);
