/* pages.c: what the master of hob-jobs shows on its status socket. Runs in the master. */
#include "jobs/heritage.h"

#include "model/metrics.h"
#include "model/status.h"

static void
write_text(void *arg, struct strbuf *out)
{
	const struct heritage *h = arg;

	status_jobs_text(h->block, out);
}

static void
write_json(void *arg, struct strbuf *out)
{
	const struct heritage *h = arg;

	status_document(status_jobs_json, h->block, out);
}

static void
write_metrics(void *arg, struct strbuf *out)
{
	const struct heritage *h = arg;

	metrics_jobs(h->block, out);
}

const struct status_page jobs_pages[] = { { "/status", "text/plain", write_text },
					  { "/status?json", "application/json",
					    write_json },
					  { "/metrics", METRICS_TYPE, write_metrics },
					  { NULL } };
