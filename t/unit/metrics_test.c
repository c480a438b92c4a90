/*
 * metrics_test.c: histograms of requests, and what Prometheus is told of a pool and of hob-jobs.
 */
#include "model/metrics.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

Suite *metrics_suite(void);

static struct shared *pool;
static struct jobs_block *jobs;
static struct strbuf out;

static void
begin(void)
{
	pool = calloc(1, sizeof(*pool));
	jobs = calloc(1, sizeof(*jobs));
	ck_assert_ptr_nonnull(pool);
	ck_assert_ptr_nonnull(jobs);
	pool->gate.route_count = 2;
	snprintf(pool->gate.routes[0], GATE_ROUTE_SIZE, "GET /api/tasks");
	snprintf(pool->gate.routes[1], GATE_ROUTE_SIZE, "DELETE /api/tasks/{task_id}");
	strbuf_init(&out);
}

static void
end(void)
{
	strbuf_release(&out);
	free(pool);
	free(jobs);
}

/* Is there such a line? */
static bool
says(const char *line)
{
	char whole[400];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	return strstr(out.ptr, whole) != NULL;
}

static int
times(const char *text)
{
	int n = 0;

	for (const char *p = strstr(out.ptr, text); p != NULL; p = strstr(p + 1, text))
		n++;
	return n;
}

START_TEST(a_duration_is_in_the_first_bucket_whose_bound_it_does_not_pass)
{
	struct durations *d = &pool->durations;
	uint64_t *n = d->cells[0][0].buckets;

	durations_add(d, 0, 200, -1);
	durations_add(d, 0, 204, 0);
	ck_assert_uint_eq(n[0], 2);
	ck_assert_uint_eq(d->cells[0][0].sum_us, 0);
	for (int i = 0; i < DURATION_BOUNDS; i++) {
		uint64_t before = n[i], next = n[i + 1];

		durations_add(d, 0, 200, duration_bounds_us[i]);
		ck_assert_uint_eq(n[i], before + 1);
		durations_add(d, 0, 200, duration_bounds_us[i] + 1);
		ck_assert_uint_eq(n[i + 1], next + 1);
	}
}
END_TEST

START_TEST(a_bound_is_called_what_it_is)
{
	for (int i = 0; i < DURATION_BOUNDS; i++) {
		ck_assert_int_eq((int64_t)(strtod(duration_bound_names[i], NULL) * 1e6 +
					   0.5),
				 duration_bounds_us[i]);
		ck_assert(i == 0 || duration_bounds_us[i] > duration_bounds_us[i - 1]);
	}
}
END_TEST

START_TEST(statuses_count_by_class_and_requests_without_a_route_are_apart)
{
	struct durations *d = &pool->durations;

	durations_add(d, 1, 404, 10);
	durations_add(d, 1, 503, 10);
	durations_add(d, -1, 404, 10);
	durations_add(d, GATE_ROUTES + 5, 404, 10);
	durations_add(d, 1, 100, 10);
	durations_add(d, 1, 600, 10);
	durations_add(d, 1, 0, 10);
	ck_assert_uint_eq(d->cells[1][2].buckets[0], 1);
	ck_assert_uint_eq(d->cells[1][3].buckets[0], 1);
	ck_assert_uint_eq(d->cells[GATE_ROUTES][2].buckets[0], 2);
	ck_assert_uint_eq(d->cells[1][0].buckets[0] + d->cells[1][1].buckets[0], 0);
}
END_TEST

START_TEST(a_histogram_has_all_below_in_each_bucket_and_only_what_there_was)
{
	durations_add(&pool->durations, 1, 412, 700);
	durations_add(&pool->durations, 1, 412, 700000);
	durations_add(&pool->durations, 1, 412, 70000000);
	metrics_pool(pool, &out);
#define CELL "method=\"DELETE\",route=\"/api/tasks/{task_id}\",status=\"4xx\""
	ck_assert(says("hob_http_request_duration_seconds_bucket{" CELL
		       ",le=\"0.0005\"} 0"));
	ck_assert(says("hob_http_request_duration_seconds_bucket{" CELL
		       ",le=\"0.001\"} 1"));
	ck_assert(
		says("hob_http_request_duration_seconds_bucket{" CELL ",le=\"1.0\"} 2"));
	ck_assert(
		says("hob_http_request_duration_seconds_bucket{" CELL ",le=\"10.0\"} 2"));
	ck_assert(
		says("hob_http_request_duration_seconds_bucket{" CELL ",le=\"+Inf\"} 3"));
	ck_assert(says("hob_http_request_duration_seconds_sum{" CELL "} 70.700700"));
	ck_assert(says("hob_http_request_duration_seconds_count{" CELL "} 3"));
	ck_assert_int_eq(times("hob_http_request_duration_seconds_count{"), 1);
	ck_assert_int_eq(times("# TYPE hob_http_request_duration_seconds histogram\n"),
			 1);
#undef CELL
}
END_TEST

START_TEST(requests_without_a_route_are_told_as_such)
{
	durations_add(&pool->durations, -1, 503, 700);
	metrics_pool(pool, &out);
	ck_assert(says("hob_http_request_duration_seconds_count"
		       "{method=\"none\",route=\"none\",status=\"5xx\"} 1"));
}
END_TEST

START_TEST(workers_are_told_by_state_and_link)
{
	pool->board.workers[0].pid = pool->board.workers[1].pid = 77;
	pool->board.workers[0].state = WORKER_DB_WAIT;
	pool->board.workers[0].link = LINK_READY;
	pool->board.workers[0].rss_bytes = 4096;
	pool->board.workers[1].state = WORKER_IDLE;
	pool->board.workers[1].stopped_ns = 1;
	pool->board.workers[1].link = LINK_AWAY;
	/* Gone, and not yet anybody's. */
	pool->board.workers[2].state = WORKER_IDLE;
	metrics_pool(pool, &out);
	ck_assert(says("hob_workers{state=\"db wait\"} 1"));
	ck_assert(says("hob_workers{state=\"stopped\"} 1"));
	ck_assert(says("hob_workers{state=\"idle\"} 0"));
	ck_assert(says("hob_database_links{state=\"ready\"} 1"));
	ck_assert(says("hob_database_links{state=\"away\"} 1"));
	ck_assert(says("hob_database_up 1"));
	ck_assert(says("hob_worker_resident_memory_bytes{worker=\"0\"} 4096"));
	ck_assert_int_eq(times("hob_worker_resident_memory_bytes{"), 2);
}
END_TEST

START_TEST(a_worker_of_no_known_state_does_no_harm)
{
	pool->board.workers[0].pid = 77;
	pool->board.workers[0].state = 4000000000u;
	pool->board.workers[0].link = 4000000000u;
	metrics_pool(pool, &out);
	ck_assert(says("hob_database_up 0"));
}
END_TEST

START_TEST(counters_go_on_in_the_successor_of_a_worker)
{
	for (int i = 0; i < 3; i++) {
		pool->gate.requests[i].round_trips = 5;
		pool->gate.requests[i].db_wait_ns = 1500000000;
		pool->board.workers[i].busy_ns = 2000000000;
	}
	metrics_pool(pool, &out);
	ck_assert(says("hob_database_round_trips_total 15"));
	ck_assert(says("hob_database_wait_seconds_total 4.500000"));
	ck_assert(says("hob_worker_busy_seconds_total 6.000000"));
}
END_TEST

START_TEST(redis_is_up_or_down_only_where_there_is_one)
{
	cache_shared_init(&pool->caches, true);
	metrics_pool(pool, &out);
	ck_assert_int_eq(times("hob_redis_up"), 0);
	strbuf_clear(&out, 0);
	cache_disconnect(&pool->caches, false);
	metrics_pool(pool, &out);
	ck_assert(says("hob_redis_up 0"));
	strbuf_clear(&out, 0);
	cache_hear(&pool->caches, clock_mono_ms());
	metrics_pool(pool, &out);
	ck_assert(says("hob_redis_up 1"));
}
END_TEST

START_TEST(rows_of_one_name_have_one_head)
{
	metrics_pool(pool, &out);
	ck_assert_int_eq(times("# TYPE hob_requests_shed_total counter\n"), 1);
	ck_assert_int_eq(times("\nhob_requests_shed_total{"), 3);
	ck_assert_int_eq(times("# TYPE hob_cache_lookups_total counter\n"), 1);
}
END_TEST

START_TEST(a_label_takes_any_text)
{
	metric_of(&out, "hob_x", "kind", "a\"b\\c\nd", 7);
	ck_assert_str_eq(out.ptr, "hob_x{kind=\"a\\\"b\\\\c d\"} 7\n");
}
END_TEST

START_TEST(jobs_that_nobody_counted_are_not_told_but_for_how_long)
{
	jobs->backlog.begun_ns = clock_mono_ns() - 300 * 1000000000LL;
	metrics_jobs(jobs, &out);
	ck_assert_int_eq(times("hob_jobs_waiting"), 0);
	ck_assert_int_eq(times("\nhob_backlog_age_seconds 300."), 1);
	ck_assert(says("hob_deliveries_total{channel=\"push\",result=\"gone\"} 0"));
	ck_assert(says("hob_neighbour_away{neighbour=\"gorush\"} 0"));
}
END_TEST

START_TEST(jobs_are_told_by_kind_and_the_outbox_by_channel)
{
	jobs->backlog.at_ns = clock_mono_ns();
	jobs->backlog.count = 2;
	jobs->backlog.rows[0] = (struct backlog_row){ .name = "mail",
						      .is_kind = true,
						      .paused = true,
						      .waiting = 3,
						      .held = 1,
						      .dead = 2,
						      .late_s = 90 };
	jobs->backlog.rows[1] =
		(struct backlog_row){ .name = "push", .waiting = 8, .held = 9 };
	jobs->rest_until_ms[MAIL_SERVER] = clock_mono_ms() + 60000;
	snprintf(jobs->counts.kinds[0], DOING_KIND_SIZE, "mail");
	jobs->counts.results[0][RESULT_DEAD] = 4;
	jobs->counts.sent[CHANNEL_WEBHOOK][SENT_AWAY] = 5;
	metrics_jobs(jobs, &out);
	ck_assert(says("hob_jobs_waiting{kind=\"mail\"} 3"));
	ck_assert(says("hob_jobs_leased{kind=\"mail\"} 1"));
	ck_assert(says("hob_jobs_dead{kind=\"mail\"} 2"));
	ck_assert(says("hob_job_lag_seconds{kind=\"mail\"} 90"));
	ck_assert(says("hob_jobs_paused{kind=\"mail\"} 1"));
	ck_assert(says("hob_outbox_waiting{channel=\"push\"} 8"));
	ck_assert(says("hob_outbox_held{channel=\"push\"} 9"));
	ck_assert(says("hob_jobs_run_total{kind=\"mail\",result=\"dead\"} 4"));
	ck_assert(says("hob_deliveries_total{channel=\"webhooks\",result=\"away\"} 5"));
	ck_assert(says("hob_neighbour_away{neighbour=\"mail_server\"} 1"));
	ck_assert_int_eq(times("hob_jobs_waiting{"), 1);
}
END_TEST

Suite *
metrics_suite(void)
{
	Suite *s = suite_create("metrics");
	TCase *tc = tcase_create("metrics");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc,
		       a_duration_is_in_the_first_bucket_whose_bound_it_does_not_pass);
	tcase_add_test(tc, a_bound_is_called_what_it_is);
	tcase_add_test(tc,
		       statuses_count_by_class_and_requests_without_a_route_are_apart);
	tcase_add_test(tc,
		       a_histogram_has_all_below_in_each_bucket_and_only_what_there_was);
	tcase_add_test(tc, requests_without_a_route_are_told_as_such);
	tcase_add_test(tc, workers_are_told_by_state_and_link);
	tcase_add_test(tc, a_worker_of_no_known_state_does_no_harm);
	tcase_add_test(tc, counters_go_on_in_the_successor_of_a_worker);
	tcase_add_test(tc, redis_is_up_or_down_only_where_there_is_one);
	tcase_add_test(tc, rows_of_one_name_have_one_head);
	tcase_add_test(tc, a_label_takes_any_text);
	tcase_add_test(tc, jobs_that_nobody_counted_are_not_told_but_for_how_long);
	tcase_add_test(tc, jobs_are_told_by_kind_and_the_outbox_by_channel);
	suite_add_tcase(s, tc);
	return s;
}
