/*
 * sync.c: the changes in the caller's residences since the last sync, page by page. The
 * statements find them (sql/functions/sync.sql tells how nothing is skipped); here a
 * token becomes their parameters, and their rows a page and the next token. The kinds of
 * objects are in things.c. Runs in workers.
 */
#include "api/sync.h"

#include <string.h>

#include "api/resources.h"
#include "api/values.h"
#include "core/die.h"
#include "db/db.h"
#include "json/json.h"
#include "serve/cursor.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "statements.h"

enum {
	DAY_CHARS = 10,
	LIMIT_MAX = 1000
}; /* of one kind; a page of a thousand task cards is 750 KB */

/*
 * The content of a token, a line each. During a walk over several pages `next` is the
 * start of the sync after it, and the following lines have for each stream of rows the
 * key of the last row sent: empty at its start, ALL_SENT at its end. Between walks these
 * are empty. A token older than a kind lacks its line, which counts as empty.
 */
enum line {
	LINE_KIND, /* the statement, so that no cursor passes for a token */
	LINE_MARK, /* see hob.sync_begin */
	LINE_SINCE,
	LINE_SINCE_AT,
	LINE_NEXT,
	LINE_NEXT_AT,
	LINE_SENT,
	STREAMS =
		1 +
		THING_COUNT, /* deletions, then the things; those without a kind say nothing */
	LINES = LINE_SENT + STREAMS
};
static const char ALL_SENT[] = ".";

struct walk {
	const char *lines[LINES]; /* in the request's arena; never NULL */
	bool first;		  /* there was no token */
	bool walking;		  /* it stands between two pages */
	int limit;
	struct stream {
		int index; /* of its results; -1: has nothing to say on this page */
		int count; /* rows to send */
	} streams[STREAMS];
};

static int
statement_of(int stream)
{
	return stream == 0 ? Q_SYNC_DELETIONS : things[stream - 1].synced_by;
}

/* --- the token ----------------------------------------------------------- */

/* A token sealed with a lost secret looks like a forged one: both begin anew. */
static enum err
read_token(struct req *r, struct walk *w)
{
	const char *token = request_query(r, "since");
	struct str rest;

	for (int i = 0; i < LINES; i++)
		w->lines[i] = "";
	w->lines[LINE_SINCE] = "0";
	w->first = token == NULL;
	if (w->first)
		return ERR_OK;
	if (!cursor_unseal(r, str_of(token), &rest))
		goto bad;
	for (int i = 0; i < LINES && rest.ptr != NULL; i++)
		w->lines[i] = arena_cstr(r->arena, str_cut(&rest, '\n'));
	w->walking = w->lines[LINE_NEXT][0] != '\0';
	if (strcmp(w->lines[LINE_KIND], statements[Q_SYNC_BEGIN].name) == 0)
		return ERR_OK;
bad:
	return request_fail(r, ERR_GONE, "sync_token_too_old",
			    "This is no sync token of this server: sync again without "
			    "one.");
}

static struct str
write_token(struct req *r, const struct walk *w)
{
	struct strbuf b;
	struct str token;

	strbuf_init(&b);
	for (int i = 0; i < LINES; i++)
		strbuf_addf(&b, "%s%s", i > 0 ? "\n" : "", w->lines[i]);
	token = cursor_seal(r, strbuf_str(&b));
	strbuf_release(&b);
	return token;
}

/* --- asking -------------------------------------------------------------- */

static const char *
text_or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

/* Streams that were sent, and deletions for a client without a copy, are not asked. */
static bool
is_over(const struct walk *w, int stream)
{
	return statement_of(stream) == NO_STATEMENT ||
	       strcmp(w->lines[LINE_SENT + stream], ALL_SENT) == 0 ||
	       (stream == 0 && strcmp(w->lines[LINE_SINCE], "0") == 0);
}

static void
bind_walk(struct req *r, struct walk *w)
{
	int64_t limit = 0;

	str_to_i64(str_of(request_query(r, "limit")), &limit);
	w->limit = limit < LIMIT_MAX ? (int)limit : LIMIT_MAX;
	r->values[VALUE_SYNC_MARK] = text_or_null(w->lines[LINE_MARK]);
	r->values[VALUE_SYNC_SINCE] = w->lines[LINE_SINCE];
	r->values[VALUE_SYNC_SINCE_AT] = text_or_null(w->lines[LINE_SINCE_AT]);
	/* The database's position when the token was made. */
	r->values[VALUE_SYNC_HORIZON] = w->lines[w->walking ? LINE_NEXT : LINE_SINCE];
	r->values[VALUE_SYNC_HORIZON_AT] =
		text_or_null(w->lines[w->walking ? LINE_NEXT_AT : LINE_SINCE_AT]);
	request_bind_language(r);
	/* Notices are the account's alone: no access token reaches them. */
	r->values[VALUE_SYNC_OWN] =
		r->principal.scheme == &surface.schemes[SCHEME_SESSION] ? "t" : "f";
	r->values[VALUE_SYNC_LIMIT] = arena_printf(r->arena, "%d", w->limit + 1);
}

/* All in one pipeline; *begin is the index of what its first statement says. */
static enum err
ask(struct req *r, struct walk *w, int *begin)
{
	enum err e = request_open(r);

	if (e != ERR_OK)
		return e;
	bind_walk(r, w);
	*begin = request_queue(r, Q_SYNC_BEGIN);
	for (int i = 0; i < STREAMS; i++) {
		int statement = statement_of(i);

		w->streams[i].index = -1;
		if (is_over(w, i))
			continue;
		r->values[VALUE_SYNC_AFTER] = text_or_null(w->lines[LINE_SENT + i]);
		w->streams[i].index =
			db_queue(r->worker->db, statement,
				 binding_values(r->worker->binding, r, statement));
	}
	return request_wait(r);
}

/* --- moving on ----------------------------------------------------------- */

/* The first page says where the next walk begins, for all pages of this one. */
static void
take_begin(struct req *r, struct walk *w, int index)
{
	const struct db *db = r->worker->db;
	static const struct {
		enum line line;
		const char *column;
	} begin[] = {
		{ LINE_MARK, "_mark" },
		{ LINE_NEXT, "_horizon" },
		{ LINE_NEXT_AT, "_at" },
	};

	w->lines[LINE_KIND] = statements[Q_SYNC_BEGIN].name;
	if (w->walking)
		return;
	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		w->lines[begin[i].line] = db_get(db, index, 0, begin[i].column).ptr;
	if (w->first) /* for all pages of the first walk, which may take its time */
		w->lines[LINE_SINCE_AT] = w->lines[LINE_NEXT_AT];
}

/* True when the stream has more rows than this page takes. */
static bool
take_rows(struct req *r, struct walk *w, int stream)
{
	const struct db *db = r->worker->db;
	struct stream *s = &w->streams[stream];
	const char *key = stream == 0 ? "_key" : "id";
	bool more;

	if (s->index < 0)
		return false;
	s->count = reply_rows_that_fit(db, s->index, w->limit, &more);
	w->lines[LINE_SENT + stream] =
		more ? db_get(db, s->index, s->count - 1, key).ptr : ALL_SENT;
	return more;
}

/*
 * Nothing happened since the token was made, on this day (UTC): it stays, so that the same question has the
 * same answer, and 304 for who has it. A day bounds its age, for a token of 90 days is too old.
 */
static bool
stays(const struct walk *w)
{
	if (w->first || w->walking ||
	    strncmp(w->lines[LINE_SINCE_AT], w->lines[LINE_NEXT_AT], DAY_CHARS) != 0)
		return false;
	for (int i = 0; i < STREAMS; i++)
		if (w->streams[i].count > 0)
			return false;
	return true;
}

static void
end_walk(struct walk *w)
{
	w->lines[LINE_SINCE] = w->lines[LINE_NEXT];
	w->lines[LINE_SINCE_AT] = w->lines[LINE_NEXT_AT];
	for (int i = LINE_NEXT; i < LINES; i++)
		w->lines[i] = "";
}

/* --- the page ------------------------------------------------------------ */

/* Adds the deletions of this kind from the one stream, which is sorted by kind. */
static void
add_deleted(struct req *r, const struct walk *w, const char *kind)
{
	const struct db *db = r->worker->db;
	const struct stream *s = &w->streams[0];
	const char *comma = "";

	for (int row = 0; row < s->count; row++) {
		if (!str_is(db_get(db, s->index, row, "kind"), kind))
			continue;
		strbuf_addf(&r->out->body, "%s\"%.*s\"", comma,
			    STR_FMT(db_get(db, s->index, row, "id")));
		comma = ",";
	}
}

static void
write_page(struct req *r, const struct walk *w, struct str token, bool more)
{
	struct strbuf *body = &r->out->body;
	const char *comma = "";

	strbuf_addf(body,
		    "{\"sync_token\":\"%.*s\",\"full_sync\":%s,\"has_more\":%s,"
		    "\"changes\":{",
		    STR_FMT(token), w->first ? "true" : "false", more ? "true" : "false");
	for (int i = 0; i < THING_COUNT; i++) {
		if (things[i].kind == NULL)
			continue;
		strbuf_addf(body, "%s\"%s\":{\"upserted\":[", comma, things[i].kind);
		reply_add_rows(r, statement_of(1 + i), w->streams[1 + i].index,
			       w->streams[1 + i].count);
		strbuf_add(body, STR("],\"deleted\":["));
		add_deleted(r, w, things[i].kind);
		strbuf_add(body, STR("]}"));
		comma = ",";
	}
	strbuf_add(body, STR("}}"));
}

static enum err
sync_show(struct req *r)
{
	struct walk *w = arena_zalloc(r->arena, 1, sizeof(*w));
	struct str token;
	bool more = false;
	int begin;
	enum err e = read_token(r, w);

	if (e != ERR_OK)
		return e;
	e = ask(r, w, &begin);
	if (e != ERR_OK)
		return e;
	take_begin(r, w, begin);
	for (int i = 0; i < STREAMS; i++)
		more |= take_rows(r, w, i);
	if (!more && stays(w)) {
		token = str_of(request_query(r, "since"));
	} else {
		if (!more)
			end_walk(w);
		token = write_token(r, w);
	}
	reply_json(r, 200);
	write_page(r, w, token, more);
	return ERR_OK;
}

/* --- in the document ---------------------------------------------------------- */

/* clang-format off */
static const char schema_head[] =
	"{\"type\":\"object\",\"description\":\"One page of changes, to be applied whole.\","
	"\"required\":[\"sync_token\",\"full_sync\",\"has_more\",\"changes\"],\"properties\":{"
	"\"sync_token\":{\"type\":\"string\",\"description\":\"What to send as since next time; good for 90 days, then 410. The one that was sent while nothing has changed, for a day: then the answer is 304 for who names its ETag.\"},"
	"\"full_sync\":{\"type\":\"boolean\",\"description\":"
		"\"The first page of a first sync: forget what is held before it is applied.\"},"
	"\"has_more\":{\"type\":\"boolean\",\"description\":\"Ask again at once.\"},"
	"\"changes\":";
static const char schema_tail[] = "}}";

/* The schema of one kind's changes; %s is the schema of its rows. */
static const char schema_changes[] =
	"{\"type\":\"object\",\"description\":\"What became of objects of this kind.\","
	"\"required\":[\"upserted\",\"deleted\"],\"properties\":{"
	"\"upserted\":{\"type\":\"array\",\"description\":\"Objects to put in place of those of the same id.\",\"items\":{\"$ref\":\"#/components/schemas/%s\"}},"
	"\"deleted\":{\"type\":\"array\",\"description\":\"Ids to forget.\",\"items\":{\"type\":\"string\"}}}}";
/* clang-format on */

static void
add_kinds(struct json_writer *w)
{
	json_array(w);
	for (int i = 0; i < THING_COUNT; i++)
		if (things[i].kind != NULL)
			json_cstring(w, things[i].kind);
	json_end_array(w);
}

static void
add_changes(struct json_writer *w, const struct household_thing *t)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_addf(&text, schema_changes, t->schema);
	json_key(w, t->kind);
	json_raw(w, strbuf_str(&text));
	strbuf_release(&text);
}

void
sync_schema(struct strbuf *out)
{
	struct json_writer w;

	strbuf_add_cstr(out, schema_head);
	json_begin(&w, out);
	json_object(&w);
	json_key(&w, "type");
	json_cstring(&w, "object");
	json_key(&w, "description");
	json_cstring(&w, "By kind of object.");
	json_key(&w, "required");
	add_kinds(&w);
	json_key(&w, "properties");
	json_object(&w);
	for (int i = 0; i < THING_COUNT; i++)
		if (things[i].kind != NULL)
			add_changes(&w, &things[i]);
	json_end_object(&w);
	json_end_object(&w);
	strbuf_add_cstr(out, schema_tail);
}

/* --- the table ---------------------------------------------------------------- */

/* clang-format off */
static const struct field sync_query[] = {
	{ "since", FIELD_TEXT, HANDLED, 1, 4000, NULL, NULL, 0 },
	/* For each kind; larger ones are cut to LIMIT_MAX. */
	{ "limit", FIELD_INT, HANDLED, 1, INT32_MAX, NULL, "500", 0 },
	END
};

static const struct route routes[] = {
	{ HTTP_GET, "/api/sync", SIGNED, NULL, sync_query, Q_SYNC_BEGIN, HANDLER,
	  .handler = sync_show, .uses = { Q_SYNC_DELETIONS }, .uses_of = thing_synced_by,
	  DOC("sync", "Sync", "Sync", "List what changed in the caller's residences since the last call", .also = "sync_token_too_old") },
};
/* clang-format on */

RESOURCE(sync);
