/*
 * image_aide.c: starts hob-image, one process for each file that a runner asks for (image_ask.h), kills it when its time
 * is over or its runner has died, and says of what it died. Runs beside the runners, which may start nothing. What it
 * starts dies with it. Told to end, it ends when nothing is left of what it has begun; the next one goes on with what
 * waits in the socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "jobs/image_ask.h"
#include "log/log.h"
#include "supervise/child.h"

/* One for each runner, and those of runners that were replaced meanwhile. */
enum {
	HELPERS = SCOREBOARD_WORKERS,
	TURN_MS = 1000,
	NICE = 10,
	ABOVE = 16,
	EXIT_EXEC = 127
};

struct helper {
	pid_t pid; /* 0: none */
	int report;
	int64_t until_ms;
	enum image_end killed; /* by this aide, which says so; IMAGE_REPORTED: not */
};

struct aide_life {
	const struct heritage *heritage;
	char path[IMAGE_PATH_SIZE];
	int signals;
	bool told; /* to end */
	struct helper helpers[HELPERS];
	int count;
};

/* --- starting ------------------------------------------------------------------- */

/* In the child: its descriptors are those of model/image.h, and there is no other. */
static bool
arrange(const int fds[IMAGE_PASSED])
{
	int high[IMAGE_PASSED], null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool good = null >= 0 && dup2(null, STDERR_FILENO) >= 0;

	/* Out of the way of where they are to be. */
	for (int i = 0; i < IMAGE_PASSED && good; i++) {
		high[i] = fcntl(fds[i], F_DUPFD, ABOVE);
		good = high[i] >= 0;
	}
	for (int i = 0; i < IMAGE_PASSED && good; i++)
		good = dup2(high[i], i < IMAGE_PASSED_OUT
					     ? i
					     : IMAGE_FD_OUT + i - IMAGE_PASSED_OUT) >= 0;
	return good && close_range(IMAGE_FD_END, ~0U, 0) == 0;
}

_Static_assert((int)IMAGE_PASSED_IN == IMAGE_FD_IN &&
		       (int)IMAGE_PASSED_REPORT == IMAGE_FD_REPORT,
	       "the first two keep their numbers");

/* When memory runs out this goes before a database does. */
static void
go_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* Where it may not, it goes like any other. */
	if (fd >= 0 && write(fd, "1000", 4) >= 0)
		close(fd);
}

static _Noreturn void
become(const struct aide_life *l, struct image_order *o, const int fds[IMAGE_PASSED],
       pid_t aide)
{
	char program[] = "hob-image", pixels[24], memory[24], seconds[24];
	/* glibc takes an arena of 64 MiB of addresses for each thread, which RLIMIT_AS counts. */
	char arenas[] = "MALLOC_ARENA_MAX=1";
	char *argv[] = { program, o->media_type, pixels, memory, seconds, NULL };
	char *env[] = { arenas, NULL };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != aide)
		_exit(EXIT_EXEC);
	snprintf(pixels, sizeof(pixels), "%lld", (long long)o->pixels);
	snprintf(memory, sizeof(memory), "%lld", (long long)o->memory_bytes);
	snprintf(seconds, sizeof(seconds), "%lld", (long long)(o->time_ms + 999) / 1000);
	setpriority(PRIO_PROCESS, 0, NICE);
	go_first();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (arrange(fds))
		execve(l->path, argv, env);
	_exit(EXIT_EXEC);
}

static struct helper *
free_helper(struct aide_life *l)
{
	for (int i = 0; i < HELPERS; i++)
		if (l->helpers[i].pid == 0)
			return &l->helpers[i];
	return NULL;
}

/* Of the descriptors the report's alone is kept, for a word at the end. */
static void
start(struct aide_life *l, struct image_order *o, const int fds[IMAGE_PASSED])
{
	struct helper *h = free_helper(l);
	pid_t self = getpid(), pid = h != NULL ? fork() : -1;

	if (pid == 0)
		become(l, o, fds, self);
	if (pid < 0)
		log_say(LOG_ERROR, "fork_failed", "%s", strerror(errno));
	for (int i = 0; i < IMAGE_PASSED; i++)
		if (i != IMAGE_PASSED_REPORT || pid < 0)
			close(fds[i]);
	if (pid < 0)
		return;
	*h = (struct helper){ pid, fds[IMAGE_PASSED_REPORT], clock_mono_ms() + o->time_ms,
			      IMAGE_REPORTED };
	l->count++;
}

/* An order that is none has nothing but descriptors to be closed. */
static void
close_all(struct msghdr *message)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(message);
	int fd;

	for (size_t at = CMSG_LEN(0); head != NULL && at + sizeof(fd) <= head->cmsg_len;
	     at += sizeof(fd)) {
		memcpy(&fd, (char *)head + at, sizeof(fd));
		close(fd);
	}
}

static void
take_order(struct aide_life *l)
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
	ssize_t n = recvmsg(l->heritage->images[1], &message,
			    MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n != (ssize_t)sizeof(order) || message.msg_controllen == 0 ||
	    control.head.cmsg_len != CMSG_LEN(sizeof(fds))) {
		close_all(&message);
		return;
	}
	memcpy(fds, CMSG_DATA(&control.head), sizeof(fds));
	order.media_type[sizeof(order.media_type) - 1] = '\0';
	start(l, &order, fds);
}

/* --- ends ----------------------------------------------------------------------- */

static enum image_end
end_of(const struct helper *h, int status)
{
	if (h->killed != IMAGE_REPORTED)
		return h->killed;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return IMAGE_LATE;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGKILL ? IMAGE_LOST : IMAGE_DIED;
	return WEXITSTATUS(status) == EXIT_SUCCESS ? IMAGE_REPORTED : IMAGE_LOST;
}

static void
bury(struct aide_life *l, struct helper *h, int status)
{
	enum image_end end = end_of(h, status);

	if (end != IMAGE_REPORTED)
		log_say(LOG_WARN, "image_ended", "%s: wait status %d",
			image_end_name(end), status);
	/* Shorter than PIPE_BUF, and the pipe holds more than both lines. */
	dprintf(h->report, "%s\n", image_end_name(end));
	close(h->report);
	*h = (struct helper){ 0 };
	l->count--;
}

static void
reap(struct aide_life *l)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < HELPERS; i++)
			if (l->helpers[i].pid == pid)
				bury(l, &l->helpers[i], status);
}

static void
end(struct helper *h, enum image_end why)
{
	if (kill(h->pid, SIGKILL) == 0)
		h->killed = why;
}

static bool
is_at_work(const struct helper *h)
{
	return h->pid != 0 && h->killed == IMAGE_REPORTED;
}

/* How long until the next one is late. */
static int
kill_late(struct aide_life *l)
{
	int64_t now = clock_mono_ms(), wait_ms = TURN_MS;

	for (int i = 0; i < HELPERS; i++) {
		struct helper *h = &l->helpers[i];

		if (!is_at_work(h))
			continue;
		if (now >= h->until_ms) {
			end(h, IMAGE_LATE);
			continue;
		}
		if (h->until_ms - now < wait_ms)
			wait_ms = h->until_ms - now;
	}
	return (int)wait_ms;
}

/* --- a life --------------------------------------------------------------------- */

/* CHLD and TERM come as something to read. */
static int
open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void
read_signals(struct aide_life *l)
{
	struct signalfd_siginfo s;

	while (read(l->signals, &s, sizeof(s)) == (ssize_t)sizeof(s))
		l->told |= s.ssi_signo == SIGTERM;
}

static void
turn(struct aide_life *l)
{
	enum { SIGNALS, ORDERS, REPORTS, WATCHED = REPORTS + HELPERS };
	int late_ms = kill_late(l);
	struct pollfd p[WATCHED];

	p[SIGNALS] = (struct pollfd){ l->signals, POLLIN, 0 };
	p[ORDERS] = (struct pollfd){ l->told ? -1 : l->heritage->images[1], POLLIN, 0 };
	for (int i = 0; i < HELPERS; i++)
		p[REPORTS + i] = (struct pollfd){
			is_at_work(&l->helpers[i]) ? l->helpers[i].report : -1, 0, 0
		};
	if (poll(p, WATCHED, late_ms) <= 0)
		return;
	/* Nobody is left to read its report: its runner has died. */
	for (int i = 0; i < HELPERS; i++)
		if (p[REPORTS + i].revents != 0)
			end(&l->helpers[i], IMAGE_LOST);
	if (p[SIGNALS].revents != 0)
		read_signals(l);
	reap(l);
	if (p[ORDERS].revents != 0 && !l->told)
		take_order(l);
}

int
image_aide_main(struct aide_self *self, void *heritage)
{
	struct aide_life *l = calloc(1, sizeof(*l));
	const struct heritage *h = heritage;
	uint32_t reopened = h->block->board.reopen;

	if (l == NULL || !image_path(l->path))
		return EXIT_FAILURE;
	l->heritage = h;
	l->signals = open_signals();
	heritage_settle(h, "hob-images", -1, CONFINE_MAY_EXECUTE);
	while (!l->told || l->count > 0) {
		aide_beat(self);
		heritage_tend_log(h, &reopened);
		turn(l);
	}
	return EXIT_SUCCESS;
}
