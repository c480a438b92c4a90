/* metrics.c: writes what Prometheus reads, and what is true of every master and its workers. Runs in masters. */
#include "model/metrics.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "model/pool_state.h"
#include "model/totals.h"

enum { NUMBER_SIZE = 24, SECOND_NS = 1000000000 };

/* --- the format --------------------------------------------------------------- */

void
metric_head(struct strbuf *out, const char *name, const char *type, const char *help)
{
	strbuf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Histograms are thousands of lines: without printf. */
static void
begin(struct strbuf *out, const char *name, const char *labels)
{
	strbuf_add_cstr(out, name);
	if (labels != NULL) {
		strbuf_add_char(out, '{');
		strbuf_add_cstr(out, labels);
		strbuf_add_char(out, '}');
	}
	strbuf_add_char(out, ' ');
}

void
metric_value(struct strbuf *out, const char *name, const char *labels, uint64_t n)
{
	begin(out, name, labels);
	strbuf_add_i64(out, (int64_t)n);
	strbuf_add_char(out, '\n');
}

void
metric_seconds(struct strbuf *out, const char *name, const char *labels, uint64_t ns)
{
	begin(out, name, labels);
	strbuf_addf(out, "%llu.%06llu\n", (unsigned long long)(ns / SECOND_NS),
		    (unsigned long long)(ns % SECOND_NS / 1000));
}

void
metric_label(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, *value == '\n' ? ' ' : *value);
	}
	strbuf_add_char(out, '"');
}

void
metric_of(struct strbuf *out, const char *name, const char *label, const char *value,
	  uint64_t n)
{
	struct strbuf labels;

	strbuf_init(&labels);
	metric_label(&labels, label, value);
	metric_value(out, name, labels.ptr, n);
	strbuf_release(&labels);
}

static void
write_row(struct strbuf *out, const struct metric *m, const char *block)
{
	const char *at = block + m->at;
	uint64_t n = 0;
	uint32_t small;

	if (m->as == METRIC_U32 || m->as == METRIC_I32) {
		memcpy(&small, at, sizeof(small));
		n = small;
	} else {
		memcpy(&n, at, sizeof(n));
	}
	if (m->as == METRIC_NS || m->as == METRIC_US)
		metric_seconds(out, m->name, m->labels,
			       m->as == METRIC_US ? n * 1000 : n);
	else
		metric_value(out, m->name, m->labels, n);
}

void
metric_rows(struct strbuf *out, const struct metric *rows, size_t count,
	    const void *block)
{
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(rows[i].name, rows[i - 1].name) != 0)
			metric_head(out, rows[i].name, rows[i].type, rows[i].help);
		write_row(out, &rows[i], block);
	}
}

/* --- a master and its workers -------------------------------------------------- */

#define AT(field) offsetof(struct scoreboard, field)
/* clang-format off */
static const struct metric rows[] = {
	{ "hob_master_start_time_seconds", "gauge", "When the master was started, in unix time; kept by USR2, which begins the counters anew.",
	  NULL, METRIC_US, AT(started_us) },
	{ "hob_worker_generation", "gauge", "The generation of workers: one more with each reload.",
	  NULL, METRIC_U32, AT(generation) },
	{ "hob_workers_configured", "gauge", "Workers that the configuration asks for.",
	  NULL, METRIC_U32, AT(configured) },
	{ "hob_worker_crashes_total", "counter", "Workers that ended without having been asked to.",
	  NULL, METRIC_U64, AT(crashes) },
	{ "hob_worker_kills_total", "counter", "Workers that the master killed because their work took too long.",
	  NULL, METRIC_U64, AT(kills) },
	{ "hob_worker_recycles_total", "counter", "Workers that left because they were used up (requests, memory).",
	  NULL, METRIC_U64, AT(recycles) },
};
/* clang-format on */
#undef AT

static void
write_states(const struct scoreboard *b, struct strbuf *out)
{
	static const char name[] = "hob_workers";
	uint64_t stopped = 0, states[WORKER_STATE_COUNT] = { 0 };

	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		const struct worker_slot *w = &b->workers[i];
		uint32_t state = w->state;

		if (w->pid != 0 && w->stopped_ns != 0)
			stopped++;
		else if (w->pid != 0 && state < WORKER_STATE_COUNT)
			states[state]++;
	}
	metric_head(out, name, "gauge", "Workers by state.");
	for (int i = WORKER_STARTING; i < WORKER_STATE_COUNT; i++)
		metric_of(out, name, "state", worker_state_name((enum worker_state)i),
			  states[i]);
	metric_of(out, name, "state", "stopped", stopped);
}

static void
write_links(const struct scoreboard *b, struct strbuf *out)
{
	static const char name[] = "hob_database_links";
	uint64_t links[LINK_COUNT] = { 0 };

	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		if (b->workers[i].pid != 0 && b->workers[i].link < LINK_COUNT)
			links[b->workers[i].link]++;
	metric_head(out, name, "gauge", "Workers by their link to the database.");
	for (int i = 0; i < LINK_COUNT; i++)
		metric_of(out, name, "state", worker_link_name((enum worker_link)i),
			  links[i]);
	metric_head(out, "hob_database_up", "gauge",
		    "1 when a worker has a link to the database.");
	metric_value(out, "hob_database_up", NULL, links[LINK_READY] > 0);
}

static void
write_sizes(const struct scoreboard *b, struct strbuf *out)
{
	static const char name[] = "hob_worker_resident_memory_bytes";
	char index[NUMBER_SIZE];

	metric_head(out, name, "gauge",
		    "Resident memory of each worker, as it has last looked.");
	for (int i = 0; i < SCOREBOARD_WORKERS; i++) {
		if (b->workers[i].pid == 0)
			continue;
		snprintf(index, sizeof(index), "%d", i);
		metric_of(out, name, "worker", index, b->workers[i].rss_bytes);
	}
}

static void
write_times(const struct scoreboard *b, struct strbuf *out)
{
	uint64_t busy_ns = 0;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		busy_ns += b->workers[i].busy_ns;
	metric_head(out, "hob_worker_busy_seconds_total", "counter",
		    "Time that workers were at work: divided by their lifetime, how busy "
		    "they are.");
	metric_seconds(out, "hob_worker_busy_seconds_total", NULL, busy_ns);
	metric_head(out, "hob_worker_lifetime_seconds_total", "counter",
		    "Time that workers have lived.");
	metric_seconds(out, "hob_worker_lifetime_seconds_total", NULL,
		       totals_lived_ns(b, clock_mono_ns()));
}

void
metrics_board(const struct scoreboard *b, struct strbuf *out)
{
	metric_rows(out, rows, sizeof(rows) / sizeof(rows[0]), b);
	write_states(b, out);
	write_links(b, out);
	write_sizes(b, out);
	write_times(b, out);
}
