/* headers.c: what every reply says besides what it is about. Runs in workers. */
#include "db/db.h"
#include "serve/principal.h"
#include "serve/request.h"
#include "serve/surface.h"
#include "serve/worker.h"

void
request_add_headers(struct req *r, uint64_t round_trips)
{
	const struct worker *w = r->worker;
	int max_age_s = r->route ? r->route->max_age_s : 0;

	http_response_header(r->out, "X-Request-Id", r->request_id);
	if (r->speaks)
		http_response_header(r->out, "Content-Language",
				     str_of(request_language(r)->tag));
	limit_add_headers(r);
	cors_add_headers(r);
	if (max_age_s > 0 && (r->out->status == 200 || r->out->status == 304)) {
		http_response_header(r->out, "Cache-Control",
				     str_of(arena_printf(r->arena, "public, max-age=%d",
							 max_age_s)));
		http_response_header(r->out, "Vary", STR("Accept-Language"));
	} else {
		/* What is shown to who comes by a cookie stays on no disk of theirs. */
		http_response_header(r->out, "Cache-Control",
				     surface_takes_from(CREDENTIAL_COOKIE)
					     ? STR("no-store")
					     : STR("private, no-cache"));
		http_response_header(r->out, "Vary", str_of(principal_vary(r)));
	}
	if (!w->heritage->config.debug_headers)
		return;
	http_response_header(r->out, "X-Hob-Round-Trips",
			     str_of(arena_printf(r->arena, "%d", (int)round_trips)));
	http_response_header(r->out, "X-Hob-Worker",
			     str_of(arena_printf(r->arena, "%d", (int)w->slot->pid)));
}
