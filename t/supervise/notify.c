/*
 * notify.c: what systemd hears of a master: its start, reloads and end, and a sign of life while a
 * worker is well. The test has the socket that systemd would have.
 */
#include "notify.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "log/log.h"
#include "supervise/child.h"
#include "supervise/supervise.h"

enum { WORKERS = 2, WAIT_MS = 10000 };

static struct shared {
	struct scoreboard board;
	int32_t is_stuck; /* who starts now never ends starting */
	int32_t starts;
} * shared;

static char dir[32];
static char board_path[64], socket_path[64];
static int heard_fd;
static pid_t master;

static void
nap(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static int
worker_main(struct child *c, void *arg)
{
	(void)arg;
	__atomic_fetch_add(&shared->starts, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&shared->is_stuck, __ATOMIC_SEQ_CST))
		nap(5);
	child_ready(c);
	while (child_sleep(c, NULL, 5) != ERR_CLOSED)
		continue;
	return EXIT_SUCCESS;
}

static void
listen_as_systemd(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct timeval limit = { WAIT_MS / 1000, 0 };

	snprintf(socket_path, sizeof(socket_path), "%s/notify", dir);
	memcpy(a.sun_path, socket_path, strlen(socket_path) + 1);
	heard_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(heard_fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(setsockopt(heard_fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
				    sizeof(limit)),
			 0);
}

static void
make(void)
{
	struct scoreboard *board;

	snprintf(dir, sizeof(dir), "/tmp/hob-notify-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(board_path, sizeof(board_path), "%s/board", dir);
	ck_assert_int_eq(scoreboard_create(board_path, sizeof(struct shared), &board),
			 ERR_OK);
	shared = (struct shared *)(void *)board;
	listen_as_systemd();
}

/* `watchdog`: as WatchdogSec= of a unit. */
static void
start(const char *watchdog)
{
	struct supervisor sup = {
		.board = &shared->board,
		.limits = { .workers = WORKERS, .drain_ms = 5000 },
		.lock_fd = -1,
		.worker_main = worker_main,
	};
	char pid[16];

	master = fork();
	ck_assert_int_ge(master, 0);
	if (master != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	log_open("/dev/null", LOG_ERROR);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("NOTIFY_SOCKET", socket_path, 1);
	if (watchdog != NULL) {
		setenv("WATCHDOG_USEC", watchdog, 1);
		setenv("WATCHDOG_PID", pid, 1);
	}
	_exit(supervise_run(&sup));
}

static void
end(int sig)
{
	kill(master, sig);
	ck_assert_int_eq(waitpid(master, NULL, 0), master);
	master = 0;
}

static void
drop(void)
{
	if (master > 0)
		end(SIGKILL);
	close(heard_fd);
	unlink(board_path);
	unlink(socket_path);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* The first line of the next message; "" when there is none and `flags` says not to wait. */
static const char *
hear(int flags)
{
	static char text[128];
	ssize_t n = recv(heard_fd, text, sizeof(text) - 1, flags);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void
await_ticks(int count)
{
	int64_t last_ns = shared->board.beat_ns, until_ms = clock_mono_ms() + WAIT_MS;

	while (count > 0) {
		int64_t beat_ns =
			__atomic_load_n(&shared->board.beat_ns, __ATOMIC_SEQ_CST);

		ck_assert_int_lt(clock_mono_ms(), until_ms);
		count -= beat_ns != last_ns;
		last_ns = beat_ns;
		nap(2);
	}
}

START_TEST(systemd_hears_when_a_pool_serves_reloads_and_ends)
{
	start(NULL);
	ck_assert_str_eq(hear(0), "READY=1");
	kill(master, SIGHUP);
	ck_assert_str_eq(hear(0), "RELOADING=1");
	ck_assert_str_eq(hear(0), "READY=1");
	end(SIGTERM);
	ck_assert_str_eq(hear(0), "STOPPING=1");
	ck_assert_str_eq(hear(MSG_DONTWAIT), "");
}
END_TEST

START_TEST(pool_is_not_ready_before_a_worker_is)
{
	shared->is_stuck = 1;
	start(NULL);
	await_ticks(2);
	ck_assert_str_eq(hear(MSG_DONTWAIT), "");
	__atomic_store_n(&shared->is_stuck, 0, __ATOMIC_SEQ_CST);
	ck_assert_str_eq(hear(0), "READY=1");
}
END_TEST

START_TEST(watchdog_hears_of_a_pool_that_goes_on_and_not_of_one_that_does_not)
{
	start("200000");
	ck_assert_str_eq(hear(0), "READY=1");
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(hear(0), "WATCHDOG=1");
	__atomic_store_n(&shared->is_stuck, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < WORKERS; i++)
		kill(shared->board.workers[i].pid, SIGKILL);
	while (__atomic_load_n(&shared->starts, __ATOMIC_SEQ_CST) < 2 * WORKERS)
		nap(2);
	await_ticks(1);
	while (hear(MSG_DONTWAIT)[0] != '\0')
		continue;
	await_ticks(3);
	ck_assert_str_eq(hear(MSG_DONTWAIT), "");
	__atomic_store_n(&shared->is_stuck, 0, __ATOMIC_SEQ_CST);
	ck_assert_str_eq(hear(0), "WATCHDOG=1");
}
END_TEST

TCase *
notify_tests(void)
{
	TCase *t = tcase_create("notify");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, make, drop);
	tcase_add_test(t, systemd_hears_when_a_pool_serves_reloads_and_ends);
	tcase_add_test(t, pool_is_not_ready_before_a_worker_is);
	tcase_add_test(
		t, watchdog_hears_of_a_pool_that_goes_on_and_not_of_one_that_does_not);
	return t;
}
