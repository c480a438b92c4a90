/*
 * cursor.c: a text that was not sealed here is refused; a sealed one comes back, for its
 * own filters and no others.
 */
#include "serve/cursor.h"

#include <string.h>

#include "db/db.h"
#include "fuzz.h"
#include "serve/surface.h"
#include "serve/worker.h"

static const struct heritage heritage = { .cursor_secret =
						  "a secret of the fuzzer's own" };
static struct worker worker = { .heritage = &heritage };

/* The first route that is a list with filters. */
static const struct route *
list_route(int *statement)
{
	for (int i = 0; i < surface_route_count(); i++) {
		const struct route *route = surface_route(i);
		int count = 0;
		const struct db_order *orders = surface.orders(route->statement, &count);

		if (count > 0 && field_count(route->query) > 0) {
			*statement = orders[0].statement;
			return route;
		}
	}
	return NULL;
}

static struct req
request(struct arena *a)
{
	static struct saying *sayings;
	struct req r = { .worker = &worker, .arena = a, .sayings = &sayings };

	sayings = NULL;

	r.route = list_route(&r.statement);
	MUST(r.route != NULL);
	return r;
}

/* The first filter that is bound, and so is signed. */
static int
signed_filter(const struct route *route)
{
	int i = 0;

	while (route->query[i].flags & HANDLED)
		i++;
	return i;
}

static void
must_be_refused(struct arena *a, struct str text)
{
	struct req r = request(a);
	struct str payload;

	MUST(!cursor_unseal(&r, text, &payload));
	MUST(cursor_decode(&r, text, false) == ERR_INVALID && r.error_count == 1);
}

static void
must_come_back(struct arena *a, struct str payload)
{
	struct req r = request(a);
	struct str sealed = cursor_seal(&r, payload), out;
	char *forged = arena_cstr(a, sealed);
	size_t at = payload.len % sealed.len;

	MUST(cursor_unseal(&r, sealed, &out) && str_eq(out, payload));
	forged[at] = forged[at] == 'A' ? 'B' : 'A';
	must_be_refused(a, str_of(forged));
	must_be_refused(a, (struct str){ sealed.ptr, sealed.len - 1 });
	r.query[signed_filter(r.route)] = "another";
	MUST(!cursor_unseal(&r, sealed, &out));
}

static void
must_lead_on(struct arena *a, struct str key)
{
	static const char id[] = "0190f3c2-7a10-7cc0-8000-000000000001";
	struct req r = request(a), next = request(a);
	struct str text = cursor_encode(&r, key, str_of(id));

	MUST(cursor_decode(&next, text, false) == ERR_OK);
	MUST(strcmp(next.values[VALUE_CURSOR_ID], id) == 0);
	MUST(str_is(key, next.values[VALUE_CURSOR_KEY]));
	MUST(next.statement == r.statement);
}

void
fuzz_cursor(struct arena *a, struct str input)
{
	must_be_refused(a, input);
	must_come_back(a, input);
	must_lead_on(a, fuzz_line(input));
}
