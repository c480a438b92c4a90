#ifndef HOB_CONFINE_CONFINE_H
#define HOB_CONFINE_CONFINE_H

#include "core/err.h"

/*
 * Rights that a process gives up for good, so that a flaw in it, or in a library, is
 * worth less to an attacker.
 */

/*
 * No core file, no debugger of the same user, no /proc/PID/mem; no rights from files it
 * executes. Goes over to children; all but the first end with an exec.
 */
void confine_memory(void);
/* The right that it keeps; another call may give it up later. */
enum confine_kept {
	CONFINE_NOTHING,
	CONFINE_MAY_FORK,	/* processes may be made, of this program */
	CONFINE_MAY_EXECUTE	/* and of others, and ended */
};
/*
 * A seccomp filter: no program is executed, no process made (threads are: argon2's lanes), no
 * other process traced or signalled, nothing mounted, no module, namespace or raw socket.
 * Such a call fails with EPERM. ERR_INTERNAL where the kernel has no seccomp.
 */
enum err confine_calls(enum confine_kept kept);
/*
 * Leaves nothing but memory (none that can be executed), threads of this process, time, and reading and writing what is
 * open: no file is opened, no socket and no process made. Any other call fails with EPERM, so a library that looks for
 * something goes on without. For all threads. ERR_INTERNAL likewise.
 */
enum err confine_to_memory(void);

#endif
