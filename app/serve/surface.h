#ifndef HOB_SERVE_SURFACE_H
#define HOB_SERVE_SURFACE_H

#include "core/arena.h"
#include "db/db.h"
#include "serve/scheme.h"
#include "serve/route.h"

/*
 * The definition of a program in constant tables: the machinery in this folder knows
 * nothing else of it. Each program defines `surface`.
 */

/* A role, lowest first. */
struct role {
	const char *right;	/* as the route table prints it: "edit" */
	const char *name;	/* as the database has it: "member" */
};

/*
 * A constraint that a valid body can break, or a name by which a function refuses (RAISE ... USING CONSTRAINT), and
 * its problem.
 */
struct refusal {
	const char *constraint;	/* NULL ends the table */
	const char *field;	/* NULL: it is about the request */
	enum err err;
	const char *code;	/* NULL: that of `err` */
	const char *detail;	/* a sentence for people; of a field, a fragment */
};

/* A limit of the program's own, behind those of limits.c: RATE_PROGRAM + its index. */
struct rate_limit {
	const char *name;	/* NULL ends the table */
	size_t setting;		/* offset in struct config of the count, an int64_t; 0 there is no limit */
	int window_s;
};

/* What something is called before people, in English. */
struct called {
	const char *name;	/* NULL ends the table */
	const char *as;
};

/* Routes that belong together. */
struct resource {
	const char *name;
	const struct route *routes;
	int count;
};

/* Statements that the machinery runs itself. */
struct own_statements {
	/* :user_id, :within: what a scheme's `enter` does, for a known caller; 0: callers are not remembered, and then
	 * there is no need of `me`. */
	int enter_known;
	int me;			/* the caller's account, which a worker learns with the session */
	/* Refuses with HB208 when the Idempotency-Key was used; 0: keys are passed over, and there are none of the
	 * next three. */
	int once;
	int once_whole;		/* keeps that of a request of parts, and says in _replayed whether it was used */
	int keep_key;		/* keeps it behind a statement that has done something */
	int rehearsed;		/* refuses with HB200, so that what went before is rolled back */
	int startup_check, ready_check;	/* of schema and rights */
	int require_writable;	/* refuses as "read_only" while nothing may be changed (mode.h); 0: there is no such time */
	int note_requests;	/* :pool, :statuses, :latencies of figures.h; 0: nobody is told */
};

struct surface {
	const char *program;			/* "hob-api" */
	/* Settings of its own: what their keys begin with ("api"), and the offset of a struct pool in struct config. */
	const char *keys;
	size_t pool;
	const char *db_key, *db_role;		/* the key of its login ("db.url"), and the role that this should be */
	const struct resource *const *resources;	/* NULL-terminated */
	const struct db_statement *statements;	/* index 0 is none */
	int statement_count;
	/* The orders a list knows, the default first; NULL and 0 when it has none. */
	const struct db_order *(*orders)(int statement, int *count);
	const struct scheme *schemes;		/* by which callers prove who they are: scheme.h */
	unsigned takes;				/* those of a row that names none; 0: the first */
	struct own_statements own;
	const int *by_code;	/* statements that code runs, behind no route; 0 ends; NULL: none */
	const struct role *roles;		/* by enum role of the program; 0 is none */
	const struct refusal *refusals;
	const struct rate_limit *rates;
	const struct called *titles;		/* of problems, by code, that have another than their error; NULL: none */
	const struct called *called;		/* the fields, at the beginning of a sentence; NULL: by their names */
	const char *const *media;		/* types that bodies of files may be (receive.h); NULL: the program takes none */
	const char *const *values;		/* names of VALUE_PROGRAM and on; NULL-terminated */
	const struct words *words;		/* of the API document: words.h */
};
extern const struct surface surface;

int surface_route_count(void);
/* Routes are numbered through all resources, from 0. */
const struct route *surface_route(int index);
/* All of them, in that order. */
const struct route *const *surface_routes(struct arena *a);
/* Index of a route that exists. */
int surface_find(enum http_method method, const char *path);
/* Is there a scheme whose credential stands there? */
bool surface_takes_from(enum credential_place place);
/* Is a good answer of it a status alone? */
bool route_shows_nothing(const struct route *route);
/* The `i`-th of the further statements of its handler; 0 behind the last. */
int route_use(const struct route *route, int i);
/* The index of the path parameter {name}, from 0; -1: none. */
int route_part(const struct route *route, const char *name);

#endif
