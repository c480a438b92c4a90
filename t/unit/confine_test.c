/*
 * confine_test.c: calls that a confined process cannot make any more, and those it still
 * can. Each in a child, for there is no way back.
 */
#include "confine/confine.h"

#include <argon2.h>
#include <check.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The end of `fn` in a confined child: its result, or minus the signal. */
static int
confined(int (*fn)(int), int arg)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(confine_calls(CONFINE_NOTHING) == ERR_OK ? fn(arg) : 99);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static const struct {
	const char *what;
	long number;
	long args[3];
	int error;
} refused[] = {
	{ "executing", SYS_execve, { 0 }, EPERM },
	{ "executing a descriptor", SYS_execveat, { -1 }, EPERM },
	{ "fork", SYS_clone, { SIGCHLD }, EPERM },
	{ "clone3", SYS_clone3, { 0 }, ENOSYS },
	{ "ptrace", SYS_ptrace, { PTRACE_TRACEME }, EPERM },
	{ "reading others' memory", SYS_process_vm_readv, { 1 }, EPERM },
	{ "killing", SYS_kill, { 1, 0 }, EPERM },
	{ "a signal to another's thread", SYS_tgkill, { 1, 1, 0 }, EPERM },
	{ "mount", SYS_mount, { 0 }, EPERM },
	{ "the new mount", SYS_fsopen, { 0 }, EPERM },
	{ "chroot", SYS_chroot, { 0 }, EPERM },
	{ "namespaces", SYS_unshare, { 0 }, EPERM },
	{ "another user", SYS_setuid, { 0 }, EPERM },
	{ "modules", SYS_finit_module, { -1 }, EPERM },
	{ "bpf", SYS_bpf, { 0 }, EPERM },
	{ "io_uring", SYS_io_uring_setup, { 0 }, EPERM },
	{ "listening", SYS_listen, { -1, 1 }, EPERM },
	{ "raw packets", SYS_socket, { AF_PACKET, SOCK_RAW }, EPERM },
	{ "the kernel's crypto", SYS_socket, { AF_ALG, SOCK_SEQPACKET }, EPERM },
	{ "amateur radio", SYS_socket, { AF_AX25, SOCK_DGRAM }, EPERM },
};

static int
try_refused(int i)
{
	const long *a = refused[i].args;

	errno = 0;
	if (syscall(refused[i].number, a[0], a[1], a[2], 0, 0, 0) != -1)
		return 1;
	return errno == refused[i].error ? 0 : errno;
}

START_TEST(a_confined_process_cannot)
{
	ck_assert_msg(confined(try_refused, _i) == 0, "%s", refused[_i].what);
}
END_TEST

static void *
nothing(void *arg)
{
	return arg;
}

static int
try_threads(int unused)
{
	pthread_t t;

	(void)unused;
	return pthread_create(&t, NULL, nothing, NULL) != 0 || pthread_join(t, NULL) != 0;
}

/* Each lane is a thread. */
static int
try_lanes(int lanes)
{
	char out[128];

	return argon2id_hash_encoded(1, 1024, (uint32_t)lanes, "a lamp", 6, "saltsalt", 8,
				     32, out, sizeof(out));
}

static int
try_names(int unused)
{
	struct addrinfo *found = NULL;
	int e = getaddrinfo("localhost", "5432", NULL, &found);

	(void)unused;
	if (e == 0)
		freeaddrinfo(found);
	return e != 0;
}

static int
try_sockets(int unused)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

	(void)unused;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		int fd = socket(families[i],
				families[i] == AF_NETLINK ? SOCK_RAW : SOCK_STREAM, 0);

		if (fd < 0 && errno == EPERM)
			return 1;
		close(fd);
	}
	return 0;
}

static int
try_abort(int unused)
{
	(void)unused;
	signal(SIGABRT, SIG_DFL);
	abort();
}

static const struct {
	const char *what;
	int (*fn)(int);
	int arg, result;
} allowed[] = {
	{ "threads", try_threads, 0, 0 },
	{ "argon2 with four lanes", try_lanes, 4, 0 },
	{ "names", try_names, 0, 0 },
	{ "sockets of libpq and the resolver", try_sockets, 0, 0 },
	{ "abort", try_abort, 0, -SIGABRT },
};

START_TEST(a_confined_process_still_can)
{
	ck_assert_msg(confined(allowed[_i].fn, allowed[_i].arg) == allowed[_i].result,
		      "%s", allowed[_i].what);
}
END_TEST

static int
look_at_memory(void)
{
	struct rlimit core;

	confine_memory();
	getrlimit(RLIMIT_CORE, &core);
	return prctl(PR_GET_DUMPABLE) != 0 ||
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || core.rlim_cur != 0 ||
	       core.rlim_max != 0;
}

START_TEST(a_confined_memory_leaves_no_core_and_gains_no_rights)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(look_at_memory());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

Suite *confine_suite(void);

Suite *
confine_suite(void)
{
	Suite *s = suite_create("confine");
	TCase *t = tcase_create("confine");

	/* The filter would hold valgrind itself: scripts/valgrind. */
	tcase_set_tags(t, "kernel");
	tcase_add_loop_test(t, a_confined_process_cannot, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_loop_test(t, a_confined_process_still_can, 0,
			    sizeof(allowed) / sizeof(allowed[0]));
	tcase_add_test(t, a_confined_memory_leaves_no_core_and_gains_no_rights);
	suite_add_tcase(s, t);
	return s;
}
