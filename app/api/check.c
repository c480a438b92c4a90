/*
 * check.c: what can be known before a pool starts, and the printed route table.
 * Runs in a process of its own (hob-api -t, hob-api -r), never in the master.
 */
#include "api/check.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/doc.h"
#include "api/request.h"
#include "api/worker.h"
#include "json/json.h"

enum { CONNECT_MS = 5000 };

static bool
say(const char *what, bool good, const char *why)
{
	printf("%-10s %s%s%s\n", what, good ? "ok" : "FAILED", why[0] ? ": " : "", why);
	return good;
}

/* What is wrong with the route table is said on `to`; what is right only on stdout. */
static bool
check_routes(FILE *to)
{
	struct arena a;
	struct binding *binding;
	const char *why = "";
	bool good;

	arena_init(&a, 65536);
	worker_router(&a);
	good = binding_check(&a, routes, route_count, &binding, &why) == ERR_OK;
	if (to == stdout)
		say("routes", good, why);
	else if (!good)
		fprintf(to, "hob-api: the route table is not sound: %s\n", why);
	arena_release(&a);
	return good;
}

/* May `path` be written, or made where it is not yet? */
static bool
can_write(const char *path)
{
	char folder[PATH_MAX];

	if (access(path, W_OK) == 0)
		return true;
	if (errno != ENOENT)
		return false;
	snprintf(folder, sizeof(folder), "%s", path);
	return access(dirname(folder), W_OK | X_OK) == 0;
}

/* What a start needs beside the database. NULL, or what is missing. */
static const char *
missing_file(const struct config *c)
{
	if (c->log_file[0] && !can_write(c->log_file))
		return "log.file cannot be written";
	if (access(c->api_run_dir, W_OK | X_OK) != 0)
		return "api.run_dir cannot be written";
	if (strlen(c->api_socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "api.socket is too long for a unix socket";
	if (c->api_user[0] && getpwnam(c->api_user) == NULL)
		return "api.user is nobody here";
	if (c->api_socket_group[0] && getgrnam(c->api_socket_group) == NULL)
		return "api.socket_group is no group here";
	return NULL;
}

static bool
check_files(const struct config *c)
{
	const char *why = missing_file(c);

	say("files", why == NULL, why ? why : "");
	return why == NULL;
}

static struct db *
link_up(const struct config *c)
{
	struct db *db = db_new(&(struct db_options){
		.conninfo = c->db_url,
		.application_name = "hob-api -t",
		.prepare = c->db_prepare,
		.statements = statements,
		.statement_count = Q_COUNT,
	});

	db_await(db, CONNECT_MS);
	return db;
}

static bool
check_schema(struct db *db)
{
	const char *why = "";
	bool good = worker_check_link(db, NULL, &why) == ERR_OK;

	return say("schema", good, good ? "" : why);
}

static bool
check_document(const struct db *db)
{
	const char *gap = openapi_gap(db);

	return say("document", gap == NULL, gap ? gap : "");
}

static bool
check_database(const struct config *c)
{
	struct db *db = link_up(c);
	bool good = db_state(db) == DB_READY;

	if (db_state(db) == DB_REFUSED)
		say("database", false, worker_refusal(db, c));
	else
		say("database", good, good ? "" : db_why(db));
	good = good && check_schema(db) && check_document(db);
	db_free(db);
	return good;
}

bool
check_all(const struct config *c)
{
	bool routes_good = check_routes(stdout);
	bool files_good = check_files(c);

	return check_database(c) && routes_good && files_good;
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
		fprintf(stderr, "hob-api: %s\n", db_why(db));
	fwrite(b.ptr, 1, b.len, stdout);
	strbuf_release(&b);
	db_free(db);
	return good;
}

/* --- routes -------------------------------------------------------------- */

static const char *
access_name(const struct access *a)
{
	static const char *const who[] = { "undeclared", "anyone", "internal", "signed",
					   "" };
	static const char *const role[] = { "", "view", "edit", "manage", "own" };

	return a->who == WHO_SCOPED ? role[a->role] : who[a->who];
}

static const char *
thing_name(const struct access *a)
{
	static const char *const things[THING_COUNT] = {
		[THING_NONE] = "",
		[THING_RESIDENCE] = "residence",
		[THING_TASK] = "task",
		[THING_COMPLETION] = "completion",
	};

	return things[a->thing];
}

static const char *
reply_name(const struct route *r)
{
	static const char *const names[] = { "one", "created", "page", "no_content",
					     "handler" };

	return names[r->reply];
}

/* What the body or the query may hold, as far as a test needs it to make one up. */
static void
write_fields(struct json_writer *w, const struct field *fields)
{
	/* clang-format off */
	static const char *const types[] = {
		[FIELD_TEXT] = "text", [FIELD_PASSWORD] = "password", [FIELD_EMAIL] = "email",
		[FIELD_INT] = "int", [FIELD_DECIMAL] = "decimal", [FIELD_BOOL] = "bool",
		[FIELD_DAY] = "day", [FIELD_TIME] = "time", [FIELD_UUID] = "uuid",
		[FIELD_NEW_ID] = "new_id", [FIELD_CODE] = "code", [FIELD_CODES] = "codes",
		[FIELD_CHOICE] = "choice", [FIELD_CHOICES] = "choices", [FIELD_ZONE] = "zone",
		[FIELD_CURRENCY] = "currency", [FIELD_COUNTRY] = "country",
		[FIELD_LOCALE] = "locale", [FIELD_INSTANT] = "instant",
		[FIELD_RECURRENCE] = "recurrence",
	};
	/* clang-format on */

	json_array(w);
	for (int i = 0; i < field_count(fields); i++) {
		json_object(w);
		json_key(w, "name");
		json_cstring(w, fields[i].name);
		json_key(w, "type");
		json_cstring(w, types[fields[i].type]);
		json_key(w, "required");
		json_bool(w, fields[i].flags & REQUIRED);
		json_key(w, "create");
		json_bool(w, fields[i].flags & CREATE);
		json_key(w, "choice");
		json_cstring(w, fields[i].choices ? fields[i].choices[0] : NULL);
		json_end_object(w);
	}
	json_end_array(w);
}

static void
print_json(void)
{
	struct strbuf b;
	struct json_writer w;

	strbuf_init(&b);
	json_begin(&w, &b);
	json_array(&w);
	for (int i = 0; i < route_count; i++) {
		json_object(&w);
		json_key(&w, "method");
		json_cstring(&w, http_method_name(routes[i].method));
		json_key(&w, "path");
		json_cstring(&w, routes[i].path);
		json_key(&w, "access");
		json_cstring(&w, access_name(&routes[i].access));
		json_key(&w, "thing");
		json_cstring(&w, thing_name(&routes[i].access));
		json_key(&w, "statement");
		json_cstring(&w, routes[i].statement
					 ? statements[routes[i].statement].name
					 : NULL);
		json_key(&w, "rate");
		json_cstring(&w, rate_name(rate_of(&routes[i])));
		json_key(&w, "reply");
		json_cstring(&w, reply_name(&routes[i]));
		json_key(&w, "body");
		write_fields(&w, routes[i].body);
		json_key(&w, "query");
		write_fields(&w, routes[i].query);
		json_key(&w, "reads_body");
		json_bool(&w, routes[i].reads_body);
		json_end_object(&w);
	}
	json_end_array(&w);
	puts(b.ptr);
	strbuf_release(&b);
}

static void
print_text(void)
{
	printf("%-7s %-36s %-9s %-10s %-7s %-20s %s\n", "METHOD", "PATH", "ACCESS", "OF",
	       "RATE", "STATEMENT", "REPLY");
	for (int i = 0; i < route_count; i++)
		printf("%-7s %-36s %-9s %-10s %-7s %-20s %s\n",
		       http_method_name(routes[i].method), routes[i].path,
		       access_name(&routes[i].access), thing_name(&routes[i].access),
		       rate_name(rate_of(&routes[i])),
		       routes[i].statement ? statements[routes[i].statement].name : "-",
		       reply_name(&routes[i]));
}

bool
check_print_routes(bool as_json)
{
	if (as_json)
		print_json();
	else
		print_text();
	return check_routes(stderr);
}
