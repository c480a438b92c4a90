#ifndef HOB_SERVE_ROUTE_H
#define HOB_SERVE_ROUTE_H

#include <stdbool.h>

#include "core/err.h"
#include "http/http.h"
#include "serve/field.h"

struct req;

/* A kind of object of the program, for routes. */
struct thing {
	const char *name;	/* "lamp" */
	const char *id;		/* the parameter that says which: "lamp_id"; NULL: the caller has one */
	int scope;		/* the statement that checks a role in it; 0: no scope is about it */
	int shown_by;		/* the one that shows it as it is now; 0: none */
};

/* Who may call. Zero is never chosen: a row without access does not build. */
enum who {
	WHO_UNDECLARED,
	WHO_ANYONE,	/* no session needed, none looked at */
	WHO_INTERNAL,	/* as ANYONE; nginx lets only this host through */
	WHO_HOLDER,	/* holds the secret in the path; the statement checks it */
	WHO_SIGNED,	/* a session; the statement itself keeps to the caller's own rows */
	WHO_SCOPED	/* a session, and at least `role` where `thing` belongs */
};

struct access {
	enum who who;
	const struct thing *thing;
	int role;	/* lowest that passes, of the program's roles */
};

#define ANYONE { WHO_ANYONE, NULL, 0 }
#define INTERNAL { WHO_INTERNAL, NULL, 0 }
#define HOLDER { WHO_HOLDER, NULL, 0 }
#define SIGNED { WHO_SIGNED, NULL, 0 }
#define SCOPE(thing, role) { WHO_SCOPED, thing, role }

/* The shape of a success. */
enum reply {
	ONE,		/* 200 and the row; no row is 404 */
	CREATED,	/* 201, the row, and Location; 200 when its column _made is false */
	PAGE,		/* 200 and {results, next_cursor} */
	NO_CONTENT,	/* 204; no row is 404 */
	ACCEPTED,	/* 202, and the row if the document has a thing; no row is 404 */
	NUMBERED,	/* 200 and {count, results}, of which the handler makes pages with numbers */
	HANDLER		/* the handler answers */
};

/*
 * Rate limits; limits.c has the table, the program more (surface.rates). Zero: by the
 * method.
 */
enum rate {
	RATE_BY_METHOD,	/* GET as READS, others as WRITES */
	RATE_READS,
	RATE_WRITES,
	RATE_UNPROVEN,	/* not for rows: by address, until the token has proved to be a session */
	RATE_WORK,	/* nor this: see limit_worked */
	RATE_AUTH,	/* by address, with or without a session */
	RATE_ACCOUNT,	/* these two are not for rows: see limit_login */
	RATE_LOGIN,
	RATE_PROGRAM,	/* the first of the program's own: as the method's, and as the handler counts */
	RATES_MAX = 16,
	RATE_NONE = RATES_MAX
};

enum { ROUTE_USES = 14, ROUTE_INCLUDES = 4, NO_STATEMENT = 0 };

/* The operation in the API document, besides the facts of its row. */
struct operation {
	const char *id;		/* operationId: what generated clients call it */
	const char *tag;
	const char *thing;	/* schema of the answer: "Lamp" for a row or a page */
	const char *summary;
	const char *body;	/* schema of a body that the handler reads; NULL: none */
	const char *media[2];	/* of what is answered beside JSON, or instead if thing is Text or Bytes; NULL: none */
	const char *takes;	/* the media type of `body`; NULL: JSON */
	const char *header;	/* one more of the answer; NULL: none */
	const char *also;	/* further codes of problems, "lamp_broken too_hot"; NULL: those that follow from the row */
	bool is_made;		/* 201 although the handler answers */
	bool may_wait;		/* 202 beside 200, for what is not done yet */
	bool wants_reason;	/* the header of the scheme that says why they ask must be there */
	bool in_parts;		/* what is answered may come in parts, without a tag */
};

struct route {
	enum http_method method;
	const char *path;
	struct access access;
	const struct field *body;
	const struct field *query;
	int statement;
	enum reply reply;
	const char *location;	/* CREATED: "/api/lamps/" + id; NULL: the request's path + id */
	/*
	 * The object to show after a write whose If-Match failed, and to a retry, which needs no
	 * right but that the statement looks for; NULL: nothing.
	 */
	const struct thing *shows;
	const struct thing *again;	/* to a retry, where no version is compared; NULL: `shows` */
	/*
	 * Runs before the statement and sets r->values of the program. Any result but
	 * ERR_OK, explained, ends the request.
	 */
	enum err (*prepare)(struct req *r);
	/*
	 * Runs instead of the plain "queue the statement, run, reply". ERR_OK when it has
	 * answered; see request.h for what it can use.
	 */
	enum err (*handler)(struct req *r);
	int uses[ROUTE_USES];	/* further statements of the handler */
	int (*uses_of)(int i);	/* and those that a table has; 0 behind the last */
	int includes[ROUTE_INCLUDES];	/* of the lists that the choices of `include` add to ONE: include.h */
	int writes;		/* the one of `uses` that writes; 0: `statement` does */
	int max_age_s;		/* > 0: public, cacheable; 0: private, no-cache */
	bool limited;		/* makes objects of a limited number: HB402 refuses */
	bool reads_body;	/* the handler reads a body that no table of fields describes */
	bool takes_files;	/* the handler takes the body as files: receive.h */
	unsigned takes;		/* schemes, as TAKES(one) | TAKES(other); 0: surface.takes, where the access wants one */
	bool reads;		/* changes nothing, whatever its method: who may only read may call it */
	bool in_read_only;	/* goes on in read-only mode, although it writes: mode.h */
	int rate;
	bool any_query;		/* names that it does not know are passed over */
	bool any_body;		/* a body is passed over, whatever it is */
	bool dear;		/* a read of possibly all rows: counts as several */
	bool cached;		/* depends only on the caller and _hangs_on: cached.h */
	struct operation doc;
	bool is_probe;		/* polled by machines: a good answer is logged at debug */
};

#endif
