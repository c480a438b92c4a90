/* schema.c: what there is, for the panel: entities, their columns, and what the caller may do. Runs in workers. */
#include "admin/resources.h"

#include "db/db.h"
#include "json/json.h"
#include "serve/pipeline.h"
#include "serve/reply.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"
#include "statements.h"

static void
add_list(struct json_writer *w, const char *name, const char *const *list)
{
	json_key(w, name);
	json_array(w);
	for (; *list != NULL; list++)
		json_cstring(w, *list);
	json_end_array(w);
}

static void
add_flag(struct json_writer *w, const char *name, bool is)
{
	json_key(w, name);
	json_bool(w, is);
}

static void
add_text(struct json_writer *w, const char *name, const char *text)
{
	json_key(w, name);
	json_cstring(w, text);
}

static void
add_number(struct json_writer *w, const char *name, int64_t n)
{
	json_key(w, name);
	json_i64(w, n);
}

static void
add_column(struct json_writer *w, const struct column *c)
{
	json_object(w);
	add_text(w, "name", c->name);
	add_text(w, "type", c->type);
	add_flag(w, "list", c->flags & COLUMN_LIST);
	add_flag(w, "order", c->flags & COLUMN_ORDER);
	if (c->filters != NULL)
		add_list(w, "filter", c->filters);
	else
		add_flag(w, "filter", c->flags & COLUMN_FILTER);
	add_flag(w, "write", c->flags & COLUMN_WRITE);
	add_flag(w, "create", c->flags & COLUMN_CREATE);
	add_flag(w, "required", c->flags & COLUMN_REQUIRED);
	add_flag(w, "nullable", c->flags & COLUMN_NULL);
	add_flag(w, "masked", c->flags & COLUMN_MASKED);
	if (c->reference != NULL)
		add_text(w, "reference", c->reference);
	if (c->values != NULL)
		add_list(w, "values", c->values);
	if (c->max != 0) {
		add_number(w, "min", c->min);
		add_number(w, "max", c->max);
	}
	json_end_object(w);
}

static void
add_columns(struct json_writer *w, const char *name, const struct column *c)
{
	json_key(w, name);
	json_array(w);
	for (; c != NULL && c->name != NULL; c++)
		add_column(w, c);
	json_end_array(w);
}

static void
add_acts(struct json_writer *w, const struct act *acts, int role)
{
	json_key(w, "may");
	json_object(w);
	for (const struct act *a = acts; a->name != NULL; a++)
		add_flag(w, a->name, a->role != 0 && a->role <= role);
	json_end_object(w);
	json_key(w, "needs_reason");
	json_array(w);
	for (const struct act *a = acts; a->name != NULL; a++)
		if (a->needs_reason)
			json_cstring(w, a->name);
	json_end_array(w);
	json_key(w, "needs_password");
	json_array(w);
	for (const struct act *a = acts; a->name != NULL; a++)
		if (a->needs_password)
			json_cstring(w, a->name);
	json_end_array(w);
}

static void
add_actions(struct json_writer *w, const struct act *a, int role)
{
	json_key(w, "actions");
	json_array(w);
	for (; a->name != NULL; a++) {
		if (a->role > role)
			continue;
		json_object(w);
		add_text(w, "name", a->name);
		add_flag(w, "needs_reason", a->needs_reason);
		add_flag(w, "dangerous", a->needs_password);
		add_columns(w, "fields", a->fields);
		json_end_object(w);
	}
	json_end_array(w);
}

static void
add_entity(struct json_writer *w, const struct entity *e, int role)
{
	json_object(w);
	add_text(w, "name", e->name);
	add_text(w, "title_field", e->title);
	if (e->within != NULL)
		add_list(w, "within", e->within);
	add_flag(w, "search", e->has_search);
	add_acts(w, e->acts, role);
	add_actions(w, e->actions, role);
	add_columns(w, "columns", e->columns);
	json_end_object(w);
}

static int
role_of(struct str name)
{
	int role = ROLE_ADMIN;

	while (role > 0 && !str_is(name, surface.roles[role].name))
		role--;
	return role;
}

/* All entities: who may nothing with one is told of it, too. */
static enum err
show_schema(struct req *r)
{
	struct json_writer w;
	int index, role;
	enum err e = request_run(r, Q_ME, &index);

	if (e != ERR_OK)
		return e;
	if (db_row_count(r->worker->db, index) == 0)
		return ERR_UNAUTHORIZED;
	role = role_of(db_get(r->worker->db, index, 0, "role"));
	reply_json(r, 200);
	json_begin(&w, &r->out->body);
	json_object(&w);
	json_key(&w, "entities");
	json_array(&w);
	for (const struct entity *one = entities; one->name != NULL; one++)
		add_entity(&w, one, role);
	json_end_array(&w);
	json_end_object(&w);
	return ERR_OK;
}

/* clang-format off */
static const struct route routes[] = {
	{ HTTP_GET, ADMIN "/schema", STAFF(ROLE_SUPPORT), NULL, NULL, Q_ME, HANDLER, .handler = show_schema,
	  DOC("getSchema", "Signing in", "Schema", "Show what there is") },
};
/* clang-format on */

RESOURCE(schema);
