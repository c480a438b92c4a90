/*
 * gate_test.c: the gate without a pool: requests that it refuses by itself, and
 * connections that a former process left in the backlog of the socket that we listen on.
 */
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "gate/internal.h"
#include "supervise/listen.h"

Suite *gate_suite(void);

static struct gate_board board;
static struct gate *gate;
static char dir[32];
static char path[64];

static void
open_gate(void)
{
	snprintf(dir, sizeof(dir), "/tmp/hob-gate-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	memset(&board, 0, sizeof(board));
	gate = gate_new(&(struct gate_options){
		.board = &board,
		.limits.queue_per_worker = 16,
		.listen_fd = listen_at(path, NULL, GATE_BACKLOG) });
	ck_assert(gate_front.open(gate, epoll_create1(EPOLL_CLOEXEC)));
	gate_front.settle(gate, 1, 0);
	hand_queue(gate);
	ck_assert(gate->listening);
}

static void
close_gate(void)
{
	gate_front.forget(gate, false);
	close(gate->epoll_fd);
	gate_free(gate);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* As nginx connects, or under an abstract name of its own. */
static int
connect_as(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX }, own = { .sun_family = AF_UNIX };
	size_t head = offsetof(struct sockaddr_un, sun_path) + 1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path, path, strlen(path) + 1);
	ck_assert_int_ge(fd, 0);
	if (name != NULL) {
		snprintf(own.sun_path + 1, sizeof(own.sun_path) - 1, "%s%d", name,
			 (int)getpid());
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&own,
				      (socklen_t)(head + strlen(own.sun_path + 1))),
				 0);
	}
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static bool
is_shut(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0;
}

/* All that is to be seen at once. */
static void
turn(void)
{
	struct epoll_event ev[8];
	int n = epoll_wait(gate->epoll_fd, ev, 8, 1000);

	for (int i = 0; i < n; i++)
		gate_front.event(gate, ev[i].data.u64, ev[i].events, clock_mono_ns());
}

static void
send_fd(int to, int fd)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .buf = { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	ck_assert_int_eq(sendmsg(to, &msg, 0), 1);
}

START_TEST(word_keeps_pid_serial_and_state_apart)
{
	struct conn_slot s = { .word = conn_word(4194304, CONN_SERIAL_MASK, CONN_SHUT) };
	uint64_t other_serial = conn_word(0, 1, CONN_READY);

	ck_assert_int_eq(conn_word_pid(s.word), 4194304);
	ck_assert_int_eq(conn_word_state(s.word), CONN_SHUT);
	ck_assert_uint_eq(conn_word(1, CONN_SERIAL_MASK + 1, CONN_IDLE),
			  conn_word(1, 0, CONN_IDLE));
	s.word = conn_word(0, 2, CONN_READY);
	ck_assert(!conn_move(&s, other_serial, conn_word(9, 1, CONN_TAKEN)));
	ck_assert(
		conn_move(&s, conn_word(0, 2, CONN_READY), conn_word(9, 2, CONN_TAKEN)));
	ck_assert_int_eq(conn_word_pid(conn_load(&s)), 9);
}
END_TEST

START_TEST(gate_without_a_free_slot_refuses_its_backlog_again_and_again)
{
	gate->used = GATE_CONNS;
	hand_queue(gate);
	ck_assert(!gate->listening);
	for (int i = 0; i < 3; i++) {
		int fd = connect_as(NULL);

		accept_refuse_stale(gate, clock_mono_ns());
		ck_assert(is_shut(fd));
		close(fd);
	}
	ck_assert_uint_eq(board.shed_full, 3);
	gate->used = 0;
}
END_TEST

START_TEST(gate_that_is_closed_leaves_its_backlog_to_the_next)
{
	int fd;

	gate->used = GATE_CONNS;
	hand_queue(gate);
	gate->closed = true;
	fd = connect_as(NULL);
	accept_refuse_stale(gate, clock_mono_ns());
	ck_assert(!is_shut(fd));
	close(fd);
	gate->used = 0;
}
END_TEST

START_TEST(gate_without_descriptors_says_so_until_it_has_some)
{
	int fd = connect_as(NULL);
	int next = dup(fd);
	struct rlimit r, few;

	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &r), 0);
	few = (struct rlimit){ (rlim_t)next, r.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (int i = 0; i < 3; i++) {
		turn();
		hand_queue(gate);
		mend_sweep(gate);
		ck_assert_uint_eq(board.starved, 1);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &r), 0);
	turn();
	hand_queue(gate);
	mend_sweep(gate);
	ck_assert_uint_eq(board.starved, 0);
	ck_assert_uint_eq(board.connections, 1);
	close(fd);
}
END_TEST

/* One byte after the other, for ever. */
static pid_t
dribble(int fd)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;) {
			send(fd, "", 1, MSG_NOSIGNAL);
			poll(NULL, 0, 20);
		}
	return pid;
}

START_TEST(gate_does_not_wait_for_who_hands_over)
{
	int slow = connect_as("hob-handover.");
	pid_t pid = dribble(slow);
	int fd = connect_as(NULL);

	turn();
	ck_assert_uint_eq(board.connections, 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(slow);
	close(fd);
}
END_TEST

START_TEST(gate_takes_what_is_handed_over_late_and_no_more_than_sockets)
{
	int from = connect_as("hob-handover.");
	int ends[2], tube[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(pipe(tube), 0);
	turn();
	send_fd(from, tube[0]);
	send_fd(from, ends[0]);
	close(from);
	turn();
	ck_assert_uint_eq(board.connections, 1);
	close(tube[0]);
	ck_assert_int_eq(write(tube[1], "x", 1), -1); /* nobody reads it any more */
	close(tube[1]);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

Suite *
gate_suite(void)
{
	Suite *s = suite_create("gate");
	TCase *t = tcase_create("gate"), *kernel = tcase_create("descriptors");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_checked_fixture(t, open_gate, close_gate);
	tcase_add_test(t, word_keeps_pid_serial_and_state_apart);
	tcase_add_test(t, gate_without_a_free_slot_refuses_its_backlog_again_and_again);
	tcase_add_test(t, gate_that_is_closed_leaves_its_backlog_to_the_next);
	/* valgrind counts descriptors itself: scripts/valgrind. */
	tcase_set_tags(kernel, "kernel");
	tcase_add_checked_fixture(kernel, open_gate, close_gate);
	tcase_add_test(kernel, gate_without_descriptors_says_so_until_it_has_some);
	tcase_add_test(t, gate_does_not_wait_for_who_hands_over);
	tcase_add_test(t, gate_takes_what_is_handed_over_late_and_no_more_than_sockets);
	suite_add_tcase(s, t);
	suite_add_tcase(s, kernel);
	return s;
}
