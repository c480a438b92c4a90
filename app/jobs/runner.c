/*
 * runner.c: the life of a runner: lease what is due, do it, end it, and look again; when nothing is due,
 * sleep for jobs.poll. All signals are blocked but while it sleeps, so that no job is interrupted; told to
 * leave, it ends the job at hand and gives back those that it has not begun.
 */
#include "jobs/runner.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/date.h"
#include "core/die.h"
#include "core/rand.h"
#include "log/log.h"
#include "statements.h"
#include "supervise/child.h"

enum {
	LINK_MS = 1000,
	ARENA_BYTES = 16 * 1024,
	/* The first wait after a failure, each further one four times that, and the longest. */
	RETRY_S = 15,
	RETRY_MOST_S = 4 * 3600
};

/* A runner, and what kinds need not know. */
struct life {
	struct runner r;
	struct child *child;
	struct doing *doing;
	struct arena kept;		    /* the texts below */
	struct arena list;		    /* of a round: its jobs */
	unsigned links;			    /* the link that was checked */
	const char *names, *most, *lease_s; /* of the kinds, as arrays */
	char label[32];
	bool unfit; /* another runner would fare no better */
};

/* --- failures ---------------------------------------------------------------- */

enum job_end
runner_failed(struct runner *r, enum err e)
{
	if (e == ERR_INVALID)
		snprintf(r->why, sizeof(r->why), "%s: %s", db_refusal(r->db)->sqlstate,
			 db_refusal(r->db)->message);
	else
		snprintf(r->why, sizeof(r->why), "%s: %s", err_name(e), db_why(r->db));
	return JOB_LATER;
}

/* 15 s, 1 min, 4 min ... 4 h, a fifth more or less: what failed together does not come together. */
static int64_t
retry_us(int tries)
{
	int64_t s = RETRY_S;
	uint32_t chance;

	for (int i = 1; i < tries && s < RETRY_MOST_S; i++)
		s *= 4;
	if (s > RETRY_MOST_S)
		s = RETRY_MOST_S;
	rand_bytes(&chance, sizeof(chance));
	return s * 800000 + s * (int64_t)(chance % 400001);
}

static void
log_failed(const struct life *l, const struct job *job, bool dead)
{
	log_begin(dead ? LOG_ERROR : LOG_WARN, dead ? "job_dead" : "job_failed");
	log_cstr("kind", job->kind);
	log_cstr("job_id", job->id);
	log_i64("tries", job->tries);
	log_cstr("why", l->r.why);
	log_end();
}

static enum err
fail(struct life *l, const struct job *job, bool never)
{
	bool dead = never || job->last_try;
	char retry_at[28], now[28];
	int index;

	log_failed(l, job, dead);
	instant_format_us(clock_now_us() + retry_us(job->tries), retry_at);
	instant_format_us(clock_now_us(), now);
	return link_ask(l->r.db, Q_JOB_FAIL, &index, "id", job->id, "attempt",
			arena_printf(&l->list, "%d", job->attempt), "why", l->r.why,
			"retry_at", retry_at, "last_try", dead ? "true" : "false", "now",
			now, NULL);
}

/* --- a round ----------------------------------------------------------------- */

static const struct kind *
kind_named(const char *name)
{
	for (int i = 0; i < kind_count; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	die("a job of the kind %s was leased, which nobody asked for", name);
}

static int
number_at(struct db *db, int index, int row, const char *column)
{
	int64_t n = 0;

	str_to_i64(db_get(db, index, row, column), &n);
	return (int)n;
}

/* Copies, for the next statement drops the rows. */
static struct job *
read_jobs(struct life *l, int index, int count)
{
	struct db *db = l->r.db;
	struct job *jobs = arena_zalloc(&l->list, (size_t)count + 1, sizeof(*jobs));

	for (int i = 0; i < count; i++) {
		struct job *j = &jobs[i];

		j->id = arena_cstr(&l->list, db_get(db, index, i, "id"));
		j->kind = arena_cstr(&l->list, db_get(db, index, i, "kind"));
		j->key = arena_cstr(&l->list, db_get(db, index, i, "key"));
		j->args = arena_str(&l->list, db_get(db, index, i, "args"));
		j->attempt = number_at(db, index, i, "attempt");
		j->tries = number_at(db, index, i, "tries");
		j->last_try = str_is(db_get(db, index, i, "last_try"), "t");
		str_to_i64(db_get(db, index, i, "late_ms"), &j->late_ms);
	}
	return jobs;
}

static enum job_end
run_job(struct life *l, const struct job *job)
{
	enum job_end end;

	snprintf(l->doing->kind, sizeof(l->doing->kind), "%s", job->kind);
	snprintf(l->doing->id, sizeof(l->doing->id), "%s", job->id);
	instant_format_us(clock_now_us(), l->r.now);
	l->r.why[0] = '\0';
	child_begin(l->child, clock_mono_ns());
	end = kind_named(job->kind)->run(&l->r, job);
	child_end(l->child);
	l->doing->kind[0] = '\0';
	arena_reset(&l->r.arena);
	return end;
}

/* Jobs by id and number of their lease, as arrays. */
struct some {
	struct strbuf ids, attempts;
	int count;
};

static void
some_add(struct some *some, const struct job *job)
{
	char before = some->count++ == 0 ? '{' : ',';

	strbuf_addf(&some->ids, "%c%s", before, job->id);
	strbuf_addf(&some->attempts, "%c%d", before, job->attempt);
}

/* Ends them or gives them back, by `statement`, and empties the list. */
static enum err
some_tell(struct life *l, struct some *some, int statement)
{
	enum err e;
	char now[28];
	int index;

	if (some->count == 0)
		return ERR_OK;
	strbuf_add_char(&some->ids, '}');
	strbuf_add_char(&some->attempts, '}');
	instant_format_us(clock_now_us(), now);
	e = link_ask(l->r.db, statement, &index, "ids", some->ids.ptr, "attempts",
		     some->attempts.ptr, "now", now, NULL);
	if (e != ERR_OK)
		log_say(LOG_WARN, "jobs_not_told",
			"%d are leased until they run again: %s", some->count,
			db_why(l->r.db));
	strbuf_clear(&some->ids, 0);
	strbuf_clear(&some->attempts, 0);
	some->count = 0;
	return e;
}

/* Those behind the end of the first lease may be another's by then. */
static bool
may_begin(const struct life *l, const struct kind *kind, int64_t leased_ms)
{
	return !child_slot(l->child)->leave &&
	       clock_mono_ms() - leased_ms < (int64_t)kind->lease_s * 1000 / 2;
}

/* A kind that is leased one by one is ended at once, so that little is done twice after a death. */
static enum err
run_all(struct life *l, const struct job *jobs, int count, struct some *done,
	struct some *left)
{
	int64_t leased_ms = clock_mono_ms();
	enum err e = ERR_OK;

	for (int i = 0; i < count && e == ERR_OK; i++) {
		const struct kind *kind = kind_named(jobs[i].kind);
		enum job_end end;

		if (!may_begin(l, kind, leased_ms)) {
			some_add(left, &jobs[i]);
			continue;
		}
		end = run_job(l, &jobs[i]);
		if (end == JOB_DONE)
			some_add(done, &jobs[i]);
		else
			e = fail(l, &jobs[i], end == JOB_NEVER);
		if (kind->batch == 1 && e == ERR_OK)
			e = some_tell(l, done, Q_JOB_FINISH);
	}
	return e;
}

static void
run_round(struct life *l, const struct job *jobs, int count)
{
	struct some done = { 0 }, left = { 0 };

	strbuf_init(&done.ids);
	strbuf_init(&done.attempts);
	strbuf_init(&left.ids);
	strbuf_init(&left.attempts);
	if (run_all(l, jobs, count, &done, &left) == ERR_OK &&
	    some_tell(l, &done, Q_JOB_FINISH) == ERR_OK)
		some_tell(l, &left, Q_JOB_RETURN);
	strbuf_release(&done.ids);
	strbuf_release(&done.attempts);
	strbuf_release(&left.ids);
	strbuf_release(&left.attempts);
}

/* Leases and runs; how many were leased, 0 also when the link failed. */
static int
work(struct life *l)
{
	char now[28];
	int index, count;

	instant_format_us(clock_now_us(), now);
	if (link_ask(l->r.db, Q_JOB_LEASE, &index, "kinds", l->names, "most", l->most,
		     "lease_s", l->lease_s, "runner", l->label, "now", now,
		     NULL) != ERR_OK)
		return 0;
	count = db_row_count(l->r.db, index);
	run_round(l, read_jobs(l, index, count), count);
	arena_reset(&l->list);
	return count;
}

/* --- a life ------------------------------------------------------------------ */

static bool
is_linked(struct life *l)
{
	enum err e = link_await(l->r.db, LINK_MS, &l->links, l->r.why);

	l->unfit = e == ERR_INTERNAL;
	child_link(l->child, e == ERR_OK ? LINK_READY : LINK_AWAY, l->r.why);
	if (l->unfit)
		log_say(LOG_ERROR, "unfit", "%s", l->r.why);
	return e == ERR_OK;
}

/* Adds an item to an array: {nothing,sweep} */
static char *
append(struct arena *a, const char *list, const char *item)
{
	size_t len = list ? strlen(list) - 1 : 0;

	return arena_printf(a, "%.*s%c%s}", (int)len, list ? list : "", list ? ',' : '{',
			    item);
}

static void
list_kinds(struct life *l)
{
	for (int i = 0; i < kind_count; i++) {
		struct arena *a = &l->kept;

		l->names = append(a, l->names, kinds[i].name);
		l->most = append(a, l->most, arena_printf(a, "%d", kinds[i].batch));
		l->lease_s =
			append(a, l->lease_s, arena_printf(a, "%d", kinds[i].lease_s));
	}
}

static struct life *
begin(struct child *c, const struct heritage *h)
{
	struct life *l = calloc(1, sizeof(*l));

	if (l == NULL)
		die("out of memory for a runner");
	snprintf(l->label, sizeof(l->label), "hob-jobs %d", child_index(c));
	l->child = c;
	l->doing = &h->block->doing[child_index(c)];
	l->r.heritage = h;
	l->r.db = link_new(&h->config, l->label);
	arena_init(&l->r.arena, ARENA_BYTES);
	arena_init(&l->list, ARENA_BYTES);
	arena_init(&l->kept, ARENA_BYTES);
	list_kinds(l);
	heritage_settle(h, "hob-jobs", child_index(c));
	return l;
}

/* Somebody rang, or the time has come. */
static enum err
sleep_for(struct life *l, int wait_ms)
{
	int fd = l->r.heritage->bell_fd;
	const struct child_file bell = { fd, POLLIN, 0 };
	enum err e = child_sleep(l->child, &bell, wait_ms);
	uint64_t rung;
	ssize_t n = read(fd, &rung, sizeof(rung));

	(void)n;
	return e;
}

int
runner_main(struct child *c, void *heritage)
{
	const struct heritage *h = heritage;
	struct life *l = begin(c, h);
	int wait_ms = 0, code;

	if (is_linked(l) || !l->unfit)
		child_ready(c);
	while (!l->unfit && sleep_for(l, wait_ms) != ERR_CLOSED) {
		if (child_reopen_wanted(c))
			settings_open_log(&h->config);
		wait_ms = is_linked(l) && work(l) > 0 ? 0 : (int)h->config.jobs_poll_ms;
	}
	code = l->unfit ? EXIT_CONFIG : EXIT_SUCCESS;
	db_free(l->r.db);
	return code;
}
