/*
 * runner.c: the life of a runner: it goes through the kinds in turn, leases what is due of one, does it and
 * ends it; when nothing is due of any, it sleeps for jobs.poll. All signals are blocked but between two rounds, so
 * that no job is interrupted; told to leave, it ends the job at hand and gives back those that it has not begun.
 */
#include "jobs/runner.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/die.h"
#include "core/hostname.h"
#include "core/rand.h"
#include "jobs/counts.h"
#include "jobs/teller.h"
#include "log/log.h"
#include "model/files.h"
#include "statements.h"
#include "supervise/child.h"

enum {
	LINK_MS = 1000,
	ARENA_BYTES = 16 * 1024,
	/* Of many quick jobs; of a single one it is longer than the master lets it run. */
	BATCH_LEASE_S = 60,
	BEYOND_KILL_S = 60,
	TELL_AGAIN_MS = 200,
	/* The first wait after a failure, each further one four times that, and the longest. */
	RETRY_S = 15,
	RETRY_MOST_S = 4 * 3600,
	/* For a neighbour. */
	WAIT_S = 60
};

/* A runner, and what kinds need not know. */
struct life {
	struct runner r;
	struct child *child;
	struct doing *doing;
	struct arena list;		/* of a round: its jobs */
	unsigned links;			/* the link that was checked */
	char label[HOSTNAME_SIZE + 16]; /* "host/0", in leased_by */
	char files_host[HOSTNAME_SIZE];
	int64_t turn_ms; /* until when others let it try a neighbour that rested; 0: it did not */
	bool unfit; /* another runner would fare no better */
};

/* jobs of one kind that were leased together. */
struct round {
	const struct kind *kind;
	struct job *jobs;
	int count;
	int64_t half_ms; /* of the lease: later nothing is begun, nor told again */
};

/* --- failures ---------------------------------------------------------------- */

enum job_end
runner_failed(struct runner *r, enum err e)
{
	link_why(r->db, e, r->why);
	return JOB_LATER;
}

bool
runner_must_leave(const struct runner *r)
{
	return child_is_told(((const struct life *)(const void *)r)->child);
}

/* A fifth more or less: what failed together does not come together. */
static int64_t
about_ms(int64_t s)
{
	uint32_t chance;

	rand_bytes(&chance, sizeof(chance));
	return s * 800 + s * (int64_t)(chance % 401);
}

/* 15 s, 1 min, 4 min ... 4 h. */
static int64_t
retry_ms(int tries)
{
	int64_t s = RETRY_S;

	for (int i = 1; i < tries && s < RETRY_MOST_S; i++)
		s *= 4;
	return about_ms(s > RETRY_MOST_S ? RETRY_MOST_S : s);
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

/* How the statement went that ended jobs of this runner's; some of them may be another's by now. */
static enum err
log_told(struct life *l, enum err e, int index, int count)
{
	char why[LINK_WHY_SIZE];
	int64_t mine = 0;

	if (e != ERR_OK) {
		link_why(l->r.db, e, why);
		log_say(LOG_WARN, "jobs_not_told", "%d: %s", count, why);
		return e;
	}
	str_to_i64(db_get(l->r.db, index, 0, "mine"), &mine);
	if (mine < count)
		log_say(LOG_WARN, "jobs_lost",
			"the leases of %d had run out: they are done again",
			count - (int)mine);
	return ERR_OK;
}

/* A text may have been cut inside a letter, and PostgreSQL takes none that is. */
static void
mend_text(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && !str_is_utf8((struct str){ text, len }))
		len--;
	text[len] = '\0';
}

static enum job_result
fail(struct life *l, const struct job *job, enum job_end end)
{
	bool waits = end == JOB_WAIT,
	     dead = !waits && (end == JOB_NEVER || job->last_try);
	int64_t ms = waits ? about_ms(WAIT_S) : retry_ms(job->tries);
	int index;
	enum err e;

	mend_text(l->r.why);
	log_failed(l, job, dead);
	e = link_ask(l->r.db, Q_JOB_FAIL, &index, "id", job->id, "attempt",
		     arena_printf(&l->list, "%d", job->attempt), "why", l->r.why,
		     "wait_ms", arena_printf(&l->list, "%lld", (long long)ms), "last_try",
		     dead ? "true" : "false", "counts", waits ? "false" : "true", NULL);
	log_told(l, e, index, 1);
	return dead ? RESULT_DEAD : waits ? RESULT_PUT_OFF : RESULT_FAILED;
}

/* --- rest -------------------------------------------------------------------- */

/*
 * A neighbour that hangs takes a runner the whole of its patience, and would take all of them, one job each: so it is
 * left alone for a while, and then one runner of the host tries.
 */
static int64_t *
rest_of(const struct life *l, const struct kind *kind)
{
	return &l->r.heritage->block->rest_until_ms[kind->neighbour];
}

static bool
rests(struct life *l, const struct kind *kind)
{
	int64_t *until = rest_of(l, kind), now = clock_mono_ms();
	int64_t seen = __atomic_load_n(until, __ATOMIC_RELAXED);

	l->turn_ms = seen == 0 ? 0 : now + l->r.heritage->config.jobs_rest_ms;
	return seen != 0 &&
	       (now < seen ||
		!__atomic_compare_exchange_n(until, &seen, l->turn_ms, false,
					     __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

/* Who had the turn to try and had nothing to ask leaves it to the next. */
static void
pass_turn(const struct life *l, const struct kind *kind)
{
	int64_t mine = l->turn_ms;

	if (mine != 0 && !l->r.asked)
		__atomic_compare_exchange_n(rest_of(l, kind), &mine, clock_mono_ms(),
					    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static void
note_rest(const struct life *l, const struct kind *kind, enum job_end end)
{
	bool away = end == JOB_WAIT || l->r.away;
	int64_t own_ms = l->r.heritage->config.jobs_rest_ms,
		until_ms =
			clock_mono_ms() + (l->r.rest_ms > own_ms ? l->r.rest_ms : own_ms);

	if (kind->neighbour != NOBODY && l->r.asked)
		__atomic_store_n(rest_of(l, kind), away ? until_ms : 0, __ATOMIC_RELAXED);
}

/* --- a round ----------------------------------------------------------------- */

static int
number_at(struct db *db, int index, int row, const char *column)
{
	int64_t n = 0;

	str_to_i64(db_get(db, index, row, column), &n);
	return (int)n;
}

/* Copies, for the next statement drops the rows. */
static void
read_jobs(struct life *l, int index, struct round *round)
{
	struct db *db = l->r.db;

	round->count = db_row_count(db, index);
	round->jobs =
		arena_zalloc(&l->list, (size_t)round->count + 1, sizeof(*round->jobs));
	for (int i = 0; i < round->count; i++)
		round->jobs[i] = (struct job){
			.kind = round->kind->name,
			.id = arena_cstr(&l->list, db_get(db, index, i, "id")),
			.key = arena_cstr(&l->list, db_get(db, index, i, "key")),
			.args = arena_str(&l->list, db_get(db, index, i, "args")),
			.attempt = number_at(db, index, i, "attempt"),
			.tries = number_at(db, index, i, "tries"),
			.last_try = str_is(db_get(db, index, i, "last_try"), "t"),
		};
}

static enum job_end
run_job(struct life *l, const struct kind *kind, const struct job *job)
{
	enum job_end end;

	snprintf(l->doing->kind, sizeof(l->doing->kind), "%s", job->kind);
	snprintf(l->doing->id, sizeof(l->doing->id), "%s", job->id);
	l->r.why[0] = '\0';
	l->r.away = false;
	l->r.rest_ms = 0;
	child_begin(l->child, clock_mono_ns());
	end = kind->run(&l->r, job);
	child_end(l->child);
	l->doing->kind[0] = '\0';
	arena_reset(&l->r.arena);
	note_rest(l, kind, end);
	return end;
}

/* Jobs by id and number of their lease, as arrays. */
struct some {
	struct strbuf ids, attempts;
	int count;
};

static void
some_init(struct some *some)
{
	*some = (struct some){ 0 };
	strbuf_init(&some->ids);
	strbuf_init(&some->attempts);
}

static void
some_add(struct some *some, const struct job *job)
{
	char before = some->count++ == 0 ? '{' : ',';

	strbuf_addf(&some->ids, "%c%s", before, job->id);
	strbuf_addf(&some->attempts, "%c%d", before, job->attempt);
}

static void
rest(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/*
 * Ends them or gives them back, by `statement`. A row that somebody holds refuses them all, so it is said
 * again: else what is done would be done again.
 */
static void
some_tell(struct life *l, struct some *some, int statement, int64_t until_ms)
{
	enum err e;
	int index;

	if (some->count > 0) {
		strbuf_add_char(&some->ids, '}');
		strbuf_add_char(&some->attempts, '}');
		for (;;) {
			e = link_ask(l->r.db, statement, &index, "ids", some->ids.ptr,
				     "attempts", some->attempts.ptr, NULL);
			if (log_told(l, e, index, some->count) == ERR_OK ||
			    e != ERR_INVALID || clock_mono_ms() >= until_ms)
				break;
			rest(TELL_AGAIN_MS);
		}
	}
	strbuf_release(&some->ids);
	strbuf_release(&some->attempts);
}

static void
run_round(struct life *l, const struct round *round)
{
	struct some done, left;

	some_init(&done);
	some_init(&left);
	for (int i = 0; i < round->count; i++) {
		const struct job *job = &round->jobs[i];
		enum job_result result = RESULT_DONE;
		enum job_end end;

		if (child_is_told(l->child) || clock_mono_ms() >= round->half_ms) {
			some_add(&left, job);
			continue;
		}
		end = run_job(l, round->kind, job);
		if (end == JOB_DONE)
			some_add(&done, job);
		else
			result = fail(l, job, end);
		counts_job(&l->r, round->kind, result);
	}
	some_tell(l, &done, Q_JOB_FINISH, round->half_ms);
	some_tell(l, &left, Q_JOB_RETURN, round->half_ms);
}

/* Leases and runs what is due of a kind: how many; 0 also when the link failed. */
static int
work(struct life *l, const struct kind *kind)
{
	int lease_s = kind->batch > 1 ? BATCH_LEASE_S
				      : (int)(l->r.heritage->config.jobs_kill_ms / 1000) +
						BEYOND_KILL_S;
	struct round round = { .kind = kind,
			       .half_ms = clock_mono_ms() + (int64_t)lease_s * 500 };
	int index;
	enum err e = link_ask(l->r.db, Q_JOB_LEASE, &index, "kind", kind->name, "most",
			      arena_printf(&l->list, "%d", kind->batch), "lease_s",
			      arena_printf(&l->list, "%d", lease_s), "runner", l->label,
			      "files_host", l->files_host, NULL);

	if (e == ERR_OK) {
		read_jobs(l, index, &round);
		run_round(l, &round);
	} else {
		link_why(l->r.db, e, l->r.why);
		log_say(LOG_WARN, "not_leased", "%s: %s", kind->name, l->r.why);
	}
	arena_reset(&l->list);
	return round.count;
}

/* --- a life ------------------------------------------------------------------ */

static bool
is_linked(struct life *l)
{
	enum err e =
		link_await(l->r.db, &l->r.heritage->config, LINK_MS, &l->links, l->r.why);

	l->unfit = e == ERR_INTERNAL;
	child_link(l->child,
		   e == ERR_OK		 ? LINK_READY
		   : db_is_full(l->r.db) ? LINK_FULL
					 : LINK_AWAY,
		   l->r.why);
	if (l->unfit)
		log_say(LOG_ERROR, "unfit", "%s", l->r.why);
	return e == ERR_OK;
}

/* Marks the kinds of which something is due. Those that a newer program knows are not ours. */
static enum err
find_due(struct life *l, bool *due)
{
	struct db *db = l->r.db;
	int index;
	enum err e = link_ask(db, Q_JOB_DUE, &index, NULL);

	memset(due, 0, (size_t)kind_count * sizeof(*due));
	for (int row = 0; e == ERR_OK && row < db_row_count(db, index); row++)
		for (int i = 0; i < kind_count; i++)
			due[i] |= str_is(db_get(db, index, row, "kind"), kinds[i].name);
	return e;
}

/* As work, but nothing when whom the kind asks rests, or no seat is free. */
static int
visit(struct life *l, const struct kind *kind)
{
	int count = 0, seat;

	if (!seat_take(l->r.heritage, kind->seats, &seat))
		return 0;
	l->r.asked = false;
	if (!rests(l, kind)) {
		count = work(l, kind);
		pass_turn(l, kind);
	}
	seat_leave(l->r.heritage, seat);
	return count;
}

/* Each kind once, so that none waits behind another; how long to sleep then. */
static int
go_round(struct life *l)
{
	bool due[JOB_KINDS];
	int done = 0;

	teller_settle(l->r.teller);
	if (!is_linked(l) || find_due(l, due) != ERR_OK)
		return LINK_MS;
	for (int i = 0; i < kind_count && !child_is_told(l->child); i++)
		done += due[i] ? visit(l, &kinds[i]) : 0;
	return done > 0 ? 0 : (int)l->r.heritage->config.jobs_poll_ms;
}

static struct life *
begin(struct child *c, const struct heritage *h)
{
	struct life *l = calloc(1, sizeof(*l));
	char host[HOSTNAME_SIZE];

	if (l == NULL)
		die("out of memory for a runner");
	hostname_get(host);
	snprintf(l->label, sizeof(l->label), "%s/%d", host, child_index(c));
	files_host_get(&h->config, l->files_host);
	l->child = c;
	l->doing = &h->block->doing[child_index(c)];
	l->r.heritage = h;
	l->r.db = link_new(&h->config, "hob-jobs");
	/* Who died in a job may have done it and told nobody. */
	l->r.teller = teller_new(&h->config, l->doing->kind[0] != '\0');
	arena_init(&l->r.arena, ARENA_BYTES);
	arena_init(&l->list, ARENA_BYTES);
	heritage_settle(h, "hob-jobs", child_index(c), CONFINE_NOTHING);
	return l;
}

/* Somebody rang, or the time has come. */
static enum err
sleep_for(struct life *l, int wait_ms)
{
	int fd = l->r.heritage->bells[child_index(l->child)];
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
	int wait_ms = 0;

	is_linked(l);
	if (!l->unfit)
		child_ready(c);
	while (!l->unfit && sleep_for(l, wait_ms) != ERR_CLOSED) {
		if (child_reopen_wanted(c))
			settings_open_log(&h->config);
		wait_ms = go_round(l);
	}
	db_free(l->r.db);
	return l->unfit ? EXIT_CONFIG : EXIT_SUCCESS;
}
