/*
 * runners.c: supervision of a program that has no gate: runners that find their work themselves, and
 * kinds of aides. Linked without lib/gate (see the Makefile), so that a wrong call does not link.
 *
 * Each test forks a master, which writes what happens into memory that it shares with the test.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "log/log.h"
#include "notify.h"
#include "supervise/child.h"
#include "supervise/supervise.h"

enum { RUNNERS = 3, KEEPERS = 2, KEEPER_MS = 1000, STARTS_MAX = 64, WAIT_MS = 10000 };

static const int64_t keeper_ns = KEEPER_MS * INT64_C(1000000);

/* The record of one kind of aide, index 0 writes; of keepers each. */
struct aide_seen {
	int32_t pid;
	int32_t starts;
	int64_t started_ns[STARTS_MAX];
};

static struct shared {
	struct scoreboard board;
	int32_t work_ms; /* how long a piece of work takes, 0: there is none */
	int32_t begun, finished;
	int32_t reloads;
	struct aide_seen planner, porter, opener;
	int32_t porters;   /* that are alive */
	int32_t opener_on; /* its work goes on */
	struct aide_seen keepers[KEEPERS];
	int32_t mute; /* this keeper goes on and gives no sign of it, -1: none */
} * shared;

static char dir[32];
static char path[64];
static pid_t master;
static struct supervisor sup;

static void
nap(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* --- the program that is supervised ---------------------------------------- */

static int
runner_main(struct child *c, void *arg)
{
	(void)arg;
	child_ready(c);
	while (child_sleep(c, NULL, 5) != ERR_CLOSED) {
		int32_t ms = __atomic_load_n(&shared->work_ms, __ATOMIC_SEQ_CST);

		if (ms == 0)
			continue;
		child_begin(c, clock_mono_ns());
		__atomic_fetch_add(&shared->begun, 1, __ATOMIC_SEQ_CST);
		nap(ms);
		child_end(c);
		__atomic_fetch_add(&shared->finished, 1, __ATOMIC_SEQ_CST);
	}
	return EXIT_SUCCESS;
}

static void
note_start(struct aide_seen *seen)
{
	seen->started_ns[seen->starts % STARTS_MAX] = clock_mono_ns();
	seen->pid = getpid();
	__atomic_fetch_add(&seen->starts, 1, __ATOMIC_SEQ_CST);
}

static int
planner_main(struct aide_self *self, void *arg)
{
	(void)self;
	(void)arg;
	note_start(&shared->planner);
	while (pause() < 0)
		continue;
	return EXIT_FAILURE;
}

static int
porter_main(struct aide_self *self, void *arg)
{
	(void)arg;
	if (aide_index(self) == 0)
		note_start(&shared->porter);
	__atomic_fetch_add(&shared->porters, 1, __ATOMIC_SEQ_CST);
	while (pause() < 0)
		continue;
	return EXIT_FAILURE;
}

/* Has done its work when it has been there. */
static int
opener_main(struct aide_self *self, void *arg)
{
	(void)self;
	(void)arg;
	signal(SIGTERM, SIG_IGN);
	note_start(&shared->opener);
	while (__atomic_load_n(&shared->opener_on, __ATOMIC_SEQ_CST))
		nap(2);
	return EXIT_SUCCESS;
}

/* Promises a sign of life; the others promise none, and give none. */
static int
keeper_main(struct aide_self *self, void *arg)
{
	int index = aide_index(self);

	(void)arg;
	note_start(&shared->keepers[index]);
	while (getppid() == shared->board.master_pid) {
		if (__atomic_load_n(&shared->mute, __ATOMIC_SEQ_CST) != index)
			aide_beat(self);
		nap(5);
	}
	return EXIT_FAILURE;
}

static bool
planner_stays(void *arg)
{
	(void)arg;
	return true;
}

static void
porter_gone(void *arg)
{
	(void)arg;
	__atomic_fetch_sub(&shared->porters, 1, __ATOMIC_SEQ_CST);
}

static enum err
reload(void *arg, struct supervise_limits *limits)
{
	(void)arg;
	(void)limits;
	shared->reloads++;
	return ERR_OK;
}

/* clang-format off */
static const struct aide aides[] = {
	{ "planner", planner_main, 1,       0,         AIDE_ALWAYS,      planner_stays, NULL },
	{ "porter",  porter_main,  2,       0,         AIDE_ALWAYS,      NULL,          porter_gone },
	{ "opener",  opener_main,  1,       0,         AIDE_UNLESS_DONE, NULL,          NULL },
	{ "keeper",  keeper_main,  KEEPERS, KEEPER_MS, AIDE_ALWAYS,      NULL,          NULL },
};
/* clang-format on */

/* --- the test's side -------------------------------------------------------- */

static void
make(void)
{
	struct scoreboard *board;

	snprintf(dir, sizeof(dir), "/tmp/hob-runners-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/board", dir);
	ck_assert_int_eq(scoreboard_create(path, sizeof(struct shared), &board), ERR_OK);
	shared = (struct shared *)(void *)board;
	shared->mute = -1;
	sup = (struct supervisor){
		.board = board,
		.limits = { .workers = RUNNERS, .drain_ms = 5000, .kill_ms = 5000 },
		.lock_fd = -1,
		.worker_main = runner_main,
		.aides = aides,
		.aide_count = sizeof(aides) / sizeof(aides[0]),
		.reload = reload,
	};
}

static void
start(void)
{
	pid_t test = getpid();

	master = fork();
	ck_assert_int_ge(master, 0);
	if (master != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != test)
		_exit(EXIT_FAILURE);
	log_open("/dev/null", LOG_ERROR);
	_exit(supervise_run(&sup));
}

/* Its exit code, when it has ended by itself. */
static int
end(int sig)
{
	int status;

	kill(master, sig);
	ck_assert_int_eq(waitpid(master, &status, 0), master);
	ck_assert(WIFEXITED(status));
	master = 0;
	return WEXITSTATUS(status);
}

static void
drop(void)
{
	if (master > 0)
		end(SIGINT);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static bool
is_alive(int32_t pid)
{
	return pid > 0 && kill(pid, 0) == 0;
}

static int
idle(uint32_t generation)
{
	int n = 0;

	for (int i = 0; i < SCOREBOARD_WORKERS; i++)
		n += shared->board.workers[i].pid != 0 &&
		     shared->board.workers[i].generation == generation &&
		     __atomic_load_n(&shared->board.workers[i].state, __ATOMIC_ACQUIRE) ==
			     WORKER_IDLE;
	return n;
}

/* Waits for a condition; the test fails when it does not come. */
#define AWAIT(condition)                                                            \
	do {                                                                        \
		int64_t until_ms = clock_mono_ms() + WAIT_MS;                       \
		while (!(condition)) {                                              \
			ck_assert_msg(clock_mono_ms() < until_ms, "never came: %s", \
				      #condition);                                  \
			nap(2);                                                     \
		}                                                                   \
	} while (0)

/* The master has looked at its children since. */
static void
await_tick(int64_t after_ns)
{
	AWAIT(__atomic_load_n(&shared->board.beat_ns, __ATOMIC_SEQ_CST) > after_ns);
}

static void
start_and_await(void)
{
	start();
	AWAIT(idle(1) == RUNNERS);
	AWAIT(shared->planner.starts == 1 && shared->porters == 2);
	AWAIT(shared->opener.starts == 1);
	AWAIT(shared->keepers[0].starts == 1 && shared->keepers[1].starts == 1);
}

START_TEST(runner_that_is_killed_has_a_successor)
{
	int32_t pid;

	start_and_await();
	pid = shared->board.workers[1].pid;
	kill(pid, SIGKILL);
	AWAIT(shared->board.crashes == 1 && idle(1) == RUNNERS);
	ck_assert_int_ne(shared->board.workers[1].pid, pid);
}
END_TEST

/* The first death alone delays nothing, the second 100 ms, the third 200 ms, if each is a quick one. */
START_TEST(runners_that_die_one_after_the_other_are_followed_slower)
{
	int64_t waited_ns = 0;

	start_and_await();
	for (uint64_t i = 0; i < 20 && waited_ns < 200000000; i++) {
		int64_t killed_ns = clock_mono_ns();

		kill(shared->board.workers[0].pid, SIGKILL);
		AWAIT(shared->board.crashes == i + 1 && idle(1) == RUNNERS);
		waited_ns = shared->board.workers[0].started_ns - killed_ns;
	}
	ck_assert_int_ge(waited_ns, 200000000);
}
END_TEST

/* On a busy machine it may have grown old meanwhile: then it is tried again. */
START_TEST(aide_that_dies_young_is_followed_a_moment_later)
{
	const struct aide_seen *seen = &shared->planner;
	int64_t lived_ns = INT64_MAX, waited_ns = 0;
	int32_t other;

	start_and_await();
	other = shared->porter.pid;
	for (int i = 1; i < 20 && lived_ns > 500000000; i++) {
		int64_t killed_ns = clock_mono_ns();

		lived_ns = killed_ns - seen->started_ns[i - 1];
		kill(seen->pid, SIGKILL);
		AWAIT(seen->starts == i + 1);
		waited_ns = seen->started_ns[i] - killed_ns;
	}
	ck_assert_int_le(lived_ns, 500000000);
	ck_assert_int_ge(waited_ns, 100000000);
	ck_assert_int_eq(shared->porter.pid, other);
	ck_assert_int_eq(shared->opener.starts, 1);
}
END_TEST

/* The next one is no better; the others give a sign, or have promised none. */
START_TEST(aide_that_gives_no_sign_of_life_is_killed_and_another_follows)
{
	const struct aide_seen *seen = &shared->keepers[1];

	start_and_await();
	__atomic_store_n(&shared->mute, 1, __ATOMIC_SEQ_CST);
	AWAIT(seen->starts == 3);
	ck_assert_int_ge(seen->started_ns[2] - seen->started_ns[1], keeper_ns);
	__atomic_store_n(&shared->mute, -1, __ATOMIC_SEQ_CST);
	await_tick(clock_mono_ns() + 2 * keeper_ns);
	ck_assert_int_eq(seen->starts, 3);
	ck_assert_int_eq(shared->keepers[0].starts, 1);
	ck_assert_int_eq(shared->planner.starts, 1);
}
END_TEST

START_TEST(stopped_aide_is_killed_though_a_reload_has_told_it_to_end)
{
	const struct aide_seen *seen = &shared->keepers[0];

	start_and_await();
	kill(seen->pid, SIGSTOP);
	kill(master, SIGHUP);
	AWAIT(shared->reloads == 1 && shared->keepers[1].starts == 2);
	AWAIT(seen->starts == 2);
}
END_TEST

static void
signal_keepers(int sig)
{
	for (int i = 0; i < KEEPERS; i++)
		kill(shared->keepers[i].pid, sig);
}

/* It has looked at them when they were stopped already, and goes on before them. */
START_TEST(master_that_was_stopped_with_its_aides_kills_none)
{
	int status;

	start_and_await();
	signal_keepers(SIGSTOP);
	await_tick(clock_mono_ns());
	kill(master, SIGSTOP);
	ck_assert_int_eq(waitpid(master, &status, WUNTRACED), master);
	ck_assert(WIFSTOPPED(status));
	AWAIT(clock_mono_ns() - shared->board.beat_ns > 2 * keeper_ns);
	kill(master, SIGCONT);
	await_tick(clock_mono_ns());
	signal_keepers(SIGCONT);
	await_tick(clock_mono_ns() + keeper_ns);
	ck_assert_int_eq(shared->keepers[0].starts + shared->keepers[1].starts, KEEPERS);
}
END_TEST

START_TEST(reload_replaces_runners_and_those_aides_that_do_not_stay)
{
	int32_t runner, planner, porter;

	start_and_await();
	runner = shared->board.workers[0].pid;
	planner = shared->planner.pid;
	porter = shared->porter.pid;
	kill(master, SIGHUP);
	AWAIT(shared->board.generation == 2 && idle(2) == RUNNERS);
	AWAIT(shared->board.running == RUNNERS);
	AWAIT(shared->porter.starts == 2 && shared->porters == 2);
	AWAIT(shared->opener.starts == 2);
	ck_assert_int_eq(shared->reloads, 1);
	ck_assert(!is_alive(runner));
	ck_assert(!is_alive(porter));
	ck_assert_int_eq(shared->planner.pid, planner);
	ck_assert_int_eq(shared->planner.starts, 1);
}
END_TEST

START_TEST(aide_that_is_done_while_a_reload_ends_it_is_begun_anew)
{
	shared->opener_on = 1;
	start_and_await();
	kill(master, SIGHUP);
	AWAIT(shared->reloads == 1 && shared->porter.starts == 2);
	__atomic_store_n(&shared->opener_on, 0, __ATOMIC_SEQ_CST);
	AWAIT(shared->opener.starts == 2);
}
END_TEST

START_TEST(drain_lets_the_work_at_hand_finish_and_leaves_nobody)
{
	int32_t pids[RUNNERS], planner, porter;

	start_and_await();
	for (int i = 0; i < RUNNERS; i++)
		pids[i] = shared->board.workers[i].pid;
	planner = shared->planner.pid;
	porter = shared->porter.pid;
	__atomic_store_n(&shared->work_ms, 400, __ATOMIC_SEQ_CST);
	AWAIT(shared->begun == RUNNERS);
	ck_assert_int_eq(end(SIGTERM), EXIT_SUCCESS);
	ck_assert_int_eq(shared->begun, RUNNERS);
	ck_assert_int_eq(shared->finished, RUNNERS);
	ck_assert_uint_eq(shared->board.crashes, 0);
	for (int i = 0; i < RUNNERS; i++)
		ck_assert(!is_alive(pids[i]));
	ck_assert(!is_alive(planner));
	ck_assert(!is_alive(porter));
}
END_TEST

START_TEST(work_without_an_end_is_killed_with_its_runner)
{
	sup.limits.kill_ms = 500;
	start_and_await();
	__atomic_store_n(&shared->work_ms, 60000, __ATOMIC_SEQ_CST);
	AWAIT(shared->begun >= RUNNERS);
	__atomic_store_n(&shared->work_ms, 0, __ATOMIC_SEQ_CST);
	AWAIT(shared->board.kills >= RUNNERS && idle(1) == RUNNERS);
	ck_assert_int_eq(shared->finished, 0);
}
END_TEST

START_TEST(runner_that_has_worked_enough_leaves_to_another)
{
	int32_t pid;

	sup.limits.max_work = 5;
	start_and_await();
	pid = shared->board.workers[0].pid;
	__atomic_store_n(&shared->work_ms, 1, __ATOMIC_SEQ_CST);
	AWAIT(shared->board.workers[0].pid != 0 && shared->board.workers[0].pid != pid);
	__atomic_store_n(&shared->work_ms, 0, __ATOMIC_SEQ_CST);
	AWAIT(idle(1) == RUNNERS);
	ck_assert_uint_eq(shared->board.crashes, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("supervise");
	TCase *t = tcase_create("runners");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, make, drop);
	tcase_add_test(t, runner_that_is_killed_has_a_successor);
	tcase_add_test(t, runners_that_die_one_after_the_other_are_followed_slower);
	tcase_add_test(t, aide_that_dies_young_is_followed_a_moment_later);
	tcase_add_test(t, aide_that_gives_no_sign_of_life_is_killed_and_another_follows);
	tcase_add_test(t, stopped_aide_is_killed_though_a_reload_has_told_it_to_end);
	tcase_add_test(t, master_that_was_stopped_with_its_aides_kills_none);
	tcase_add_test(t, reload_replaces_runners_and_those_aides_that_do_not_stay);
	tcase_add_test(t, aide_that_is_done_while_a_reload_ends_it_is_begun_anew);
	tcase_add_test(t, drain_lets_the_work_at_hand_finish_and_leaves_nobody);
	tcase_add_test(t, work_without_an_end_is_killed_with_its_runner);
	tcase_add_test(t, runner_that_has_worked_enough_leaves_to_another);
	suite_add_tcase(s, t);
	suite_add_tcase(s, notify_tests());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
