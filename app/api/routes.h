#ifndef HOB_API_ROUTES_H
#define HOB_API_ROUTES_H

#include <stdbool.h>

#include "api/fields.h"
#include "core/err.h"
#include "http/http.h"
#include "statements.h"

struct req;

/* Who may call. Zero is nobody's choice: a row that says nothing does not build. */
enum who {
	WHO_UNDECLARED,
	WHO_ANYONE,	/* no session needed, none looked at */
	WHO_INTERNAL,	/* as ANYONE; nginx lets only this host through */
	WHO_SIGNED,	/* a session; the statement itself keeps to the caller's own rows */
	WHO_SCOPED	/* a session, and at least `role` in the residence of `thing` */
};

/* What a scope is about; by_thing[] in bind.c has its statement. */
enum thing { THING_NONE, THING_RESIDENCE, THING_TASK, THING_COMPLETION, THING_COUNT };

/* Lowest role that passes. */
enum role { ROLE_NONE, ROLE_VIEW, ROLE_EDIT, ROLE_MANAGE, ROLE_OWN };

struct access {
	enum who who;
	enum thing thing;
	enum role role;
};

#define ANYONE { WHO_ANYONE, THING_NONE, ROLE_NONE }
#define INTERNAL { WHO_INTERNAL, THING_NONE, ROLE_NONE }
#define SIGNED { WHO_SIGNED, THING_NONE, ROLE_NONE }
#define SCOPE(thing, role) { WHO_SCOPED, THING_##thing, ROLE_##role }

/* The shape of a success. */
enum reply {
	ONE,		/* 200 and the row; no row is 404 */
	CREATED,	/* 201, the row, and Location; 200 when its column _made is false */
	PAGE,		/* 200 and {results, next_cursor} */
	NO_CONTENT,	/* 204; no row is 404 */
	HANDLER		/* the handler answers */
};

/* How often; limits.c has the table. Zero is the one of the method. */
enum rate {
	RATE_BY_METHOD,	/* GET as READS, others as WRITES */
	RATE_READS,
	RATE_WRITES,
	RATE_UNPROVEN,	/* not for rows: by address, until the token has proved to be a session */
	RATE_SHARE,	/* as WRITES, and wrong codes by address and by account: see limit_share */
	RATE_FEED,	/* not for rows: by calendar feed, whoever asks */
	RATE_WORK,	/* nor this: see limit_worked */
	RATE_AUTH,	/* by address, whoever asks */
	RATE_ACCOUNT,	/* the last two are not for rows: see limit_login */
	RATE_LOGIN,
	RATE_COUNT,
	RATE_NONE = RATE_COUNT
};

enum { ROUTE_USES = 14 };

struct route {
	enum http_method method;
	const char *path;
	struct access access;
	const struct field *body;
	const struct field *query;
	enum statement statement;
	enum reply reply;
	const char *location;	/* CREATED: "/api/tasks/" + id; NULL: the request's path + id */
	/*
	 * The statement that shows the thing as it is now: after a write whose If-Match was
	 * not met, and of what an earlier POST has made, whose id goes into its parameter
	 * `made`.
	 */
	enum statement shown_by;
	const char *made;
	/*
	 * Runs instead of the plain "queue the statement, run, reply". ERR_OK when it has
	 * answered; see request.h for what it can use.
	 */
	enum err (*handler)(struct req *r);
	enum statement uses[ROUTE_USES];	/* further statements of the handler */
	int max_age_s;		/* > 0: public, cacheable; 0: private, no-cache */
	bool limited;		/* makes what there may be so many of: refused with HB402 */
	bool reads_body;	/* the handler reads a body that no table of fields describes */
	enum rate rate;
	bool any_query;		/* names that it does not know are passed over */
	bool dear;		/* a read of what may be all of a home: counts as several */
	bool recalled;		/* the answer hangs on nothing but the caller and _hangs_on: recall.h */
	bool is_probe;		/* asked all day by machines: a good answer is logged at debug */
};

extern const struct route routes[];
extern const int route_count;

#endif
