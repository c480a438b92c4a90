/* metrics_pool.c: what Prometheus is told of a pool that serves: hob-api, hob-admin. Runs in their masters. */
#include "model/metrics.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "model/pool_state.h"
#include "model/totals.h"

#define AT(field) offsetof(struct shared, field)
#define COUNT(which) METRIC_U64, AT(caches.counts[which])
/* clang-format off */
static const struct metric rows[] = {
	{ "hob_queue_length", "gauge", "Requests that wait for a worker.",
	  NULL, METRIC_U32, AT(gate.queue_now) },
	{ "hob_queue_length_max", "gauge", "The most that have waited for a worker at one time.",
	  NULL, METRIC_U32, AT(gate.queue_max) },
	{ "hob_queue_limit", "gauge", "With so many waiting no further connection is accepted.",
	  NULL, METRIC_U32, AT(gate.queue_limit) },
	{ "hob_gate_connections", "gauge", "Connections of nginx that are open.",
	  NULL, METRIC_U32, AT(gate.connections) },
	{ "hob_gate_accepting", "gauge", "0 while no connection is accepted: the queue is full, or no descriptor is left.",
	  NULL, METRIC_U32, AT(gate.accepting) },
	{ "hob_gate_descriptors_short", "gauge", "1 while the limit of open files lets no further connection in.",
	  NULL, METRIC_U32, AT(gate.starved) },
	{ "hob_gate_handed_total", "counter", "Requests that the gate handed to workers.",
	  NULL, METRIC_U64, AT(gate.handed) },
	{ "hob_gate_retaken_total", "counter", "Requests that a worker found on the connection it had just served.",
	  NULL, METRIC_U64, AT(gate.retaken) },
	{ "hob_requests_shed_total", "counter", "Requests that were not executed: they waited too long (stale), were not even accepted "
	  "for as long (full), or their client had gone (hung_up).",
	  "reason=\"stale\"", METRIC_U64, AT(gate.shed_stale) },
	{ "hob_requests_shed_total", NULL, NULL, "reason=\"full\"", METRIC_U64, AT(gate.shed_full) },
	{ "hob_requests_shed_total", NULL, NULL, "reason=\"hung_up\"", METRIC_U64, AT(gate.hung_up) },
	{ "hob_cache_lookups_total", "counter", "Looks into a cache, by what became of them.",
	  "cache=\"session\",result=\"hit\"", COUNT(COUNT_SESSION_HIT) },
	{ "hob_cache_lookups_total", NULL, NULL, "cache=\"session\",result=\"redis\"", COUNT(COUNT_SESSION_REMOTE) },
	{ "hob_cache_lookups_total", NULL, NULL, "cache=\"session\",result=\"miss\"", COUNT(COUNT_SESSION_MISS) },
	{ "hob_cache_lookups_total", NULL, NULL, "cache=\"answer\",result=\"hit\"", COUNT(COUNT_ANSWER_HIT) },
	{ "hob_cache_lookups_total", NULL, NULL, "cache=\"answer\",result=\"miss\"", COUNT(COUNT_ANSWER_MISS) },
	{ "hob_cache_invalidated_keys_total", "counter", "Keys that were invalidated, by where they changed.",
	  "origin=\"here\"", COUNT(COUNT_TOUCHED) },
	{ "hob_cache_invalidated_keys_total", NULL, NULL, "origin=\"elsewhere\"", COUNT(COUNT_HEARD) },
	{ "hob_cache_generations_total", "counter", "Times that everything on this host was invalidated at once.",
	  NULL, COUNT(COUNT_FORGOTTEN) },
	{ "hob_cache_unsent_total", "counter", "Changes that Redis did not take.",
	  NULL, COUNT(COUNT_UNSENT) },
	{ "hob_cache_foreign_total", "counter", "Values in Redis that no host of this installation has signed.",
	  NULL, COUNT(COUNT_FOREIGN) },
	{ "hob_schema_version", "gauge", "The version of the database's schema; 0: not known yet.",
	  NULL, METRIC_I32, AT(schema.database) },
};
#undef AT
#define AT(field) offsetof(struct totals, field)
static const struct metric sums[] = {
	{ "hob_database_round_trips_total", "counter", "Round trips to the database: divided by requests, how many one takes.",
	  NULL, METRIC_U64, AT(round_trips) },
	{ "hob_database_wait_seconds_total", "counter", "Time that workers waited for the database.",
	  NULL, METRIC_NS, AT(db_wait_ns) },
};
/* clang-format on */
#undef AT

/* Without Redis there is nothing to be up. */
static void
write_redis(const struct shared *b, struct strbuf *out)
{
	if (cache_is_alone(&b->caches))
		return;
	metric_head(out, "hob_redis_up", "gauge",
		    "1 while Redis is heard; else nothing is served from memory.");
	metric_value(out, "hob_redis_up", NULL, !cache_is_disconnected(&b->caches));
}

static void
write_now(const struct shared *b, struct strbuf *out)
{
	int64_t oldest_ns = b->gate.queue_oldest_ns, now_ns = clock_mono_ns();

	metric_head(out, "hob_queue_oldest_seconds", "gauge",
		    "How long the first in the queue has waited.");
	metric_seconds(out, "hob_queue_oldest_seconds", NULL,
		       oldest_ns != 0 && oldest_ns < now_ns
			       ? (uint64_t)(now_ns - oldest_ns)
			       : 0);
	metric_head(out, "hob_read_only", "gauge",
		    "1 while what would change something is refused (hob mode).");
	metric_value(out, "hob_read_only", NULL, b->schema.read_only);
}

/* --- the histogram -------------------------------------------------------------- */

static uint64_t
read(const uint64_t *n)
{
	return __atomic_load_n(n, __ATOMIC_RELAXED);
}

/* "GET /api/tasks", or none. */
static void
write_labels(const struct shared *b, int route, int class, struct strbuf *labels)
{
	char method[GATE_ROUTE_SIZE] = "none";
	const char *path = "none", *space;

	if (route < GATE_ROUTES) {
		space = strchr(b->gate.routes[route], ' ');
		path = space + 1;
		snprintf(method, sizeof(method), "%.*s",
			 (int)(space - b->gate.routes[route]), b->gate.routes[route]);
	}
	metric_label(labels, "method", method);
	strbuf_add_char(labels, ',');
	metric_label(labels, "route", path);
	strbuf_addf(labels, ",status=\"%dxx\"", class + 2);
}

/* Buckets are those below, too; the count is read from them, so that they fit. */
static void
write_cell(const struct duration_cell *cell, struct strbuf *labels, struct strbuf *out)
{
	size_t len = labels->len;
	uint64_t count = 0;
	for (int i = 0; i <= DURATION_BOUNDS; i++) {
		count += read(&cell->buckets[i]);
		strbuf_add_cstr(labels, ",le=\"");
		strbuf_add_cstr(labels,
				i < DURATION_BOUNDS ? duration_bound_names[i] : "+Inf");
		strbuf_add_char(labels, '"');
		metric_value(out, "hob_http_request_duration_seconds_bucket", labels->ptr,
			     count);
		labels->len = len;
		labels->ptr[len] = '\0';
	}
	metric_seconds(out, "hob_http_request_duration_seconds_sum", labels->ptr,
		       read(&cell->sum_us) * 1000);
	metric_value(out, "hob_http_request_duration_seconds_count", labels->ptr, count);
}

static bool
is_used(const struct duration_cell *cell)
{
	for (int i = 0; i <= DURATION_BOUNDS; i++)
		if (read(&cell->buckets[i]) != 0)
			return true;
	return false;
}

/* Only of what there was: a pool of 176 routes answers most of them in two classes. */
static void
write_durations(const struct shared *b, struct strbuf *out)
{
	struct strbuf labels;

	strbuf_init(&labels);
	metric_head(out, "hob_http_request_duration_seconds", "histogram",
		    "How long requests took, their wait in the queue and the sending of "
		    "the answer included.");
	for (int route = 0; route < DURATION_ROUTES; route++) {
		if ((uint32_t)route >= b->gate.route_count && route < GATE_ROUTES)
			continue;
		for (int class = 0; class < DURATION_CLASSES; class ++) {
			const struct duration_cell *cell =
				&b->durations.cells[route][class];

			if (!is_used(cell))
				continue;
			strbuf_clear(&labels, 0);
			write_labels(b, route, class, &labels);
			write_cell(cell, &labels, out);
		}
	}
	strbuf_release(&labels);
}

void
metrics_pool(const struct shared *b, struct strbuf *out)
{
	const struct totals t = totals_of(b, clock_mono_ns());

	metrics_board(&b->board, out);
	metric_rows(out, rows, sizeof(rows) / sizeof(rows[0]), b);
	metric_rows(out, sums, sizeof(sums) / sizeof(sums[0]), &t);
	write_redis(b, out);
	write_now(b, out);
	write_durations(b, out);
}
