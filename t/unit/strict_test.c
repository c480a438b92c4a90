/*
 * strict_test.c: what is left behind confine_to_memory, in threads that were there before, too, and to a process that may
 * execute others. Each in a child, for there is no way back.
 */
#include "confine/confine.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Its result, or minus the signal. */
static int
in_a_child(int (*fn)(int), int arg)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(fn(arg));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static const char passwd[] = "/etc/passwd";

static const struct {
	const char *what;
	long number;
	long args[4];
	int error;
} refused[] = {
	{ "open", SYS_open, { (long)passwd, O_RDONLY }, EPERM },
	{ "openat", SYS_openat, { AT_FDCWD, (long)passwd, O_RDONLY }, EPERM },
	{ "openat2", SYS_openat2, { AT_FDCWD, (long)passwd }, EPERM },
	{ "creat", SYS_creat, { (long)passwd, 0600 }, EPERM },
	{ "stat", SYS_stat, { (long)passwd }, EPERM },
	{ "access", SYS_access, { (long)passwd, R_OK }, EPERM },
	{ "unlink", SYS_unlink, { (long)passwd }, EPERM },
	{ "memfd_create", SYS_memfd_create, { (long)"x", 0 }, EPERM },
	{ "pipe", SYS_pipe, { 0 }, EPERM },
	{ "dup", SYS_dup, { 1 }, EPERM },
	{ "flags of what is open", SYS_fcntl, { 1, F_SETFL, 0 }, EPERM },
	{ "who gets its signals", SYS_fcntl, { 1, F_SETOWN, 1 }, EPERM },
	{ "newfstatat", SYS_newfstatat, { AT_FDCWD, (long)passwd }, EPERM },
	{ "socket", SYS_socket, { AF_INET, SOCK_STREAM }, EPERM },
	{ "a unix socket", SYS_socket, { AF_UNIX, SOCK_STREAM }, EPERM },
	{ "socketpair", SYS_socketpair, { AF_UNIX, SOCK_STREAM }, EPERM },
	{ "connect", SYS_connect, { 0 }, EPERM },
	{ "sendmsg", SYS_sendmsg, { 0 }, EPERM },
	{ "fork", SYS_clone, { SIGCHLD }, EPERM },
	{ "clone3", SYS_clone3, { 0 }, ENOSYS },
	{ "vfork", SYS_vfork, { 0 }, EPERM },
	{ "execve", SYS_execve, { (long)passwd }, EPERM },
	{ "kill", SYS_kill, { 1, 0 }, EPERM },
	{ "a signal to another", SYS_tgkill, { 1, 1, 0 }, EPERM },
	{ "ptrace", SYS_ptrace, { 0 }, EPERM },
	{ "memory that is executed",
	  SYS_mmap,
	  { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS },
	  EPERM },
	{ "limits", SYS_prlimit64, { 0, RLIMIT_CPU, 0, 0 }, EPERM },
	{ "a timer", SYS_setitimer, { 0 }, EPERM },
	{ "ioctl", SYS_ioctl, { 1, 0x5412 }, EPERM },
	{ "io_uring", SYS_io_uring_setup, { 0 }, EPERM },
	{ "prctl", SYS_prctl, { PR_SET_DUMPABLE, 1 }, EPERM },
};

static int
try_call(int i)
{
	const long *a = refused[i].args;

	errno = 0;
	if (syscall(refused[i].number, a[0], a[1], a[2], a[3], -1, 0) != -1)
		return 1;
	return errno == refused[i].error ? 0 : errno;
}

static int
try_refused(int i)
{
	return confine_to_memory() == ERR_OK ? try_call(i) : 99;
}

START_TEST(a_process_with_nothing_but_memory_cannot)
{
	ck_assert_msg(in_a_child(try_refused, _i) == 0, "%s", refused[_i].what);
}
END_TEST

static void *
wait_and_try(void *arg)
{
	int *pipe = arg;
	char go;

	return read(pipe[0], &go, 1) == 1 && try_call(0) == 0 ? NULL : arg;
}

/* A thread that a library has begun before. */
static int
try_thread_of_before(int unused)
{
	int pipe_of[2];
	pthread_t t;
	void *bad = pipe_of;

	(void)unused;
	if (pipe(pipe_of) != 0 || pthread_create(&t, NULL, wait_and_try, pipe_of) != 0 ||
	    confine_to_memory() != ERR_OK || write(pipe_of[1], "", 1) != 1)
		return 1;
	return pthread_join(t, &bad) != 0 || bad != NULL;
}

START_TEST(nor_can_a_thread_that_was_there_before)
{
	ck_assert_int_eq(in_a_child(try_thread_of_before, 0), 0);
}
END_TEST

static void *
nothing(void *arg)
{
	return arg;
}

static int
try_allowed(int fd)
{
	char *large = NULL;
	pthread_t t;

	if (confine_to_memory() != ERR_OK || write(fd, "x", 1) != 1)
		return 1;
	large = malloc(64 << 20);
	if (large == NULL)
		return 2;
	large[5] = 1;
	free(large);
	if (pthread_create(&t, NULL, nothing, NULL) != 0 || pthread_join(t, NULL) != 0)
		return 3;
	return prctl(PR_SET_NAME, "a thread") != 0;
}

START_TEST(it_still_has_memory_threads_and_what_is_open)
{
	int fd = open("/dev/null", O_WRONLY);

	ck_assert_int_eq(in_a_child(try_allowed, fd), 0);
	close(fd);
}
END_TEST

static int
try_abort(int unused)
{
	(void)unused;
	signal(SIGABRT, SIG_DFL);
	if (confine_to_memory() == ERR_OK)
		abort();
	return 1;
}

START_TEST(it_can_abort)
{
	ck_assert_int_eq(in_a_child(try_abort, 0), -SIGABRT);
}
END_TEST

/* What an aide does that starts another program, and what it is refused like everybody. */
static int
try_to_execute(int unused)
{
	char *const argv[] = { (char[]){ "true" }, NULL };
	int status;
	pid_t pid;

	(void)unused;
	if (confine_calls(CONFINE_MAY_EXECUTE) != ERR_OK)
		return 1;
	pid = fork();
	if (pid == 0) {
		execv("/bin/true", argv);
		_exit(2);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 3;
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	if (kill(pid, SIGKILL) != 0 || waitpid(pid, &status, 0) != pid)
		return 4;
	return syscall(SYS_ptrace, 0, 0, 0, 0) != -1 || errno != EPERM ||
	       socket(AF_PACKET, SOCK_RAW, 0) != -1;
}

START_TEST(one_that_may_execute_starts_programs_and_ends_them)
{
	ck_assert_int_eq(in_a_child(try_to_execute, 0), 0);
}
END_TEST

Suite *strict_suite(void);

Suite *
strict_suite(void)
{
	Suite *s = suite_create("strict");
	TCase *t = tcase_create("strict");

	/* As in confine_test.c. */
	tcase_set_tags(t, "kernel");
	tcase_add_loop_test(t, a_process_with_nothing_but_memory_cannot, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(t, nor_can_a_thread_that_was_there_before);
	tcase_add_test(t, it_still_has_memory_threads_and_what_is_open);
	tcase_add_test(t, it_can_abort);
	tcase_add_test(t, one_that_may_execute_starts_programs_and_ends_them);
	suite_add_tcase(s, t);
	return s;
}
