/*
 * confine.c: rights that a process gives up before it serves.
 *
 * The filter lists refused calls and not needed ones: libpq, OpenSSL and the resolver's
 * modules may need other calls after an update of the system, and a worker that fails on
 * one of them is of no use. Reading and writing files is left to the file system's
 * permissions. Runs in every process of the pool; the filter in workers and the relay
 * alone, for the master executes.
 */
#include "confine/confine.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

void
confine_memory(void)
{
	static const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Calls that serving does not need. */
static const int refused[] = {
	/* other processes */
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise),
	SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(kcmp),
	SCMP_SYS(tkill),
	SCMP_SYS(rt_sigqueueinfo),
	SCMP_SYS(rt_tgsigqueueinfo),
	/* what is mounted where */
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig),
	SCMP_SYS(fsmount),
	SCMP_SYS(fspick),
	SCMP_SYS(move_mount),
	SCMP_SYS(open_tree),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(quotactl),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	/* namespaces and users */
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(setreuid),
	SCMP_SYS(setregid),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresgid),
	SCMP_SYS(setgroups),
	SCMP_SYS(capset),
	/* the kernel and the machine */
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	SCMP_SYS(reboot),
	SCMP_SYS(acct),
	SCMP_SYS(syslog),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(modify_ldt),
	SCMP_SYS(personality),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(adjtimex),
	SCMP_SYS(clock_adjtime),
	SCMP_SYS(sethostname),
	SCMP_SYS(setdomainname),
	/* doors of its own */
	SCMP_SYS(listen),
};

/* Calls that an aide needs which runs another program. */
static const int refused_to_most[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(vfork),
	SCMP_SYS(kill),
};

static int
refuse_listed(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < count; i++)
		e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
	return e;
}

/*
 * A thread is a clone with CLONE_THREAD. clone3 has its flags where a filter cannot look: as if
 * the kernel did not know it, so that glibc takes clone.
 */
static int
refuse_processes(scmp_filter_ctx filter)
{
	int e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fork), 0);

	if (e == 0)
		e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	if (e == 0)
		e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return e;
}

/* abort() signals itself. */
static int
refuse_signals(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 1,
				SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid()));
}

/* AF_UNIX is 1, AF_INET 2, AF_INET6 10, and the resolver asks by AF_NETLINK (16) for addresses. */
static int
refuse_sockets(scmp_filter_ctx filter)
{
	static const struct {
		unsigned from, to;
	} other[] = { { AF_INET + 1, AF_INET6 - 1 }, { AF_INET6 + 1, AF_NETLINK - 1 } };
	int e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
				 SCMP_A0(SCMP_CMP_GT, AF_NETLINK));

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		for (unsigned n = other[i].from; e == 0 && n <= other[i].to; n++)
			e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
					     SCMP_SYS(socket), 1,
					     SCMP_A0(SCMP_CMP_EQ, n));
	return e;
}

enum err
confine_calls(enum confine_kept kept)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int e = filter != NULL ? 0 : -ENOMEM;

	if (e == 0)
		e = refuse_listed(filter, refused, sizeof(refused) / sizeof(refused[0]));
	if (e == 0 && kept != CONFINE_MAY_EXECUTE)
		e = refuse_listed(filter, refused_to_most,
				  sizeof(refused_to_most) / sizeof(refused_to_most[0]));
	if (e == 0 && kept == CONFINE_NOTHING)
		e = refuse_processes(filter);
	/* Whom it starts has another pid. */
	if (e == 0 && kept != CONFINE_MAY_EXECUTE)
		e = refuse_signals(filter);
	if (e == 0)
		e = refuse_sockets(filter);
	if (e == 0)
		e = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	return e == 0 ? ERR_OK : ERR_INTERNAL;
}
