/* metrics_jobs.c: what Prometheus is told of hob-jobs. Runs in its master. */
#include "model/metrics.h"

#include "core/clock.h"
#include "model/pool_state.h"

/* clang-format off */
static const char *const result_names[JOB_RESULTS] = {
	[RESULT_DONE] = "done", [RESULT_FAILED] = "failed", [RESULT_PUT_OFF] = "put_off", [RESULT_DEAD] = "dead",
};
static const char *const channel_names[CHANNELS] = {
	[CHANNEL_PUSH] = "push", [CHANNEL_MAIL] = "mail", [CHANNEL_WEBHOOK] = "webhooks",
};
static const char *const sent_names[SENT_COUNT] = {
	[SENT_ACCEPTED] = "accepted", [SENT_LATER] = "later", [SENT_AWAY] = "away", [SENT_REFUSED] = "refused",
	[SENT_GONE] = "gone", [SENT_DROPPED] = "dropped",
};
static const char *const neighbour_names[NEIGHBOURS] = {
	[GORUSH] = "gorush", [MAIL_SERVER] = "mail_server", [FILE_STORE] = "file_store", [FILE_STORES] = "file_stores",
	[APPLE_STORE] = "apple_store", [GOOGLE_STORE] = "google_store", [GOOGLE_KEYS] = "google_keys",
};

/* What the planner has counted, of kinds of jobs or of what leaves the house. */
static const struct {
	const char *name, *help;
	bool of_kinds;
	size_t at;		/* an int64_t of struct backlog_row */
} gauges[] = {
	{ "hob_jobs_waiting", "Jobs that wait, on all hosts.", true, offsetof(struct backlog_row, waiting) },
	{ "hob_jobs_leased", "Jobs that a runner has, on all hosts.", true, offsetof(struct backlog_row, held) },
	{ "hob_jobs_dead", "Jobs that have failed for good, on all hosts.", true, offsetof(struct backlog_row, dead) },
	{ "hob_job_lag_seconds", "For how long the oldest job has been due, on all hosts.", true,
	  offsetof(struct backlog_row, late_s) },
	{ "hob_outbox_waiting", "Pushes, mails and webhooks that wait to be sent, on all hosts.", false,
	  offsetof(struct backlog_row, waiting) },
	{ "hob_outbox_held", "The same that wait until quiet hours end.", false, offsetof(struct backlog_row, held) },
};
/* clang-format on */

static void
write_backlog(const struct backlog *b, struct strbuf *out)
{
	for (size_t g = 0; g < sizeof(gauges) / sizeof(gauges[0]); g++) {
		metric_head(out, gauges[g].name, "gauge", gauges[g].help);
		for (int i = 0; i < b->count; i++) {
			const struct backlog_row *row = &b->rows[i];
			const char *at = (const char *)row + gauges[g].at;

			if (row->is_kind == gauges[g].of_kinds)
				metric_of(out, gauges[g].name,
					  row->is_kind ? "kind" : "channel", row->name,
					  (uint64_t) * (const int64_t *)(const void *)at);
		}
	}
	metric_head(out, "hob_jobs_paused", "gauge",
		    "1 for a kind that `hob jobs pause` keeps back.");
	for (int i = 0; i < b->count; i++)
		if (b->rows[i].is_kind)
			metric_of(out, "hob_jobs_paused", "kind", b->rows[i].name,
				  b->rows[i].paused);
}

/* Of a planner that has never counted, too: who watches has to be told. */
static void
write_age(const struct backlog *b, struct strbuf *out)
{
	int64_t since_ns = b->at_ns != 0 ? b->at_ns : b->begun_ns;

	metric_head(out, "hob_backlog_age_seconds", "gauge",
		    "How old the counts of jobs are, or hob-jobs where there are none; "
		    "the "
		    "planner makes new ones every five seconds.");
	metric_seconds(out, "hob_backlog_age_seconds", NULL,
		       (uint64_t)(clock_mono_ns() - since_ns));
}

static void
write_pair(struct strbuf *out, const char *name, const char *label, const char *value,
	   const char *result, const uint64_t *n)
{
	struct strbuf labels;

	strbuf_init(&labels);
	metric_label(&labels, label, value);
	strbuf_add_char(&labels, ',');
	metric_label(&labels, "result", result);
	metric_value(out, name, labels.ptr, __atomic_load_n(n, __ATOMIC_RELAXED));
	strbuf_release(&labels);
}

static void
write_counts(const struct job_counts *c, struct strbuf *out)
{
	metric_head(out, "hob_jobs_run_total", "counter",
		    "Jobs that runners of this host have run, by what became of them: "
		    "done, failed (another try follows), "
		    "put_off (whom it needs is away), dead.");
	for (int i = 0; i < JOB_KINDS && c->kinds[i][0] != '\0'; i++)
		for (int r = 0; r < JOB_RESULTS; r++)
			write_pair(out, "hob_jobs_run_total", "kind", c->kinds[i],
				   result_names[r], &c->results[i][r]);
	metric_head(out, "hob_deliveries_total", "counter",
		    "Tries to send a push, a mail or a webhook from this host, by the "
		    "answer; dropped: not sent for a reason of ours.");
	for (int i = 0; i < CHANNELS; i++)
		for (int r = 0; r < SENT_COUNT; r++)
			write_pair(out, "hob_deliveries_total", "channel",
				   channel_names[i], sent_names[r], &c->sent[i][r]);
}

static void
write_neighbours(const struct jobs_block *b, struct strbuf *out)
{
	metric_head(out, "hob_neighbour_away", "gauge",
		    "1 from when a server did not answer to when it has answered again; "
		    "it is asked every jobs.rest "
		    "while there is work for it.");
	for (int i = NOBODY + 1; i < NEIGHBOURS; i++)
		metric_of(out, "hob_neighbour_away", "neighbour", neighbour_names[i],
			  b->rest_until_ms[i] != 0);
}

void
metrics_jobs(const struct jobs_block *b, struct strbuf *out)
{
	metrics_board(&b->board, out);
	if (b->backlog.at_ns != 0)
		write_backlog(&b->backlog, out);
	write_age(&b->backlog, out);
	write_counts(&b->counts, out);
	write_neighbours(b, out);
}
