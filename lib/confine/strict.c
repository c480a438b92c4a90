/*
 * strict.c: what is left to a process that works on bytes of strangers: memory, threads of its own, and the files that
 * are open. The list is of what is allowed, and so short that a flaw in a library which reads pictures leads nowhere.
 * Runs in hob-image, behind the start of its libraries.
 */
#include "confine/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static const int allowed[] = {
	/* what is open; fcntl below */
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	/* memory; mmap and mprotect below */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* threads; clone below */
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	/* time and chance */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getrandom),
	/* signals to itself, and its end */
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* No code but what was loaded before. */
static int
allow_memory(scmp_filter_ctx filter)
{
	static const int calls[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	int e = 0;

	for (size_t i = 0; e == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return e;
}

/* A second descriptor of an open file, and how it was opened (fdopen). */
static int
allow_copies(scmp_filter_ctx filter)
{
	static const int commands[] = { F_DUPFD_CLOEXEC, F_GETFL };
	int e = 0;

	for (size_t i = 0; e == 0 && i < sizeof(commands) / sizeof(commands[0]); i++)
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				     SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)commands[i]));
	return e;
}

/* As in confine.c: glibc takes clone when there is no clone3. */
static int
allow_threads(scmp_filter_ctx filter)
{
	int e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				 SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

	if (e == 0)
		e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (e == 0)
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
				     SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
	/* abort() */
	if (e == 0)
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	return e;
}

enum err
confine_to_memory(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int e = filter != NULL ? 0 : -ENOMEM;

	/* Threads that libraries have begun, too. */
	if (e == 0)
		e = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	for (size_t i = 0; e == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (e == 0)
		e = allow_copies(filter);
	if (e == 0)
		e = allow_memory(filter);
	if (e == 0)
		e = allow_threads(filter);
	if (e == 0)
		e = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	return e == 0 ? ERR_OK : ERR_INTERNAL;
}
