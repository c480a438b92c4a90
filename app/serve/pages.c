/* pages.c: what the master of a pool shows on its status socket. Runs in the master. */
#include "serve/heritage.h"

#include "model/metrics.h"
#include "model/status.h"

static void
write_text(void *arg, struct strbuf *out)
{
	const struct heritage *h = arg;

	status_text(h->shared, out);
}

static void
write_json(void *arg, struct strbuf *out)
{
	const struct heritage *h = arg;

	status_document(status_json, h->shared, out);
}

static void
write_metrics(void *arg, struct strbuf *out)
{
	const struct heritage *h = arg;

	metrics_pool(h->shared, out);
}

const struct status_page pool_pages[] = { { "/status", "text/plain", write_text },
					  { "/status?json", "application/json",
					    write_json },
					  { "/metrics", METRICS_TYPE, write_metrics },
					  { NULL } };
