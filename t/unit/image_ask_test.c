/* image_ask_test.c: what a runner makes of what it hears, be it from a hob-image that is not ours any more. */
#include "jobs/image_ask.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *image_ask_suite(void);

#define READY "ready 8x6 8x6 2x1\n"
#define TEN "0123456789"

static const struct {
	const char *said;
	enum image_end end;
} cases[] = {
	{ READY "reported\n", IMAGE_REPORTED },
	{ READY "died\n", IMAGE_DIED },
	{ READY "late\n", IMAGE_LATE },
	{ READY "reported\nlost\n", IMAGE_LOST },
	{ "ready 8x6\nreported\n", IMAGE_DIED },
	{ READY, IMAGE_LOST },
	{ READY "reported", IMAGE_LOST },
	{ "", IMAGE_LOST },
	/* 160 bytes are read into memory: a word of the aide's at their end is none. */
	{ READY TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
	  "012\n"
	  "\n\n\n\n\n\n\n\n\nreported\nlost\n",
	  IMAGE_DIED },
};

/* In a child: takes the order as the aide does, says this, and closes what it was given behind that. */
static _Noreturn void
answer(int socket, const char *said)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int) * IMAGE_PASSED)];
	} control = { 0 };
	struct image_order order;
	struct iovec part = { &order, sizeof(order) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fds[IMAGE_PASSED];

	if (recvmsg(socket, &message, 0) <= 0)
		_exit(EXIT_FAILURE);
	memcpy(fds, CMSG_DATA(&control.head), sizeof(fds));
	_exit(write(fds[IMAGE_PASSED_REPORT], said, strlen(said)) == (ssize_t)strlen(said)
		      ? EXIT_SUCCESS
		      : EXIT_FAILURE);
}

START_TEST(what_is_said_is_understood_and_nothing_that_is_too_long)
{
	static struct heritage h;
	struct image_report report;
	int out[IMAGE_VARIANTS] = { 0 }, status;
	pid_t pid;

	h.config.files_image_ms = 10000;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, h.images), 0);
	pid = fork();
	if (pid == 0)
		answer(h.images[1], cases[_i].said);
	ck_assert_int_eq(image_ask(&h, "image/png", 0, out, &report), cases[_i].end);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(h.images[0]);
	close(h.images[1]);
}
END_TEST

Suite *
image_ask_suite(void)
{
	Suite *s = suite_create("image_ask");
	TCase *t = tcase_create("heard");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, what_is_said_is_understood_and_nothing_that_is_too_long, 0,
			    sizeof(cases) / sizeof(cases[0]));
	return s;
}
