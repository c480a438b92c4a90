/*
 * check.c: checks before a pool starts, and the printed route table. Runs in a process of
 * its own (-t, -r), never in the master.
 */
#include "serve/check.h"

#include <stdio.h>
#include <unistd.h>

#include "core/clock.h"
#include "json/json.h"
#include "serve/host.h"
#include "serve/link.h"
#include "serve/principal.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/words.h"
#include "serve/worker.h"

enum { CONNECT_MS = 5000 };

static bool
check_routes(enum check_to to)
{
	struct arena a;
	struct binding *binding;
	const char *why = "";
	bool good;

	arena_init(&a, 65536);
	worker_router(&a);
	good = binding_check(&a, surface_routes(&a), surface_route_count(), &binding,
			     &why) == ERR_OK;
	check_say(to, "routes", good, why);
	arena_release(&a);
	return good;
}

static struct db *
link_up(const struct config *c)
{
	struct db *db = db_new(&(struct db_options){
		.conninfo = program_pool(c)->db_url,
		.application_name = program_name(),
		.prepare = c->db_prepare,
		.statements = surface.statements,
		.statement_count = surface.statement_count,
	});

	db_await(db, CONNECT_MS);
	return db;
}

static bool
check_schema(struct db *db, enum check_to to)
{
	char why[LINK_WHY_SIZE] = "";
	bool good = link_check(db, NULL, why) == ERR_OK;

	return check_say(to, "schema", good, good ? "" : why);
}

/* The role's statement_timeout is the innermost of the limits that nest. */
static bool
check_times(struct db *db, const struct config *c, enum check_to to)
{
	static const char *const no_values[] = { NULL };
	int64_t ms = 0;
	char why[256] = "";
	int index;
	bool good;

	db_begin(db);
	index = db_queue(db, surface.own.startup_check, no_values);
	good = db_run(db, clock_mono_ms() + CONNECT_MS) == ERR_OK &&
	       str_to_i64(db_get(db, index, 0, "statement_timeout_ms"), &ms);
	if (!good)
		snprintf(why, sizeof(why), "%s", db_why(db));
	else if (ms >= c->api_deadline_ms)
		snprintf(why, sizeof(why),
			 "api.deadline (%lld ms) must be longer than the role's "
			 "statement_timeout (%lld ms): raise it, or ALTER ROLE ... SET "
			 "statement_timeout",
			 (long long)c->api_deadline_ms, (long long)ms);
	return check_say(to, "time limits", why[0] == '\0', why);
}

/* Parsers of YAML refuse a name that is there twice; those of JSON do not. */
static bool
is_sound(const struct db *db)
{
	enum { DEPTH_MAX = 64 };
	struct json_fault fault;
	struct strbuf b;
	bool sound;

	strbuf_init(&b);
	openapi_write(&b, db);
	sound = json_check(strbuf_str(&b), DEPTH_MAX, &fault) == ERR_OK;
	strbuf_release(&b);
	return sound;
}

static bool
check_document(const struct db *db, enum check_to to)
{
	const char *gap = openapi_gap(db);

	if (gap == NULL && !is_sound(db))
		gap = "it is no JSON, or has a name twice in an object";
	return check_say(to, "document", gap == NULL, gap ? gap : "");
}

/* The pool itself may hold all there are: that is good, and said. */
static bool
look_at_link(struct db *db, const struct config *c, char why[LINK_WHY_SIZE])
{
	bool good = db_state(db) == DB_READY || db_is_full(db);

	if (db_state(db) == DB_REFUSED)
		link_refusal(db, c, NULL, why);
	else if (db_state(db) != DB_READY)
		snprintf(why, LINK_WHY_SIZE, "%s", db_why(db));
	else if (c->db_prepare)
		good = link_keeps_names(db, why);
	return good;
}

/*
 * Two links, as a pool has: behind a pooler that does not know prepared statements the
 * second finds the names of the first.
 */
static bool
check_links(struct db *db, struct db **second, const struct config *c, enum check_to to)
{
	char why[LINK_WHY_SIZE] = "";
	bool good = look_at_link(db, c, why);

	if (good && db_state(db) == DB_READY && c->db_prepare) {
		*second = link_up(c);
		good = look_at_link(*second, c, why);
	}
	return check_say(to, "database", good, why);
}

static bool
check_database(const struct config *c, enum check_to to)
{
	struct db *db = link_up(c), *second = NULL;
	bool good = check_links(db, &second, c, to);

	/* The pool itself may hold all there are: a new one begins as they become free. */
	if (good && db_state(db) == DB_READY)
		good = check_schema(db, to) && check_times(db, c, to) &&
		       check_document(db, to);

	db_free(db);
	db_free(second);
	return good;
}

static bool
check_program(const struct config *c, enum check_to to)
{
	bool routes_good = check_routes(to);

	return check_database(c, to) && routes_good;
}

bool
check_serving(const struct config *c, const char *path, enum check_to to)
{
	bool host_good = host_check(c, path, to);

	return check_program(c, to) && host_good;
}

bool
check_all(const struct config *c, const char *path)
{
	bool good = host_start(c, path, CHECK_PRINT, NULL);

	/* The user's check said why it is still root's: so nothing is asked of the database. */
	return geteuid() != 0 && check_program(c, CHECK_PRINT) && good;
}

bool
check_print_openapi(const struct config *c)
{
	struct db *db = link_up(c);
	bool good = db_state(db) == DB_READY;
	struct strbuf b;

	strbuf_init(&b);
	if (good)
		openapi_write(&b, db);
	else
		fprintf(stderr, "%s: %s\n", program_name(), db_why(db));
	fwrite(b.ptr, 1, b.len, stdout);
	strbuf_release(&b);
	db_free(db);
	return good;
}

/* --- routes -------------------------------------------------------------- */

static const char *
access_name(const struct access *a)
{
	static const char *const who[] = { "undeclared", "anyone", "internal",
					   "holder",	 "signed", "" };

	return a->who == WHO_SCOPED ? surface.roles[a->role].right : who[a->who];
}

static const char *
thing_name(const struct access *a)
{
	return a->thing ? a->thing->name : "";
}

static const char *
reply_name(const struct route *r)
{
	static const char *const names[] = { "one",	   "created",  "page",
					     "no_content", "accepted", "numbered",
					     "handler" };

	return names[r->reply];
}

/* The fields of a body or a query, as far as a test needs them to make one up. */
static void
write_fields(struct json_writer *w, const struct field *fields)
{
	/* clang-format off */
	static const char *const types[] = {
		[FIELD_TEXT] = "text", [FIELD_LINE] = "line", [FIELD_SEARCH] = "search",
		[FIELD_PASSWORD] = "password", [FIELD_EMAIL] = "email", [FIELD_URL] = "url",
		[FIELD_INT] = "int", [FIELD_DECIMAL] = "decimal", [FIELD_BOOL] = "bool",
		[FIELD_DAY] = "day", [FIELD_TIME] = "time", [FIELD_UUID] = "uuid",
		[FIELD_UUIDS] = "uuids",
		[FIELD_NEW_ID] = "new_id", [FIELD_CODE] = "code", [FIELD_CODES] = "codes",
		[FIELD_CHOICE] = "choice", [FIELD_CHOICES] = "choices", [FIELD_ZONE] = "zone",
		[FIELD_CURRENCY] = "currency", [FIELD_COUNTRY] = "country",
		[FIELD_LOCALE] = "locale", [FIELD_INSTANT] = "instant", [FIELD_LINES] = "lines",
	};
	/* clang-format on */

	json_array(w);
	for (int i = 0; i < field_count(fields); i++) {
		json_object(w);
		json_key(w, "name");
		json_cstring(w, fields[i].name);
		json_key(w, "type");
		json_cstring(w, fields[i].object ? fields[i].object->name
						 : types[fields[i].type]);
		json_key(w, "required");
		json_bool(w, fields[i].flags & REQUIRED);
		json_key(w, "create");
		json_bool(w, fields[i].flags & CREATE);
		json_key(w, "max");
		json_i64(w, fields[i].max);
		json_key(w, "choice");
		json_cstring(w, field_choice(&fields[i], 0));
		json_key(w, "scale");
		json_i64(w, fields[i].scale);
		json_key(w, "fields");
		write_fields(w, fields[i].object ? fields[i].object->fields : NULL);
		json_end_object(w);
	}
	json_end_array(w);
}

/* The schemes of a route. */
static void
write_schemes(struct json_writer *w, const struct route *route)
{
	unsigned left = route_schemes(route);

	json_array(w);
	for (const struct scheme *s = surface.schemes; left != 0; s++, left >>= 1)
		if (left & 1)
			json_cstring(w, s->name);
	json_end_array(w);
}

/* The further statements of the handler. */
static void
write_uses(struct json_writer *w, const struct route *route)
{
	json_array(w);
	for (int i = 0; route_use(route, i) != NO_STATEMENT; i++)
		json_cstring(w, surface.statements[route_use(route, i)].name);
	json_end_array(w);
}

static void
write_route(struct json_writer *w, const struct route *route)
{
	json_object(w);
	json_key(w, "method");
	json_cstring(w, http_method_name(route->method));
	json_key(w, "path");
	json_cstring(w, route->path);
	json_key(w, "access");
	json_cstring(w, access_name(&route->access));
	json_key(w, "thing");
	json_cstring(w, thing_name(&route->access));
	json_key(w, "takes");
	write_schemes(w, route);
	json_key(w, "statement");
	json_cstring(w,
		     route->statement ? surface.statements[route->statement].name : NULL);
	json_key(w, "uses");
	write_uses(w, route);
	json_key(w, "rate");
	json_cstring(w, rate_name(rate_of(route)));
	json_key(w, "reply");
	json_cstring(w, reply_name(route));
	json_key(w, "body");
	write_fields(w, route->body);
	json_key(w, "query");
	write_fields(w, route->query);
	json_key(w, "values_max");
	json_i64(w, (int64_t)field_values_max(route->body));
	json_key(w, "limited");
	json_bool(w, route->limited);
	json_key(w, "dear");
	json_bool(w, route->dear);
	json_key(w, "takes_files");
	json_bool(w, route->takes_files);
	json_key(w, "reads_body");
	json_bool(w, route->reads_body);
	json_end_object(w);
}

static void
print_json(void)
{
	struct strbuf b;
	struct json_writer w;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_array(&w);
	for (int i = 0; i < surface_route_count(); i++)
		write_route(&w, surface_route(i));
	json_end_array(&w);
	puts(b.ptr);
	strbuf_release(&b);
}

static void
print_text(void)
{
	printf("%-7s %-36s %-9s %-10s %-7s %-20s %s\n", "METHOD", "PATH", "ACCESS", "OF",
	       "RATE", "STATEMENT", "REPLY");
	for (int i = 0; i < surface_route_count(); i++)
		printf("%-7s %-36s %-9s %-10s %-7s %-20s %s\n",
		       http_method_name(surface_route(i)->method), surface_route(i)->path,
		       access_name(&surface_route(i)->access),
		       thing_name(&surface_route(i)->access),
		       rate_name(rate_of(surface_route(i))),
		       surface_route(i)->statement
			       ? surface.statements[surface_route(i)->statement].name
			       : "-",
		       reply_name(surface_route(i)));
}

bool
check_print_routes(bool as_json)
{
	if (as_json)
		print_json();
	else
		print_text();
	return check_routes(CHECK_COMPLAIN);
}
